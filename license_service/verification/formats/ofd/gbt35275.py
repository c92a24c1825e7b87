"""The signatures of `Type="Sign"` entries: GB/T 35275 SignedData in four encodings, or a bare SM2 value.

a) detached with signed attributes: message-digest is SM3(Signature.xml)
b) the content is the 32-byte hash itself, signed without attributes
c) the content is base64 of that hash
d) no structure at all: a bare SM2 signature over Signature.xml, whose signer is not in the file

Clause: GM/T 0099-2020, 7.2.2 b); GB/T 35275-2017, 9.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace

from license_service.verification.crypto.ecdsa_encoding import is_strict_der
from license_service.verification.crypto.signed_data import SignerData, parse_signed_data
from license_service.verification.document import (
    DigestComparison,
    FormatError,
    ParsedSignature,
    SignedValue,
)
from license_service.verification.formats.ofd.data_hash import compare_data_hash
from license_service.verification.report import SignatureKind

_SM3_BYTES, _RAW_SM2 = 32, 64
_ATTRIBUTES_MISSING = "CMS_SIGNED_ATTRIBUTES_MISSING"
_CONTENT_NAMES: Mapping[bool, str] = {True: "content is the hash", False: "content is base64 of the hash"}


def parse_plain_signature(index: int, value: bytes, signature_xml: bytes) -> ParsedSignature:
    """Parse the value of a `Sign` entry over the bytes of its Signature.xml.

    Raises:
        FormatError: if it is neither SignedData nor an SM2 signature.
    """
    if is_strict_der(value) or len(value) == _RAW_SM2:
        encoding = "der" if is_strict_der(value) else "raw"
        signed = SignedValue(signature_xml, value, "SM2-SM3", encoding)
        return ParsedSignature(
            index,
            SignatureKind.SM2_BARE,
            signed,
            None,
            notes=("bare SM2 signature; its signer is not in the file",),
        )
    data = parse_signed_data(value, detached=signature_xml)
    if len(data.signers) != 1:
        raise FormatError("CMS_SEVERAL_SIGNERS")
    signer = data.signers[0]
    if signer.has_signed_attributes:
        return _signature(index, signer, signer.data_hash, "detached with signed attributes")
    return _over_hash(index, signer, data.content, signature_xml)


def _over_hash(
    index: int, signer: SignerData, content: bytes | None, signature_xml: bytes
) -> ParsedSignature:
    expected, plain = _hash_in(content)
    comparison = compare_data_hash(expected, signature_xml, signer.value.algorithm, signer.certificate or b"")
    # The hash takes the place of the message digest: the attributes are not missing, they are not used.
    failures = tuple(code for code in signer.failures if code != _ATTRIBUTES_MISSING)
    return _signature(index, replace(signer, failures=failures), comparison, _CONTENT_NAMES[plain])


def _hash_in(content: bytes | None) -> tuple[bytes, bool]:
    if content is None:
        raise FormatError("CMS_SIGNED_ATTRIBUTES_MISSING")
    if len(content) == _SM3_BYTES:
        return content, True
    try:
        decoded = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise FormatError("CMS_CONTENT_NOT_A_HASH") from error
    if len(decoded) != _SM3_BYTES:
        raise FormatError("CMS_CONTENT_NOT_A_HASH")
    return decoded, False


def _signature(
    index: int, signer: SignerData, data_hash: DigestComparison | None, note: str
) -> ParsedSignature:
    return ParsedSignature(
        index=index,
        kind=SignatureKind.GBT35275,
        value=signer.value,
        signer_certificate=signer.certificate,
        other_certificates=signer.certificates,
        signing_time=signer.signing_time,
        data_hash=data_hash,
        timestamps=signer.timestamps,
        digest_algorithms=(signer.digest_algorithm,),
        format_failures=signer.failures,
        notes=(note,),
    )
