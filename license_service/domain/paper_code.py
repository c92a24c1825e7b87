"""Verification codes of papers: long enough that nobody finds one by trying, short enough to type.

Sixteen random characters (80 bits) of Crockford's base 32, which has no I, L, O and U, and one check
character. Clause: the check is ISO/IEC 7064's hybrid system MOD M+1,M with M = 32: it finds every single
wrong character.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BYTES = 10
_CHARACTERS = 16
_CODE = re.compile(rf"[{ALPHABET}]{{{_CHARACTERS + 1}}}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def paper_code(random: bytes) -> str:
    """Return the code of ten random bytes."""
    number = int.from_bytes(random)
    body = "".join(ALPHABET[number >> 5 * i & 31] for i in reversed(range(_CHARACTERS)))
    return body + _check(body)


def read_code(text: str) -> str | None:
    """Return the code that somebody typed, however grouped; None where it is none."""
    code = text.upper().translate(_MISREAD)
    return code if _CODE.fullmatch(code) and _check(code[:-1]) == code[-1] else None


def shown(code: str) -> str:
    """Return a code in groups of four, to be read and typed."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def _check(body: str) -> str:
    product = 32
    for character in body:
        total = (product + ALPHABET.index(character)) % 32 or 32
        product = total * 2 % 33
    return ALPHABET[(33 - product) % 32]
