"""Tell a format from leading bytes, never from a name."""

from __future__ import annotations

import re

from license_service.verification.limits import MAX_MIME_HEADER_BYTES
from license_service.verification.report import DocumentFormat

_PEM = (b"-----BEGIN CMS-----", b"-----BEGIN PKCS7-----")
_BASE64URL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SNIFFED = 64 * 1024
"""A header with an x5c chain of several certificates stays below this."""

_SHOWN = (b'"disclosures"', b'"kb_jwt"')
_SIGNED_MIME = re.compile(
    rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?"
    rb"content-type:[ \t]*(?:multipart/signed|application/(?:x-)?pkcs7-mime)\b",
    re.IGNORECASE,
)
"""Header fields from the first byte on, of which one says that the message is signed (RFC 8551)."""


def detect_format(data: bytes) -> DocumentFormat:
    """Return the format the first bytes announce; the parser then has to prove it.

    A zip local header announces OFD, `%PDF-` PDF, a DER or BER SEQUENCE, a PEM armor or the headers of
    a signed message CMS; a base64url text with a dot, or a JSON object, JWS. Either is an SD-JWT with what
    no JWS has: a tilde, or members for what a holder shows.
    """
    if data.startswith(b"PK\x03\x04"):
        return DocumentFormat.OFD
    if data.startswith(b"%PDF-"):
        return DocumentFormat.PDF
    if data[:1] == b"\x30" or data.startswith(_PEM):
        return DocumentFormat.CMS
    if data[:1] == b"{" or _looks_compact(data):
        shown = _SHOWN if data[:1] == b"{" else (b"~",)
        return DocumentFormat.SD_JWT if any(mark in data for mark in shown) else DocumentFormat.JWS
    if _SIGNED_MIME.match(data, 0, MAX_MIME_HEADER_BYTES):
        return DocumentFormat.CMS
    return DocumentFormat.UNKNOWN


def _looks_compact(data: bytes) -> bool:
    header, dot, _ = data[:_SNIFFED].partition(b".")
    return bool(dot) and header.startswith(b"ey") and not header.translate(None, _BASE64URL)
