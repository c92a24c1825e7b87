"""Take a presented SD-JWT apart, in compact and in JSON form: signatures, disclosures, the holder's proof.

Clause: RFC 9901, 4 (compact) and 8 (JSON, where disclosures and proof stand in an unprotected header).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from license_service.verification.crypto.jws import JwsSignature, parse_compact, parse_jws_signatures
from license_service.verification.document import FormatError
from license_service.verification.strict_json import parse_object

_DISCLOSURES, _BINDING = "disclosures", "kb_jwt"
_SHOWN = frozenset({_DISCLOSURES, _BINDING})


@dataclass(frozen=True)
class PresentedToken:
    """Hold what the issuer signed, what the holder shows of it, and the holder's proof, empty without one.

    `hashed` is what the proof has the digest of: the first signature and what is shown.
    """

    signatures: tuple[JwsSignature, ...]
    disclosures: tuple[bytes, ...]
    hashed: bytes
    binding: bytes


def read_presented(data: bytes) -> PresentedToken:
    """Take a presentation apart.

    Raises:
        FormatError: `SD_JWT_HEADER_MALFORMED`, `SD_JWT_HEADER_MISPLACED`, or as a JWS.
    """
    text = data.strip(b"\r\n")
    if text[:1] == b"{":
        return _from_json(text)
    presented, tilde, binding = text.rpartition(b"~")
    token, *disclosures = presented.split(b"~")
    return PresentedToken((parse_compact(token),), tuple(disclosures), presented + tilde, binding)


def _from_json(text: bytes) -> PresentedToken:
    signatures, document = parse_jws_signatures(text), parse_object(text)
    first, *others = document.get("signatures", [document])
    # What stood elsewhere would be shown to one reader and not to another.
    elsewhere = [item.get("header", {}) for item in others] + [item.header for item in signatures]
    if any(header.keys() & _SHOWN for header in elsewhere):
        raise FormatError("SD_JWT_HEADER_MISPLACED")
    header = first.get("header", {})
    disclosures = _texts(header.get(_DISCLOSURES, []))
    (binding,) = _texts([header.get(_BINDING, "")])
    hashed = b"~".join((_token(first, document), *disclosures, b""))
    return PresentedToken(signatures, disclosures, hashed, binding)


def _token(entry: Mapping[str, Any], document: Mapping[str, Any]) -> bytes:
    """Return the first signature as it would be in compact form."""
    text = ".".join((entry["protected"], document["payload"], entry["signature"]))
    return text.encode("ascii")


def _texts(values: object) -> tuple[bytes, ...]:
    if not isinstance(values, list) or not all(isinstance(v, str) and v.isascii() for v in values):
        raise FormatError("SD_JWT_HEADER_MALFORMED")
    return tuple(value.encode("ascii") for value in values)
