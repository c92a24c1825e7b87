"""Require DER: two encodings of one structure are two structures to two readers.

Clause: ITU-T X.690, 10.1 and 10.2 (definite, shortest lengths; strings in one piece).
docs/divergences.md says why BER is not read.
"""

from __future__ import annotations

from license_service.verification.limits import MAX_ASN1_DEPTH

_CONSTRUCTED, _HIGH_TAG, _LONG, _LARGEST_SHORT = 0x20, 0x1F, 0x80, 0x7F
_STRINGS_IN_PIECES = frozenset({0x23, 0x24, 0x2C, *range(0x32, 0x3F)})
"""BIT STRING, OCTET STRING and texts in constructed form (X.690, 10.2)."""


def require_der(data: bytes) -> int:
    """Walk a structure that must fill `data`; return how many members it has.

    Raises:
        ValueError: if a length is indefinite, too long or does not fit, a tag is end-of-contents, or a
            string is in pieces.
    """
    begin, end = read_header(data, 0, len(data))
    if end != len(data):
        raise ValueError("bytes behind the structure")
    return _members(data, begin, end, 0)


def _members(data: bytes, position: int, end: int, depth: int) -> int:
    if depth > MAX_ASN1_DEPTH:
        raise ValueError("too deep")
    count = 0
    while position < end:
        begin, after = read_header(data, position, end)
        if data[position] in _STRINGS_IN_PIECES:
            raise ValueError("string in pieces")
        if data[position] & _CONSTRUCTED:
            _members(data, begin, after, depth + 1)
        position, count = after, count + 1
    return count


def read_header(data: bytes, position: int, limit: int) -> tuple[int, int]:
    """Return where the contents of the element at `position` begin and end.

    Raises:
        ValueError: if there is none that ends by `limit`, or it is not DER.
    """
    if limit - position < 2 or data[position] == 0 or data[position] & _HIGH_TAG == _HIGH_TAG:  # noqa: PLR2004 - tag and length
        raise ValueError("malformed tag")
    first = data[position + 1]
    size = first & _LARGEST_SHORT if first & _LONG else 0
    begin = position + 2 + size
    length = int.from_bytes(data[position + 2 : begin]) if size else first
    shortest = not size or (data[position + 2] != 0 and length > _LARGEST_SHORT)
    if first == _LONG or begin + length > limit or not shortest:
        raise ValueError("malformed length")
    return begin, begin + length
