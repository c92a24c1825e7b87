"""What belongs to a tenant beside its cases: stored answers, API keys, webhook endpoints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import api_key, idempotency, webhook_endpoint
from license_service.adapters.sql.sealed_columns import IDEMPOTENCY
from license_service.adapters.sql.statements import given, insert_into
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.errors import IdempotencyConflictError, IdempotencyKeyReusedError
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.records import IssuedKey, RegisteredEndpoint, WebhookEndpoint

_STORED_ANSWER = sa.select(idempotency).where(
    given(idempotency.c.tenant), given(idempotency.c.route), given(idempotency.c.key)
)
_KEY = sa.select(api_key).where(given(api_key.c.id))
_ENDPOINTS = sa.select(webhook_endpoint).where(webhook_endpoint.c.enabled)
_ENDPOINTS_OF, _ENDPOINT = (
    _ENDPOINTS.where(given(column)) for column in (webhook_endpoint.c.tenant, webhook_endpoint.c.id)
)


class SqlIdempotencyTable(SqlTable):
    """Keep answers of requests that are done once."""

    def stored_answer(self, tenant: str, claim: IdempotencyClaim) -> dict[str, Any] | None:
        """Return the stored answer.

        Raises:
            IdempotencyKeyReusedError: if the key was used for another payload.
            ErasedError: if what the answer told was erased.
        """
        asked = {"tenant": tenant, "route": claim.route, "key": claim.key}
        row = self._connection.execute(_STORED_ANSWER, asked).one_or_none()
        if row is None:
            return None
        kept = self._vault.unseal(IDEMPOTENCY, row)
        if row.fingerprint not in (claim.fingerprint, self._fingerprint(claim)):
            raise IdempotencyKeyReusedError("this Idempotency-Key was used for another request")
        return dict(json.loads(kept["answer"]))

    def keep_answer(self, tenant: str, claim: IdempotencyClaim, answer: dict[str, Any], dossier: str) -> None:
        """Keep an answer in a dossier.

        Raises:
            IdempotencyConflictError: if the same request is being done elsewhere.
        """
        row = {**vars(claim), "tenant": tenant, "answer": json.dumps(answer, ensure_ascii=False)}
        row |= {"dossier": dossier, "fingerprint": self._fingerprint(claim)}
        try:
            self._connection.execute(insert_into(idempotency), self._vault.seal(IDEMPOTENCY, row))
        except sa.exc.IntegrityError as error:
            raise IdempotencyConflictError("the same request is being done; ask again") from error

    def _fingerprint(self, claim: IdempotencyClaim) -> str:
        """Return a keyed digest: that of a short request could be guessed from a plain one."""
        return self._vault.index.of_request(claim.fingerprint)


class SqlKeyTable(SqlTable):
    """Keep API keys."""

    def add_key(self, caller: Caller, name: str, digest: str, expires_at: datetime) -> None:
        """Keep a key by the digest of its secret."""
        row = {"id": caller.key_id, "tenant": caller.tenant, "name": name, "digest": digest}
        row["scopes"] = " ".join(sorted(caller.scopes))
        self._connection.execute(insert_into(api_key), {**row, "expires_at": seconds(expires_at)})

    def key(self, key_id: str) -> tuple[Caller, str, datetime] | None:
        """Return whom a key names, the digest of its secret, and when it ends."""
        row = self._connection.execute(_KEY, {"id": key_id}).one_or_none()
        if row is None:
            return None
        return _caller(row), row.digest, instant(row.expires_at)

    def issued_keys(self) -> Sequence[IssuedKey]:
        """Return the keys of every tenant, by tenant and name."""
        query = sa.select(api_key).order_by(api_key.c.tenant, api_key.c.name, api_key.c.expires_at)
        return [
            IssuedKey(_caller(row), row.name, instant(row.expires_at))
            for row in self._connection.execute(query)
        ]

    def end_key(self, key_id: str, moment: datetime) -> bool:
        """Let a key end at a moment; tell whether there is one that lasted longer."""
        lasting = sa.and_(api_key.c.id == key_id, api_key.c.expires_at > seconds(moment))
        statement = sa.update(api_key).where(lasting).values(expires_at=seconds(moment))
        return self._connection.execute(statement).rowcount > 0


def _caller(row: sa.Row[Any]) -> Caller:
    return Caller(row.tenant, row.id, frozenset(map(Scope, row.scopes.split())))


class SqlWebhookTable(SqlTable):
    """Keep webhook endpoints."""

    def add_endpoint(self, endpoint: WebhookEndpoint) -> None:
        """Keep an endpoint."""
        row = {**vars(endpoint), "previous": " ".join(endpoint.previous), "enabled": True}
        self._connection.execute(insert_into(webhook_endpoint), row)

    def endpoints_of(self, tenant: str) -> Sequence[WebhookEndpoint]:
        """Return the enabled endpoints of a tenant."""
        return self._endpoints(_ENDPOINTS_OF, {"tenant": tenant})

    def endpoint(self, identifier: str) -> WebhookEndpoint | None:
        """Return an enabled endpoint."""
        return next(iter(self._endpoints(_ENDPOINT, {"id": identifier})), None)

    def registered_endpoints(self) -> Sequence[RegisteredEndpoint]:
        """Return the endpoints of every tenant, disabled ones too."""
        query = sa.select(webhook_endpoint).order_by(webhook_endpoint.c.tenant, webhook_endpoint.c.url)
        return [RegisteredEndpoint(_endpoint(row), row.enabled) for row in self._connection.execute(query)]

    def disable_endpoint(self, identifier: str) -> None:
        """Send nothing more to an endpoint."""
        statement = sa.update(webhook_endpoint).where(webhook_endpoint.c.id == identifier)
        self._connection.execute(statement.values(enabled=False))

    def save_secrets(self, endpoint: WebhookEndpoint) -> None:
        """Keep the secrets of an endpoint."""
        statement = sa.update(webhook_endpoint).where(webhook_endpoint.c.id == endpoint.id)
        secrets = {"secret": endpoint.secret, "previous": " ".join(endpoint.previous)}
        self._connection.execute(statement.values(secrets))

    def _endpoints(self, query: sa.Select[Any], asked: dict[str, str]) -> list[WebhookEndpoint]:
        return [_endpoint(row) for row in self._connection.execute(query, asked)]


def _endpoint(row: sa.Row[Any]) -> WebhookEndpoint:
    return WebhookEndpoint(row.id, row.tenant, row.url, row.secret, tuple(row.previous.split()))
