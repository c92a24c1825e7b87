"""Put what a holder discloses in the place of its digest, each exactly once.

Clause: RFC 9901, 4.2 (disclosures), 7.1 (processing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.jose import decode_base64url, encode_base64url
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_DISCLOSURES, MAX_JSON_DEPTH
from license_service.verification.strict_json import parse_json

_DIGESTS, _ELEMENT = "_sd", "..."


@dataclass(frozen=True)
class Disclosure:
    """Hold a claim, or an element of an array where `name` is None."""

    name: str | None
    value: Any


def disclose(payload: Mapping[str, Any], texts: Sequence[bytes], digest_name: str) -> dict[str, Any]:
    """Return the claims with everything that is disclosed, and no digests.

    Raises:
        FormatError: `SD_JWT_*` if a disclosure is malformed, repeated, misplaced, not asked for by a
            signed digest, or would replace a claim.
    """
    if len(texts) > MAX_DISCLOSURES:
        raise FormatError("SD_JWT_TOO_MANY_DISCLOSURES")
    disclosures = {_digest(text, digest_name): parse_disclosure(text) for text in texts}
    if len(disclosures) != len(texts):
        raise FormatError("SD_JWT_DISCLOSURE_REPEATED")
    reader = _Reader(disclosures)
    claims = reader.read_object(payload, 1)
    if disclosures.keys() - reader.seen:
        raise FormatError("SD_JWT_DISCLOSURE_UNREFERENCED")
    return claims


def parse_disclosure(text: bytes) -> Disclosure:
    """Parse one disclosure: salt, name, value; or salt, value.

    Raises:
        FormatError: `SD_JWT_DISCLOSURE_MALFORMED`, `JSON_*` or `BASE64URL_MALFORMED`.
    """
    match parse_json(decode_base64url(text)):
        case [str(), str() as name, value] if name not in (_DIGESTS, _ELEMENT):
            return Disclosure(name, value)
        case [str(), value]:
            return Disclosure(None, value)
    raise FormatError("SD_JWT_DISCLOSURE_MALFORMED")


@dataclass
class _Reader:
    """Walk the payload once; a digest that occurs twice would make one claim of two."""

    disclosures: Mapping[str, Disclosure]
    seen: set[str] = field(default_factory=set)

    def read_object(self, node: Mapping[str, Any], depth: int) -> dict[str, Any]:
        if _ELEMENT in node:
            raise FormatError("SD_JWT_DIGEST_MISPLACED")
        claims = {name: self.read(value, depth) for name, value in node.items() if name != _DIGESTS}
        for text in self._digests(node.get(_DIGESTS, [])):
            disclosure = self._take(text)
            if disclosure is None:
                continue
            if disclosure.name is None:
                raise FormatError("SD_JWT_DISCLOSURE_MISPLACED")
            if disclosure.name in claims:
                raise FormatError("SD_JWT_CLAIM_OVERWRITTEN")
            claims[disclosure.name] = self.read(disclosure.value, depth)
        return claims

    def read(self, value: object, depth: int) -> Any:  # noqa: ANN401 - JSON
        if depth > MAX_JSON_DEPTH:
            raise FormatError("SD_JWT_TOO_DEEP")
        if isinstance(value, dict):
            return self.read_object(value, depth + 1)
        return self._read_array(value, depth + 1) if isinstance(value, list) else value

    def _read_array(self, elements: list[Any], depth: int) -> list[Any]:
        found = []
        for element in elements:
            if not isinstance(element, dict) or _ELEMENT not in element:
                found.append(self.read(element, depth))
                continue
            if len(element) != 1:
                raise FormatError("SD_JWT_DIGEST_MISPLACED")
            (text,) = self._digests([element[_ELEMENT]])
            disclosure = self._take(text)
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise FormatError("SD_JWT_DISCLOSURE_MISPLACED")
            found.append(self.read(disclosure.value, depth))
        return found

    def _digests(self, values: object) -> list[str]:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise FormatError("SD_JWT_DIGEST_MALFORMED")
        return values

    def _take(self, text: str) -> Disclosure | None:
        if text in self.seen:
            raise FormatError("SD_JWT_DIGEST_REPEATED")
        self.seen.add(text)
        return self.disclosures.get(text)


def _digest(text: bytes, digest_name: str) -> str:
    return encode_base64url(digest(digest_name, text) or b"").decode()
