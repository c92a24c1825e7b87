"""Read JWS in compact, flattened and general form into what checks judge.

The header says which algorithm; a certificate in `x5c` or a `kid` of the trust store says whose key.
`jwk`, `jku` and `x5u` are never used: a key that comes with the message proves nothing.
Clause: RFC 7515, 4.1, 5.2 and 7; RFC 7518, 3; RFC 8725.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from license_service.verification.crypto.jose import (
    ALGORITHMS,
    JoseAlgorithm,
    decode_base64url,
    encode_base64url,
    is_key_id,
)
from license_service.verification.document import FormatError, SignedValue
from license_service.verification.limits import MAX_CERTIFICATES, MAX_JOSE_HEADER_BYTES, MAX_SIGNATURES
from license_service.verification.strict_json import parse_object

_COMPACT_PARTS = 3
_CACHED_HEADERS = 256
"""An issuer signs license after license under one header; each takes at most `MAX_JOSE_HEADER_BYTES`."""


@dataclass(frozen=True)
class JwsSignature:
    """Hold one signature of a JWS: header, payload, the value with what it is over, and whose it is.

    `key_id` counts only where there is no certificate.
    """

    header: Mapping[str, Any]
    payload: bytes
    value: SignedValue
    certificates: tuple[bytes, ...]
    key_id: str | None

    def require_type(self, *allowed: str | None) -> None:
        """Refuse a token made for another use, and one whose payload is another token.

        Clause: RFC 8725, 3.11.

        Raises:
            FormatError: `JWS_TYPE_REFUSED`.
        """
        if self._media_type("typ") not in allowed or self._media_type("cty") not in (None, "json"):
            raise FormatError("JWS_TYPE_REFUSED")

    def _media_type(self, name: str) -> str | None:
        if name not in self.header:
            return None
        value = self.header[name]
        # Clause: RFC 7515, 4.1.9: `application/` may be left out, and case does not count.
        return value.lower().removeprefix("application/") if isinstance(value, str) else ""


def parse_jws_signatures(data: bytes) -> tuple[JwsSignature, ...]:
    """Parse the structure of a JWS in any serialization, whatever its payload holds.

    Raises:
        FormatError: if it is malformed or names an algorithm or extension that is refused.
    """
    text = data.strip(b"\r\n")
    return _from_json(parse_object(text)) if text[:1] == b"{" else (parse_compact(text),)


def parse_compact(text: bytes) -> JwsSignature:
    """Parse a JWS in compact form.

    Raises:
        FormatError: as `parse_jws_signatures`.
    """
    parts = text.split(b".")
    if len(parts) != _COMPACT_PARTS:
        raise FormatError("JWS_MALFORMED")
    return _read(parts[0], parts[1], parts[2], {})


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
    read = _read_header(protected)
    # Only what is protected counts; a name in both places could be read two ways.
    if read.header.keys() & unprotected.keys():
        raise FormatError("JWS_HEADER_REPEATED")
    _require_plain(unprotected)
    value = _value(read.algorithm, protected + b"." + payload, decode_base64url(signature))
    return JwsSignature(read.header, decode_base64url(payload), value, read.certificates, read.key_id)


@dataclass(frozen=True)
class _Header:
    header: Mapping[str, Any]
    algorithm: JoseAlgorithm
    certificates: tuple[bytes, ...]
    key_id: str | None


@lru_cache(maxsize=_CACHED_HEADERS)
def _read_header(protected: bytes) -> _Header:
    if len(protected) > MAX_JOSE_HEADER_BYTES:
        raise FormatError("JWS_HEADER_TOO_LARGE")
    header = parse_object(decode_base64url(protected))
    _require_plain(header)
    return _Header(header, _algorithm(header.get("alg")), _certificates(header), _key_id(header))


def _require_plain(header: Mapping[str, Any]) -> None:
    if "crit" in header:
        raise FormatError("JWS_CRITICAL_UNKNOWN")
    if header.get("b64", True) is not True:
        raise FormatError("JWS_UNENCODED_REFUSED")


def _algorithm(name: object) -> JoseAlgorithm:
    algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
    if algorithm is None:
        raise FormatError("JWS_ALGORITHM_REFUSED")
    return algorithm


def _value(algorithm: JoseAlgorithm, signed: bytes, signature: bytes) -> SignedValue:
    # The length binds a name to one curve: ES256 is 64 bytes, and a P-384 key asks for 96.
    if algorithm.signature_bytes not in (None, len(signature)):
        raise FormatError("JWS_SIGNATURE_MALFORMED")
    return SignedValue(signed, signature, algorithm.name, algorithm.encoding)


def _certificates(header: Mapping[str, Any]) -> tuple[bytes, ...]:
    chain = header.get("x5c", [])
    if not isinstance(chain, list) or len(chain) > MAX_CERTIFICATES:
        raise FormatError("JWS_CHAIN_MALFORMED")
    try:
        # Clause: RFC 7515, 4.1.6: base64, not base64url.
        certificates = tuple(base64.b64decode(item.encode("ascii"), validate=True) for item in chain)
    except (AttributeError, UnicodeEncodeError, binascii.Error) as error:
        raise FormatError("JWS_CHAIN_MALFORMED") from error
    if "x5t#S256" in header and header["x5t#S256"] not in map(_thumbprint, certificates[:1]):
        raise FormatError("JWS_THUMBPRINT_MISMATCH")
    return certificates


def _thumbprint(certificate: bytes) -> str:
    return encode_base64url(hashlib.sha256(certificate).digest()).decode()


def _key_id(header: Mapping[str, Any]) -> str | None:
    if "kid" not in header:
        return None
    key_id = header["kid"]
    if not is_key_id(key_id):
        raise FormatError("JWS_KEY_ID_REFUSED")
    return str(key_id)


def _text(entry: Mapping[str, Any], name: str) -> bytes:
    value = entry.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise FormatError("JWS_MALFORMED")
    return value.encode("ascii")
