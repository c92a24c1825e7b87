"""Read `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from flask import request
from pydantic import BaseModel, Field

from license_service.errors import IdempotencyKeyMissingError
from license_service.services.caller import IdempotencyClaim


class IdempotencyHeader(BaseModel):
    """Name the request, so that repeating it after a lost answer does nothing twice."""

    key: str | None = Field(
        None,
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="Required where something is created: fresh for a new request, the same when repeating.",
    )

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - pydantic's own
        """Return the JSON Schema; for each request flask-openapi asks for it, which takes a millisecond."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else cls._schema()

    @classmethod
    @cache
    def _schema(cls) -> dict[str, Any]:
        return super().model_json_schema()


def claim(header: IdempotencyHeader, fingerprint: bytes) -> IdempotencyClaim:
    """Return the claim of this request.

    Raises:
        IdempotencyKeyMissingError: if the header is missing.
    """
    if header.key is None:
        raise IdempotencyKeyMissingError("Idempotency-Key is required here")
    return IdempotencyClaim(request.path, header.key, hashlib.sha256(fingerprint).hexdigest())


def optional_claim(header: IdempotencyHeader, fingerprint: bytes) -> IdempotencyClaim | None:
    """Return the claim where the header was sent."""
    return claim(header, fingerprint) if header.key is not None else None
