"""JWS in compact, flattened and general form.

The header says which algorithm, the certificate in `x5c` whose key; both must agree, and the
certificate needs a path to an anchor like any other. `jwk`, `jku` and `x5u` are never used: a key that
comes with the message proves nothing. Clause: RFC 7515, 4.1, 5.2 and 7; RFC 7518, 3; RFC 8725.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from license_service.verification.document import (
    FormatError,
    ParsedDocument,
    ParsedSignature,
    SignedValue,
)
from license_service.verification.limits import MAX_CERTIFICATES, MAX_SIGNATURES
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, SignatureKind
from license_service.verification.strict_json import parse_object

ALGORITHMS: Mapping[str, tuple[str, str]] = {
    # JOSE name: canonical name, encoding of the value
    "ES256": ("ECDSA-SHA256", "raw"),
    "ES384": ("ECDSA-SHA384", "raw"),
    "EdDSA": ("ED25519", "der"),
    "Ed25519": ("ED25519", "der"),
    "RS256": ("RSA-SHA256", "der"),
    "RS384": ("RSA-SHA384", "der"),
    "RS512": ("RSA-SHA512", "der"),
    "PS256": ("RSA-PSS-SHA256", "der"),
    "PS384": ("RSA-PSS-SHA384", "der"),
    "PS512": ("RSA-PSS-SHA512", "der"),
}
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")
_COMPACT_PARTS = 3
_LATEST_SECONDS = 253_402_300_799  # 9999-12-31, the last instant datetime can hold


@dataclass(frozen=True)
class JwsSignature:
    """Hold one signature of a JWS: header, payload, and the value with what it is over."""

    header: Mapping[str, Any]
    payload: bytes
    value: SignedValue


def parse_jws(data: bytes) -> ParsedDocument:
    """Parse a JWS whose payload is a JSON object of license fields.

    Raises:
        FormatError: `JWS_*`, `JSON_*` or `BASE64URL_MALFORMED`.
    """
    signatures = parse_jws_signatures(data)
    payload = parse_object(signatures[0].payload)
    return ParsedDocument(
        DocumentFormat.JWS,
        tuple(_signature(index, item, payload) for index, item in enumerate(signatures)),
        license_from_fields(payload),
    )


def parse_jws_signatures(data: bytes) -> tuple[JwsSignature, ...]:
    """Parse the structure of a JWS, whatever its payload holds.

    Raises:
        FormatError: if it is malformed or names an algorithm or extension that is refused.
    """
    text = data.strip(b"\r\n")
    if text[:1] == b"{":
        return _from_json(parse_object(text))
    parts = text.split(b".")
    if len(parts) != _COMPACT_PARTS:
        raise FormatError("JWS_MALFORMED")
    return (_read(parts[0], parts[1], parts[2], {}),)


def decode_base64url(text: bytes) -> bytes:
    """Decode base64url without padding; the one text for each value.

    Raises:
        FormatError: `BASE64URL_MALFORMED` for any other character, padding, or loose last bits.
    """
    if not _BASE64URL.fullmatch(text):
        raise FormatError("BASE64URL_MALFORMED")
    try:
        decoded = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise FormatError("BASE64URL_MALFORMED") from error
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != text:
        raise FormatError("BASE64URL_MALFORMED")
    return decoded


def _from_json(document: Mapping[str, Any]) -> tuple[JwsSignature, ...]:
    flattened = "signature" in document
    if flattened == ("signatures" in document):
        raise FormatError("JWS_MALFORMED")
    entries = [document] if flattened else document["signatures"]
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_SIGNATURES:
        raise FormatError("JWS_MALFORMED")
    payload = _text(document, "payload")
    return tuple(_read_entry(entry, payload) for entry in entries)


def _read_entry(entry: object, payload: bytes) -> JwsSignature:
    if not isinstance(entry, dict):
        raise FormatError("JWS_MALFORMED")
    unprotected = entry.get("header", {})
    if not isinstance(unprotected, dict):
        raise FormatError("JWS_MALFORMED")
    return _read(_text(entry, "protected"), payload, _text(entry, "signature"), unprotected)


def _read(protected: bytes, payload: bytes, signature: bytes, unprotected: Mapping[str, Any]) -> JwsSignature:
    header = parse_object(decode_base64url(protected))
    # Only what is protected counts; a name in both places could be read two ways.
    if header.keys() & unprotected.keys():
        raise FormatError("JWS_HEADER_REPEATED")
    if "crit" in header or "crit" in unprotected:
        raise FormatError("JWS_CRITICAL_UNKNOWN")
    if header.get("b64", True) is not True:
        raise FormatError("JWS_UNENCODED_REFUSED")
    name = header.get("alg")
    algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
    if algorithm is None:
        raise FormatError("JWS_ALGORITHM_REFUSED")
    canonical, encoding = algorithm
    value = SignedValue(protected + b"." + payload, decode_base64url(signature), canonical, encoding)
    return JwsSignature(header, decode_base64url(payload), value)


def _signature(index: int, item: JwsSignature, payload: Mapping[str, Any]) -> ParsedSignature:
    chain = _certificates(item.header)
    return ParsedSignature(
        index=index,
        kind=SignatureKind.JWS,
        value=item.value,
        signer_certificate=chain[0] if chain else None,
        other_certificates=chain[1:],
        signing_time=_instant(payload.get("iat")),
    )


def _certificates(header: Mapping[str, Any]) -> tuple[bytes, ...]:
    chain = header.get("x5c", [])
    if not isinstance(chain, list) or len(chain) > MAX_CERTIFICATES:
        raise FormatError("JWS_CHAIN_MALFORMED")
    try:
        # Clause: RFC 7515, 4.1.6: base64, not base64url.
        return tuple(base64.b64decode(item.encode("ascii"), validate=True) for item in chain)
    except (AttributeError, UnicodeEncodeError, binascii.Error) as error:
        raise FormatError("JWS_CHAIN_MALFORMED") from error


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= _LATEST_SECONDS:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _text(entry: Mapping[str, Any], name: str) -> bytes:
    value = entry.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise FormatError("JWS_MALFORMED")
    return value.encode("ascii")
