"""A license as SD-JWT VC: signed digests, the claims the holder shows, and proof that it is the holder.

Claims about the license have the short names of GB/T 36903, so one mapping serves every format.
Clause: RFC 9901, 4, 7 and 8; draft-ietf-oauth-sd-jwt-vc, 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from license_service.clock import SHANGHAI
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.jose import decode_base64url
from license_service.verification.crypto.jwk import parse_public_jwk
from license_service.verification.crypto.jws import JwsSignature, parse_compact
from license_service.verification.crypto.jwt import TokenClaims, license_claims, read_claims, read_instant
from license_service.verification.document import (
    DigestComparison,
    FormatError,
    HolderKey,
    KeyBinding,
    KeyBindingToken,
    ParsedDocument,
    ParsedSignature,
)
from license_service.verification.formats.sd_jwt.disclosures import disclose
from license_service.verification.formats.sd_jwt.serializations import PresentedToken, read_presented
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, LicenseMetadata, SignatureKind
from license_service.verification.strict_json import parse_object

_TYPES = ("dc+sd-jwt", "vc+sd-jwt")  # the second is the name before November 2024
_DIGESTS = {"sha-256": "SHA256", "sha-384": "SHA384", "sha-512": "SHA512"}
_DIGEST_NAME = "_sd_alg"
_NEVER_DISCLOSED = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", _DIGEST_NAME})
_BEGINS, _ENDS = "ZZYXQQSRQ", "ZZYXQJZRQ"
_UNSAID = "undisclosed"
"""No date: a holder who withholds the end of a license must not make it endless."""


def parse_sd_jwt(data: bytes) -> ParsedDocument:
    """Parse a presentation in either serialization, with or without the holder's key binding token.

    Raises:
        FormatError: `SD_JWT_*`, `JWK_*`, or as a JWS.
    """
    presented = read_presented(data)
    for issued in presented.signatures:
        issued.require_type(*_TYPES)
    payload = parse_object(presented.signatures[0].payload)
    digest_name = _digest_name(payload)
    plain = {name: value for name, value in payload.items() if name != _DIGEST_NAME}
    claims = disclose(plain, presented.disclosures, digest_name)
    if (claims.keys() - payload.keys()) & _NEVER_DISCLOSED:
        raise FormatError("SD_JWT_CLAIM_NOT_DISCLOSABLE")
    life = read_claims(payload)
    key_binding = KeyBinding(_holder_key(payload), _key_binding_token(presented, digest_name))
    said = _Said(life, _credential_type(payload), digest_name, key_binding)
    signatures = (_signature(index, issued, said) for index, issued in enumerate(presented.signatures))
    return ParsedDocument(DocumentFormat.SD_JWT, tuple(signatures), _license(claims, life))


@dataclass(frozen=True)
class _Said:
    """Hold what the payload and the holder say to every signature."""

    life: TokenClaims
    credential_type: str
    digest_name: str
    key_binding: KeyBinding


def _signature(index: int, issued: JwsSignature, said: _Said) -> ParsedSignature:
    life = said.life
    return ParsedSignature(
        index=index,
        kind=SignatureKind.SD_JWT_VC,
        value=issued.value,
        signer_certificate=issued.certificates[0] if issued.certificates else None,
        other_certificates=issued.certificates[1:],
        signer_key_id=issued.key_id,
        signing_time=life.issued_at,
        digest_algorithms=(said.digest_name,),
        valid_from=life.valid_from,
        valid_until=life.valid_until,
        credential_type=said.credential_type,
        status_reference=life.status,
        key_binding=said.key_binding,
    )


def _license(claims: Mapping[str, Any], life: TokenClaims) -> LicenseMetadata | None:
    last = life.valid_until - timedelta(seconds=1) if life.valid_until else None
    dates = {_BEGINS: _day(life.valid_from), _ENDS: _day(last)}
    return license_from_fields({**dates, **license_claims(claims)})


def _day(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).date().isoformat() if moment else _UNSAID


def _digest_name(payload: Mapping[str, Any]) -> str:
    name = payload.get(_DIGEST_NAME, "sha-256")
    if not isinstance(name, str) or name not in _DIGESTS:
        raise FormatError("SD_JWT_DIGEST_REFUSED")
    return _DIGESTS[name]


def _credential_type(payload: Mapping[str, Any]) -> str:
    value = payload.get("vct")
    if not isinstance(value, str) or not value:
        raise FormatError("SD_JWT_CREDENTIAL_TYPE_MISSING")
    return value


def _holder_key(payload: Mapping[str, Any]) -> HolderKey | None:
    if "cnf" not in payload:
        return None
    match payload["cnf"]:
        case {"jwk": dict() as jwk}:
            key = parse_public_jwk(jwk)
            return HolderKey(key.spki, key.key_type, key.algorithms)
    raise FormatError("SD_JWT_CONFIRMATION_UNKNOWN")


def _key_binding_token(presented: PresentedToken, digest_name: str) -> KeyBindingToken | None:
    if not presented.binding:
        return None
    token = parse_compact(presented.binding)
    token.require_type("kb+jwt")
    claims = parse_object(token.payload)
    issued_at = read_instant(claims, "iat")
    match claims:
        case {"aud": str() as audience, "nonce": str() as nonce, "sd_hash": str() as sd_hash} if issued_at:
            expected = decode_base64url(sd_hash.encode())
            actual = digest(digest_name, presented.hashed)
            comparison = DigestComparison("sd_hash", digest_name, expected, actual)
            return KeyBindingToken(token.value, audience, nonce, issued_at, comparison)
    raise FormatError("SD_JWT_KEY_BINDING_MALFORMED")
