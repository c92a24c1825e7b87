"""Take S/MIME apart: an opaque `application/pkcs7-mime`, or `multipart/signed` with its two parts.

The standard library reads headers; where a part begins and ends is decided here, on the bytes that are
hashed. Line ends are made CRLF, as the signer's were. Clause: RFC 8551, 3.1 and 3.5; RFC 1847, 2.1.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_MIME_HEADER_BYTES

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_OPAQUE = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_DETACHED = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_UNENCODED = frozenset({"", "7bit", "8bit", "binary"})
_LONGEST_BOUNDARY = 70  # RFC 2046, 5.1.1
_PARTS = 2


@dataclass(frozen=True)
class SignedMessage:
    """Hold the SignedData of a message, and the entity it is over where that is beside it."""

    signature: bytes
    content: bytes | None


@dataclass(frozen=True)
class _Entity:
    type: str
    boundary: str
    encoding: str
    body: bytes


def read_message(data: bytes) -> SignedMessage:
    """Read a signed message.

    Raises:
        FormatError: `MIME_MALFORMED` if it is neither form, or could be cut in two ways.
    """
    entity = _read(data)
    if entity.type in _OPAQUE:
        return SignedMessage(_decode(entity), None)
    if entity.type != "multipart/signed":
        raise FormatError("MIME_MALFORMED", entity.type)
    content, signature = _parts(entity)
    part = _read(signature)
    if part.type not in _DETACHED:
        raise FormatError("MIME_MALFORMED", part.type)
    return SignedMessage(_decode(part), _BARE_LINE_FEED.sub(b"\r\n", content))


def entity_body(entity: bytes) -> bytes:
    """Return what a signed entity carries, without its headers and its transfer encoding.

    Raises:
        FormatError: `MIME_MALFORMED`.
    """
    return _decode(_read(entity))


def _read(data: bytes) -> _Entity:
    blank = _BLANK_LINE.search(data, 0, MAX_MIME_HEADER_BYTES)
    if blank is None:
        raise FormatError("MIME_MALFORMED", "headers")
    header, body = data[: blank.start()], data[blank.end() :]
    try:
        message: Message = BytesHeaderParser().parsebytes(header + b"\n\n")
        names = [name.lower() for name in message]
        parsed = _Entity(
            message.get_content_type(),
            message.get_boundary() or "",
            str(message.get("content-transfer-encoding", "")).strip().lower(),
            body,
        )
    except Exception as error:  # the parser raises several types on hostile headers; all mean malformed
        raise FormatError("MIME_MALFORMED", "headers") from error
    # A header met twice is two messages to two readers.
    if max(names.count("content-type"), names.count("content-transfer-encoding")) > 1 or message.defects:
        raise FormatError("MIME_MALFORMED", "headers")
    return parsed


def _parts(entity: _Entity) -> tuple[bytes, bytes]:
    if not 0 < len(entity.boundary) <= _LONGEST_BOUNDARY or not entity.boundary.isascii():
        raise FormatError("MIME_MALFORMED", "boundary")
    delimiter = re.escape(b"--" + entity.boundary.encode("ascii"))
    inside, *rest = re.split(rb"\r?\n" + delimiter + rb"--[ \t]*(?:\r?\n|\Z)", entity.body)
    _, *parts = re.split(rb"(?:\A|\r?\n)" + delimiter + rb"[ \t]*\r?\n", inside)
    if len(parts) != _PARTS or len(rest) != 1 or rest[0].strip():
        raise FormatError("MIME_MALFORMED", "parts")
    return parts[0], parts[1]


def _decode(entity: _Entity) -> bytes:
    if entity.encoding in _UNENCODED:
        return entity.body
    if entity.encoding == "quoted-printable":
        return quopri.decodestring(entity.body)
    if entity.encoding != "base64":
        raise FormatError("MIME_MALFORMED", entity.encoding)
    try:
        return base64.b64decode(b"".join(entity.body.split()), validate=True)
    except binascii.Error as error:
        raise FormatError("MIME_MALFORMED", "base64") from error
