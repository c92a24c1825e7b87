"""Read who issued what from the first bytes of certificates and CRLs, without parsing the rest.

Choosing among a thousand certificates or a CRL of ten megabytes must cost microseconds each; only what is
chosen is parsed. Names compare as RFC 5280, 7.1 prescribes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from asn1crypto import x509

from license_service.verification.crypto.der import read_header
from license_service.verification.document import FormatError

_CACHED = 512
_VERSION_TAG, _INTEGER_TAG = 0xA0, 0x02
_NOBODY = ""


def certificate_names(der: bytes) -> tuple[str, str]:
    """Return issuer and subject of a certificate as comparable texts; both empty where there are none."""
    try:
        position, end = _inside(der, 2)
        skipped = 3 if der[position] == _VERSION_TAG else 2  # version, serial number, algorithm
        issuer = _skip(der, position, end, skipped)
        subject = _skip(der, issuer, end, 2)
        return _element_name(der, issuer, end), _element_name(der, subject, end)
    except (ValueError, IndexError):
        return _NOBODY, _NOBODY


def crl_issuer(der: bytes) -> str:
    """Return the issuer of a CRL as a comparable text; empty where there is none."""
    try:
        position, end = _inside(der, 2)
        skipped = 2 if der[position] == _INTEGER_TAG else 1  # version, algorithm
        return _element_name(der, _skip(der, position, end, skipped), end)
    except (ValueError, IndexError):
        return _NOBODY


@lru_cache(maxsize=_CACHED)
def comparable_name(der: bytes) -> str:
    """Return a DER name as a comparable text.

    Raises:
        FormatError: `NAME_MALFORMED` if it is none.
    """
    try:
        hashable: str = x509.Name.load(der, strict=True).hashable
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("NAME_MALFORMED") from error
    return hashable


def comparable(name: Any) -> str:  # noqa: ANN401 - asn1crypto is untyped
    """Return a parsed name as a comparable text; preparing one costs as much as a signature check.

    Raises:
        FormatError: `NAME_MALFORMED` if it is none.
    """
    return comparable_name(name.dump())


def _element_name(der: bytes, position: int, limit: int) -> str:
    try:
        return comparable_name(der[position : read_header(der, position, limit)[1]])
    except FormatError:
        return _NOBODY


def _inside(der: bytes, levels: int) -> tuple[int, int]:
    begin, end = 0, len(der)
    for _ in range(levels):
        begin, end = read_header(der, begin, end)
    return begin, end


def _skip(der: bytes, position: int, limit: int, count: int) -> int:
    for _ in range(count):
        position = read_header(der, position, limit)[1]
    return position
