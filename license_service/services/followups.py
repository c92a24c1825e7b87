"""Run follow-ups: claim, act outside, then record the effect if nobody overtook us.

1. Claim in a short transaction: a lease and a new fencing token.
2. Act outside the database: ask a source, send a webhook. This may happen twice after a crash, so
   requests carry the follow-up's id.
3. Record in one transaction: complete with the token, and only then apply the effect. A claim that was
   overtaken finds its token stale and records nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from license_service.clock import Clock
from license_service.domain import case as domain
from license_service.domain.case import CheckResult
from license_service.domain.obligation import FollowUpKind, FollowUpRequest
from license_service.errors import LicenseServiceError, StoreUnavailableError
from license_service.services.batches import BatchService, keep_verdicts
from license_service.services.cases import load_case
from license_service.services.ports import DataSource, FollowUp, Store, Transaction, WebhookSender
from license_service.services.recording import record_transition
from license_service.services.webhooks import webhook_body, webhook_headers

Effect = Callable[[Transaction, datetime], None]
Hook = Callable[[str], None]

LEASE_SECONDS = 30.0
MAX_ATTEMPTS = 10
_WEBHOOK_DELAYS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds after each failed attempt: ten attempts over 75 h 35 m (Standard Webhooks 1.0.0)."""
_BACKOFF_BASE, _BACKOFF_CAP = 30.0, 6 * 3600.0
_SECOND_READING = timedelta(days=1)
_GONE = 410


class RetryLaterError(Exception):
    """Put the follow-up back; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class _Retry:
    next_at: datetime
    dead: bool


class FollowUpService:
    """Run what is due."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        source: DataSource,
        sender: WebhookSender,
        batches: BatchService,
        hook: Hook = lambda _name: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._source = source
        self._sender = sender
        self._batches = batches
        self._hook = hook
        self._handlers: Mapping[str, Callable[[FollowUp], Effect]] = {
            FollowUpKind.COMMITMENT_CHECK: self._check_commitment,
            FollowUpKind.COMMITMENT_OVERDUE: self._on_due(domain.record_overdue),
            FollowUpKind.SUPPLEMENT_REMINDER: self._on_open(domain.remind),
            FollowUpKind.SUPPLEMENT_EXPIRY: self._on_due(domain.expire),
            FollowUpKind.WEBHOOK_DELIVERY: self._deliver,
            FollowUpKind.BATCH_VERIFICATION: self._judge_batch,
        }

    def run_due(self, limit: int = 100) -> int:
        """Run follow-ups that are due, the oldest first; return how many were tried."""
        tried = 0
        while tried < limit and self.run():
            tried += 1
        return tried

    def run(self, identifier: str | None = None) -> bool:
        """Run one follow-up, or a named one; return False where there is none to claim.

        One that is refused is put back with the code, and rests as dead when its attempts are spent.

        Raises:
            StoreUnavailableError: if the database does not answer; the lease ends by itself.
        """
        with self._store.begin() as tx:
            claimed = tx.claim(self._clock.now(), LEASE_SECONDS, identifier=identifier)
        if claimed is None:
            return False
        self._hook("after_claim")
        try:
            self._do(claimed)
        except StoreUnavailableError:
            raise
        except (RetryLaterError, LicenseServiceError) as error:
            self._postpone(claimed, error.code)
        return True

    def list(self, tenant: str | None, state: str | None) -> Sequence[dict[str, Any]]:
        """Return follow-ups, the next first."""
        with self._store.begin() as tx:
            return tx.follow_ups(tenant, state)

    def revive(self, identifier: str) -> bool:
        """Open a dead follow-up again; return False where there is none of that id."""
        with self._store.begin() as tx:
            return tx.revive(identifier, self._clock.now())

    def _do(self, claimed: FollowUp) -> None:
        if claimed.attempts > MAX_ATTEMPTS:
            # Nobody who claimed it came back to say why: it may be what ends the workers.
            raise RetryLaterError("ATTEMPTS_EXHAUSTED")
        handler = self._handlers.get(claimed.kind)
        if handler is None:
            raise RetryLaterError("FOLLOW_UP_KIND_UNKNOWN")
        effect = handler(claimed)
        self._hook("after_effect")
        self._record(claimed, effect)

    def _record(self, claimed: FollowUp, effect: Effect) -> None:
        now = self._clock.now()
        with self._store.begin() as tx:
            if tx.complete(claimed.id, claimed.token):
                effect(tx, now)
            self._hook("before_commit")

    def _postpone(self, claimed: FollowUp, code: str) -> None:
        retry = _retry(claimed, self._clock.now())
        with self._store.begin() as tx:
            tx.postpone(claimed.id, claimed.token, retry.next_at, code, dead=retry.dead)

    def _check_commitment(self, claimed: FollowUp) -> Effect:
        case_id, obligation_id = _case_of(claimed), claimed.subject
        with self._store.begin() as tx:
            stored = load_case(tx, claimed.tenant, case_id)
        if not domain.is_open(stored.case, obligation_id):
            return _nothing
        obligation = stored.case.obligation(obligation_id)
        question = {
            "case_id": case_id,
            "material": obligation.material,
            "applicant_name": stored.applicant.name,
            "applicant_id": stored.applicant.id,
        }
        result = self._source.check(obligation.source, question, claimed.id)
        if result is CheckResult.UNDETERMINED:
            raise RetryLaterError("SOURCE_UNDETERMINED")
        return _check_effect(claimed, result)

    def _on_open(
        self, change: Callable[[domain.Case, str], domain.Transition]
    ) -> Callable[[FollowUp], Effect]:
        def handle(claimed: FollowUp) -> Effect:
            def effect(tx: Transaction, now: datetime) -> None:
                _apply(tx, claimed, now, change)

            return effect

        return handle

    def _on_due(
        self, change: Callable[[domain.Case, str], domain.Transition]
    ) -> Callable[[FollowUp], Effect]:
        def handle(claimed: FollowUp) -> Effect:
            def effect(tx: Transaction, now: datetime) -> None:
                # A moved deadline has a follow-up of its own; the one of the day told before is void.
                if domain.is_due(load_case(tx, claimed.tenant, _case_of(claimed)).case, claimed.subject, now):
                    _apply(tx, claimed, now, change)

            return effect

        return handle

    def _deliver(self, claimed: FollowUp) -> Effect:
        endpoint_id, event_id = claimed.subject.split(":")
        with self._store.begin() as tx:
            endpoint, event = tx.endpoint(endpoint_id), tx.event(claimed.tenant, event_id)
        if endpoint is None or event is None:
            return _nothing
        body = webhook_body(event)
        status = self._sender.send(endpoint, webhook_headers(endpoint, event, body, self._clock.now()), body)
        if status == _GONE:
            return lambda tx, _now: tx.disable_endpoint(endpoint_id)
        if not 200 <= status < 300:  # noqa: PLR2004 - HTTP success
            raise RetryLaterError(f"WEBHOOK_STATUS_{status}")
        return _nothing

    def _judge_batch(self, claimed: FollowUp) -> Effect:
        judged = self._batches.judge(claimed)
        return lambda tx, now: keep_verdicts(tx, claimed, judged, now)


def _check_effect(claimed: FollowUp, result: CheckResult) -> Effect:
    def effect(tx: Transaction, now: datetime) -> None:
        transition = _apply(tx, claimed, now, lambda case, oid: domain.record_check(case, oid, result))
        if transition and domain.is_open(transition.case, claimed.subject):
            # One reading that says "broken" is not enough: ask again, tomorrow.
            again = FollowUpRequest(
                FollowUpKind.COMMITMENT_CHECK,
                claimed.subject,
                str(int(claimed.occurrence) + 1),
                now + _SECOND_READING,
            )
            record_transition(tx, claimed.tenant, replace(transition, events=(), follow_ups=(again,)), now)

    return effect


def _apply(
    tx: Transaction,
    claimed: FollowUp,
    now: datetime,
    change: Callable[[domain.Case, str], domain.Transition],
) -> domain.Transition | None:
    stored = load_case(tx, claimed.tenant, _case_of(claimed))
    if not domain.is_open(stored.case, claimed.subject):
        return None
    transition = change(stored.case, claimed.subject)
    tx.save_case(replace(stored, case=transition.case))
    record_transition(tx, claimed.tenant, transition, now)
    return transition


def _retry(claimed: FollowUp, now: datetime) -> _Retry:
    if claimed.kind == FollowUpKind.WEBHOOK_DELIVERY:
        dead = claimed.attempts > len(_WEBHOOK_DELAYS)
        delay = 0 if dead else _WEBHOOK_DELAYS[claimed.attempts - 1]
        return _Retry(now + timedelta(seconds=delay), dead)
    ceiling = min(_BACKOFF_CAP, _BACKOFF_BASE * 2**claimed.attempts)
    delay_seconds = random.uniform(_BACKOFF_BASE, ceiling)  # noqa: S311 - jitter, no secret
    return _Retry(now + timedelta(seconds=delay_seconds), claimed.attempts >= MAX_ATTEMPTS)


def _case_of(claimed: FollowUp) -> str:
    return claimed.subject.split(".")[0]


def _nothing(_tx: Transaction, _now: datetime) -> None:
    """Record nothing but the completion."""
