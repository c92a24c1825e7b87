"""Read DER: one-byte tags, definite lengths in their shortest spelling, nothing left over.

Enough for timestamps and the certificates of those who make them, so that the single-file verifier needs no
library of its own for them.
Clause: ITU-T X.690, 8.1.3, 8.19 and 10.1.
"""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE, SET, OID, OCTETS, INTEGER, NULL, BOOLEAN = 0x30, 0x31, 0x06, 0x04, 0x02, 0x05, 0x01
_LONG_TAG, _LONG, _MOST_LENGTH_BYTES = 0x1F, 0x80, 3


@dataclass(frozen=True)
class Item:
    """Hold one encoded value: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def items(self, tag: int) -> list[Item]:
        """Return what a constructed value of this tag holds.

        Raises:
            ValueError: if it has another tag, or its content is no DER.
        """
        return read_items(self.expect(tag))

    def expect(self, tag: int) -> bytes:
        """Return the content of a value of this tag.

        Raises:
            ValueError: if it has another.
        """
        if self.tag != tag:
            raise ValueError(f"not DER: tag {self.tag}, not {tag}")
        return self.content


def read_items(data: bytes) -> list[Item]:
    """Return the values that follow on in `data`.

    Raises:
        ValueError: if they are no DER.
    """
    found, place = [], 0
    while place < len(data):
        begin, end = _extent(data, place)
        found.append(Item(data[place], data[begin:end], data[place:end]))
        place = end
    return found


def read_item(data: bytes) -> Item:
    """Return the one value that `data` is.

    Raises:
        ValueError: if they are no DER.
    """
    found = read_items(data)
    if len(found) != 1:
        raise ValueError("not DER: not one value")
    return found[0]


def encode_oid(dotted: str) -> bytes:
    """Return the content of an object identifier."""
    first, second, *rest = map(int, dotted.split("."))
    return b"".join(map(_base128, (40 * first + second, *rest)))


def _extent(data: bytes, place: int) -> tuple[int, int]:
    if len(data) < place + 2 or data[place] & _LONG_TAG == _LONG_TAG:
        raise ValueError("not DER: tag")
    length, begin = data[place + 1], place + 2
    if length >= _LONG:
        count = length - _LONG
        begin += count
        length = int.from_bytes(data[begin - count : begin])
        shortest = (length.bit_length() + 7) // 8 == count and length >= _LONG
        if not 0 < count <= _MOST_LENGTH_BYTES or not shortest:
            raise ValueError("not DER: length")
    if begin + length > len(data):
        raise ValueError("not DER: ends early")
    return begin, begin + length


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | _LONG)
    return bytes(reversed(digits))
