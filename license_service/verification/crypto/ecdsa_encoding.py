"""The two ways to write a pair (r, s): DER, and raw fixed-width numbers.

DER is read strictly: one value has one encoding, so what was hashed, logged and compared is what
was verified. Clause: X.690, 8.3 and 10.1; GB/T 35276-2017, 7.3.
"""

from __future__ import annotations

_INTEGER, _SEQUENCE = 0x02, 0x30
_SHORT_FORM = 0x80
_LARGEST_PAIR = 139
"""Two numbers of 521 bits, the largest curve's, with a leading zero each."""


def encode_der(r: int, s: int) -> bytes:
    """Write SEQUENCE { r INTEGER, s INTEGER } in DER."""
    body = _encode_integer(r) + _encode_integer(s)
    length = bytes([len(body)]) if len(body) < _SHORT_FORM else bytes([0x81, len(body)])
    return bytes([_SEQUENCE]) + length + body


def raw_to_der(signature: bytes, width: int) -> bytes | None:
    """Turn r then s, `width` bytes each, into DER; None where the length differs."""
    if len(signature) != 2 * width:
        return None
    return encode_der(int.from_bytes(signature[:width]), int.from_bytes(signature[width:]))


def is_strict_der(signature: bytes) -> bool:
    """Tell whether the bytes are the one DER encoding of two positive numbers, with nothing after."""
    numbers = _read(signature) if len(signature) <= _LARGEST_PAIR else None
    return numbers is not None and encode_der(*numbers) == signature


def _read(signature: bytes) -> tuple[int, int] | None:
    try:
        offset = 3 if signature[1] == 0x81 else 2  # noqa: PLR2004 - the long form of one length byte
        r, rest = _read_integer(signature, offset)
        s, _ = _read_integer(signature, rest)
    except IndexError:
        return None
    return (r, s) if r > 0 and s > 0 else None


def _read_integer(data: bytes, offset: int) -> tuple[int, int]:
    size = data[offset + 1]
    end = offset + 2 + size
    return int.from_bytes(data[offset + 2 : end], signed=True), end


def _encode_integer(value: int) -> bytes:
    body = value.to_bytes(value.bit_length() // 8 + 1)
    return bytes([_INTEGER, len(body)]) + body
