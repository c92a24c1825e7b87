"""Check characters of the identifiers that Chinese administration uses.

A wrong check character is a finding, not a crash: real documents with wrong ones exist.
"""

from __future__ import annotations

import re
from typing import NewType

CaseId = NewType("CaseId", str)
MatterCode = NewType("MatterCode", str)
MaterialCode = NewType("MaterialCode", str)

LICENSE_IDENTIFIER_ROOT = "1.2.156.3005.2"
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_USCC = re.compile(rf"[{_USCC_ALPHABET}]{{18}}")
_CITIZEN_ID = re.compile(r"[0-9]{17}[0-9X]")
_IDENTIFIER = re.compile(rf"{re.escape(LICENSE_IDENTIFIER_ROOT)}\.(.+)\.([0-9A-Z])")


def uscc_check_character(body: str) -> str:
    """Return the check character over the first 17 of a USCC.

    Clause: GB 32100-2015, 4.2: weights 3^i mod 31, alphabet without I, O, S, V, Z.
    """
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def citizen_id_check_character(body: str) -> str:
    """Return the check character over the first 17 digits of a citizen id.

    Clause: GB 11643-1999, 4.2: ISO 7064 MOD 11-2.
    """
    total = sum(int(c) * weight for c, weight in zip(body, _CITIZEN_WEIGHTS, strict=True))
    return _CITIZEN_CHECKS[total % 11]


def license_identifier_check_character(body: str) -> str:
    """Return the check character over type, issuer, serial and version of a license identifier.

    Dots and underscores do not count. Clause: GB/T 36904-2018; ISO/IEC 7064, hybrid MOD 37,36.
    """
    product = 36
    for character in body.replace(".", "").replace("_", "").upper():
        total = (product + _ALPHANUMERIC.index(character)) % 36 or 36
        product = total * 2 % 37
    return _ALPHANUMERIC[(37 - product) % 36]


def license_identifier_parts(text: str) -> tuple[str, str]:
    """Return type and issuer code of a license identifier; empty texts where it is none.

    Clause: GB/T 36904-2018: root, type, issuer, serial, version and check character.
    """
    match = _IDENTIFIER.fullmatch(text)
    type_code, _, rest = match[1].partition(".") if match else ("", "", "")
    return type_code, rest.partition(".")[0]


def is_uscc(text: str) -> bool:
    """Tell whether the text is a USCC with a valid check character."""
    return _USCC.fullmatch(text) is not None and uscc_check_character(text[:17]) == text[17]


def is_citizen_id(text: str) -> bool:
    """Tell whether the text is a citizen id with a valid check character."""
    return _CITIZEN_ID.fullmatch(text) is not None and citizen_id_check_character(text[:17]) == text[17]


def is_license_identifier(text: str) -> bool:
    """Tell whether the text is a license identifier with a valid check character."""
    match = _IDENTIFIER.fullmatch(text)
    if match is None or not match[1].replace(".", "").replace("_", "").isalnum() or not match[1].isascii():
        return False
    return license_identifier_check_character(match[1]) == match[2]
