"""Tell a format from leading bytes, never from a name."""

from __future__ import annotations

from license_service.verification.report import DocumentFormat

_PEM = (b"-----BEGIN CMS-----", b"-----BEGIN PKCS7-----")
_BASE64URL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SNIFFED = 64 * 1024
"""A header with an x5c chain of several certificates stays below this."""


def detect_format(data: bytes) -> DocumentFormat:
    """Return the format the first bytes announce; the parser then has to prove it.

    A zip local header announces OFD, `%PDF-` PDF, a DER or BER SEQUENCE or a PEM armor CMS; a
    base64url text with a dot, or a JSON object, JWS; a tilde, which no JWS has, SD-JWT.
    """
    if data.startswith(b"PK\x03\x04"):
        return DocumentFormat.OFD
    if data.startswith(b"%PDF-"):
        return DocumentFormat.PDF
    if data[:1] == b"\x30" or data.startswith(_PEM):
        return DocumentFormat.CMS
    if _looks_compact(data):
        return DocumentFormat.SD_JWT if b"~" in data else DocumentFormat.JWS
    if data[:1] == b"{":
        return DocumentFormat.JWS
    return DocumentFormat.UNKNOWN


def _looks_compact(data: bytes) -> bool:
    header, dot, _ = data[:_SNIFFED].partition(b".")
    return bool(dot) and header.startswith(b"ey") and not header.translate(None, _BASE64URL)
