"""The digest that ties a signed value to its Signature.xml, in the ways vendors compute it.

Clause: GB/T 38540-2020, 7.1 (dataHash); docs/divergences.md for the digest with Z.
"""

from __future__ import annotations

from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.sm2_digest import sm3_with_z
from license_service.verification.document import DigestComparison, FormatError

_NAME = "Signature.xml"
_SM3 = "SM3"


def compare_data_hash(
    expected: bytes, signature_xml: bytes, algorithm: str, certificate: bytes
) -> DigestComparison:
    """Compare with SM3, with the digest of the signature algorithm, and with SM3 over Z.

    The standard's own way is tried first and is what a mismatch is reported against. Z is known only
    with the signer's key; that it was used is noted.
    """
    plain = DigestComparison(_NAME, _SM3, expected, digest(_SM3, signature_xml))
    if plain.actual == expected:
        return plain
    own = algorithm.rpartition("-")[2]
    if digest(own, signature_xml) == expected:
        return DigestComparison(_NAME, own, expected, expected)
    if _with_z(signature_xml, certificate) == expected:
        return DigestComparison(_NAME, _SM3, expected, expected, note="SM3 with Z")
    return plain


def _with_z(signature_xml: bytes, certificate: bytes) -> bytes | None:
    try:
        return sm3_with_z(read_certificate(certificate).spki, signature_xml)
    except FormatError:
        return None
