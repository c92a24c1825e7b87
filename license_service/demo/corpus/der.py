"""Write DER, and what is nearly DER: an attack is often one length or tag that a library would not write."""

from __future__ import annotations

from datetime import datetime

INTEGER, BIT_STRING, OCTET_STRING, NULL, UTF8, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x0C, 0x30, 0x31
PRINTABLE, IA5, UTC_TIME, GENERALIZED_TIME = 0x13, 0x16, 0x17, 0x18
_SHORT = 0x80
_SEVEN_BITS = 7


def tlv(tag: int, body: bytes) -> bytes:
    """Write a tag, the shortest length, and the body."""
    return bytes([tag]) + _length(len(body)) + body


def sequence(*members: bytes) -> bytes:
    """Write a SEQUENCE."""
    return tlv(SEQUENCE, b"".join(members))


def integer(value: int) -> bytes:
    """Write an INTEGER, negative ones too."""
    size = (value if value >= 0 else value + 1).bit_length() // 8 + 1
    return tlv(INTEGER, value.to_bytes(size, signed=True))


def bits(data: bytes) -> bytes:
    """Write a BIT STRING of whole octets."""
    return tlv(BIT_STRING, b"\0" + data)


def octets(data: bytes) -> bytes:
    """Write an OCTET STRING."""
    return tlv(OCTET_STRING, data)


def text(value: str, tag: int = UTF8) -> bytes:
    """Write a text."""
    return tlv(tag, value.encode())


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, b"".join(map(_arc, (first * 40 + second, *rest))))


def generalized(moment: datetime) -> bytes:
    """Write a GeneralizedTime in UTC."""
    return generalized_text(moment.strftime("%Y%m%d%H%M%SZ"))


def generalized_text(value: str) -> bytes:
    """Write any text as GeneralizedTime."""
    return text(value, GENERALIZED_TIME)


def utc(moment: datetime) -> bytes:
    """Write a UTCTime."""
    return text(moment.strftime("%y%m%d%H%M%SZ"), UTC_TIME)


def explicit(number: int, body: bytes) -> bytes:
    """Wrap in a context tag."""
    return tlv(0xA0 | number, body)


def long_length(encoded: bytes, size: int = 2) -> bytes:
    """Write the outer length in more octets than it needs."""
    tag, body = encoded[:1], body_of(encoded)
    return tag + bytes([_SHORT | size]) + len(body).to_bytes(size) + body


def indefinite(encoded: bytes) -> bytes:
    """Write the outer length as BER's "until the end mark"."""
    return encoded[:1] + b"\x80" + body_of(encoded) + b"\0\0"


def body_of(encoded: bytes) -> bytes:
    """Return what follows the outer tag and length."""
    return encoded[2 + (encoded[1] & 0x7F if encoded[1] & _SHORT else 0) :]


def _length(size: int) -> bytes:
    if size < _SHORT:
        return bytes([size])
    octets_ = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([_SHORT | len(octets_)]) + octets_


def _arc(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> _SEVEN_BITS:
        groups.append(value & 0x7F | _SHORT)
    return bytes(reversed(groups))
