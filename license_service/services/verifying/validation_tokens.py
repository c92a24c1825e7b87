"""Issue validation tokens (RFC 9321): a verdict that its issuer signed, bound to one document."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from license_service.clock import Clock
from license_service.errors import ValidationTokenUnavailableError
from license_service.services.caller import Caller
from license_service.services.verifying.verifications import BINDING_HASH, VerificationService
from license_service.verification.canonical import canonical_json
from license_service.verification.crypto.jose import encode_base64url
from license_service.verification.report import VerificationReport
from license_service.verification.token_claims import IssuedClaims
from license_service.verification.validation_token import CONTENT, DOCUMENT, HASHES, TYPE, bind, claims


class TokenKey(Protocol):
    """Hold a key that signs tokens."""

    @property
    def algorithm(self) -> str:
        """Return its JOSE name, one of `validation_token.HASHES`."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature as a JWS has it."""
        ...

    def public_jwk(self) -> dict[str, str]:
        """Return the public half, with `kid`."""
        ...


class TokenKeys(Protocol):
    """Hold the keys of the service's own tokens."""

    def signing(self) -> TokenKey:
        """Return the one that signs."""
        ...

    def public_keys(self) -> list[dict[str, str]]:
        """Return the public half of every key that ever signed."""
        ...


class ValidationTokenService:
    """Answer `GET /v1/verifications/{id}/validation-token`."""

    def __init__(
        self, verifications: VerificationService, clock: Clock, keys: TokenKeys, issuer: str
    ) -> None:
        self._verifications = verifications
        self._clock = clock
        self._keys = keys
        self._issuer = issuer

    def issue(self, caller: Caller, identifier: str) -> str:
        """Return a token about a kept verdict.

        Raises:
            NotFoundError: if this tenant has no verdict of that id.
            ValidationTokenUnavailableError: if the document has no signature of a known signer, or an earlier
                version kept the verdict.
        """
        answer = self._verifications.get(caller, identifier)
        bindings, key = answer.get("bindings"), self._keys.signing()
        if not bindings or HASHES[key.algorithm].name != BINDING_HASH:
            raise ValidationTokenUnavailableError("no signature of a known signer was judged")
        report = answer["report"]
        digests = {DOCUMENT: report["sha256"], CONTENT: report["presentation"]["content_sha256"]}
        data = {name: bytes.fromhex(value) for name, value in digests.items() if value}
        beside = {"verification": answer["id"], "event": answer["event_id"]}
        issued = IssuedClaims(uuid.uuid4().hex, self._issuer, self._clock.now(), beside)
        return sign_token(claims(report, bindings, data, key.algorithm, issued), key)

    def keys(self) -> dict[str, Any]:
        """Return the JWK set that tokens are verified with."""
        return {"keys": self._keys.public_keys()}


def token_about(
    report: VerificationReport, data: Mapping[str, bytes], key: TokenKey, issuer: str, now: datetime
) -> str | None:
    """Return a token about a report just made; None where no known signer's signature was judged."""
    bindings: Sequence[Mapping[str, Any]] | None = bind(report.signatures, HASHES[key.algorithm].name)
    if bindings is None:
        return None
    issued = IssuedClaims(uuid.uuid4().hex, issuer, now)
    return sign_token(claims(report.to_json(), bindings, data, key.algorithm, issued), key)


def sign_token(payload: Mapping[str, Any], key: TokenKey) -> str:
    """Return claims as a compact JWS."""
    header = {"alg": key.algorithm, "kid": key.public_jwk()["kid"], "typ": TYPE}
    signed = b".".join(encode_base64url(canonical_json(part)) for part in (header, payload))
    return (signed + b"." + encode_base64url(key.sign(signed))).decode()
