"""Run follow-ups: claim, act outside, then record the effect if nobody overtook us.

1. Claim in a short transaction: a lease and a new fencing token.
2. Act outside the database: ask a source, send a webhook. This may happen twice after a crash, so
   requests carry the follow-up's id.
3. Record in one transaction: complete with the token, and only then apply the effect. A claim that was
   overtaken finds its token stale and records nothing.

Whatever goes wrong is an attempt with a code; when all are spent, `dead_letters` says what follows.
"""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from license_service.clock import Clock
from license_service.domain import case as domain
from license_service.domain.case import CheckResult
from license_service.domain.obligation import FollowUpKind, FollowUpRequest
from license_service.domain.shared_data import values_of_people
from license_service.errors import LicenseServiceError, StoreUnavailableError
from license_service.services.batches import BatchService, keep_verdicts
from license_service.services.breaker import CircuitBreaker
from license_service.services.cases import load_case
from license_service.services.dead_letters import record_death, refer
from license_service.services.deliveries import Deliveries, next_delivery
from license_service.services.outcomes import DeferError, Effect, RetryLaterError, nothing
from license_service.services.outside import DataSource, WebhookSender
from license_service.services.ports import Store, Transaction
from license_service.services.recording import record_transition
from license_service.services.records import FollowUp

Hook = Callable[[str], None]

LEASE_SECONDS = 30.0
"""Longer than any action: a request outside ends after 12 s, a job of a worker after 25 s."""
MAX_ATTEMPTS = 10
_BACKOFF_BASE, _BACKOFF_CAP = 30.0, 6 * 3600.0
_DEFER_JITTER_SECONDS = 5.0
_SECOND_READING = timedelta(days=1)
_LOG = logging.getLogger("license_service.followups")


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
        self._batches = batches
        self._hook = hook
        self._breaker = CircuitBreaker(self._note_breaker)
        deliveries = Deliveries(store, sender, self._breaker)
        self._handlers: Mapping[str, Callable[[FollowUp], Effect]] = {
            FollowUpKind.COMMITMENT_CHECK: self._check_commitment,
            FollowUpKind.COMMITMENT_OVERDUE: self._on_due(domain.record_overdue),
            FollowUpKind.SUPPLEMENT_REMINDER: self._on_open(domain.remind),
            FollowUpKind.SUPPLEMENT_EXPIRY: self._on_due(domain.expire),
            FollowUpKind.WEBHOOK_DELIVERY: lambda claimed: deliveries.deliver(claimed, clock.now()),
            FollowUpKind.BATCH_VERIFICATION: self._judge_batch,
            FollowUpKind.MANUAL_REVIEW: self._on_open(refer),
        }

    def run_due(self, limit: int = 100) -> int:
        """Run follow-ups that are due, the oldest first; return how many were tried."""
        tried = 0
        while tried < limit and self.run():
            tried += 1
        return tried

    def run(self, identifier: str | None = None) -> bool:
        """Run one follow-up, or a named one; return False where there is none to claim.

        Raises:
            StoreUnavailableError: if the database does not answer; the lease ends by itself.
        """
        claimed = self.claim(identifier)
        if claimed is not None:
            self.execute(claimed)
        return claimed is not None

    def claim(self, identifier: str | None = None) -> FollowUp | None:
        """Claim one that is due, or a named one.

        Raises:
            StoreUnavailableError: if the database does not answer.
        """
        with self._store.begin() as tx:
            claimed = tx.claim(self._clock.now(), LEASE_SECONDS, identifier=identifier)
        if claimed is not None:
            self._hook("after_claim")
        return claimed

    def execute(self, claimed: FollowUp) -> None:
        """Do what was claimed; one that fails is put back with the code, and rests when all is spent.

        Raises:
            StoreUnavailableError: if the database does not answer; the lease ends by itself.
        """
        try:
            self._do(claimed)
        except StoreUnavailableError:
            raise
        except DeferError as error:
            self._defer(claimed, error)
        except RetryLaterError as error:
            self._postpone(claimed, error.code, error.not_before)
        except LicenseServiceError as error:
            self._postpone(claimed, error.code)
        except Exception as error:  # noqa: BLE001 - here a bug of ours ends: it spends attempts, holds up nobody
            # Where it happened, without the message: that may quote what the case says of people.
            frames = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("follow-up %s met %s\n%s", claimed.id, type(error).__name__, frames)
            self._postpone(claimed, "UNEXPECTED")

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

    def _defer(self, claimed: FollowUp, error: DeferError) -> None:
        jitter = random.uniform(0, _DEFER_JITTER_SECONDS)  # noqa: S311 - no secret
        with self._store.begin() as tx:
            tx.defer(claimed, error.until + timedelta(seconds=jitter), error.code)

    def _postpone(self, claimed: FollowUp, code: str, not_before: datetime | None = None) -> None:
        now = self._clock.now()
        next_at = _next_attempt(claimed, now)
        with self._store.begin() as tx:
            if next_at is None:
                if tx.postpone(claimed, now, code, now, dead=True):
                    record_death(tx, claimed, code, now)
            else:
                tx.postpone(claimed, max(next_at, not_before or next_at), code, now, dead=False)

    def _note_breaker(self, target: str, open_until: datetime) -> None:
        with self._store.begin() as tx:
            tx.note_breaker(target, open_until)

    def _check_commitment(self, claimed: FollowUp) -> Effect:
        case_id, obligation_id = _case_of(claimed), claimed.subject
        with self._store.begin() as tx:
            stored = load_case(tx, claimed.tenant, case_id)
        if not domain.is_open(stored.case, obligation_id):
            return nothing
        obligation = stored.case.obligation(obligation_id)
        question = {
            **values_of_people(stored.applicant, stored.legal_person, stored.other_party),
            "case.id": case_id,
            "matter.code": stored.case.matter_code,
            "material": obligation.material,
        }
        return _check_effect(claimed, self._ask(obligation.source, question, claimed.id))

    def _ask(self, source: str, question: dict[str, str], identifier: str) -> CheckResult:
        """Ask a source unless its breaker is open; what is undetermined is no answer."""
        target, now = f"source:{source}", self._clock.now()
        until = self._breaker.open_until(target, now)
        if until is not None:
            raise DeferError("SOURCE_UNAVAILABLE", until)
        result = self._source.check(source, question, identifier)
        if result is CheckResult.UNDETERMINED:
            self._breaker.failed(target, now)
            raise RetryLaterError("SOURCE_UNDETERMINED")
        self._breaker.succeeded(target, now)
        return result

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


def _next_attempt(claimed: FollowUp, now: datetime) -> datetime | None:
    """Return when to try again, with full jitter; None where all attempts are spent."""
    if claimed.kind == FollowUpKind.WEBHOOK_DELIVERY:
        return next_delivery(claimed.attempts, now)
    if claimed.attempts >= MAX_ATTEMPTS:
        return None
    ceiling = min(_BACKOFF_CAP, _BACKOFF_BASE * 2**claimed.attempts)
    delay_seconds = random.uniform(_BACKOFF_BASE, ceiling)  # noqa: S311 - jitter, no secret
    return now + timedelta(seconds=delay_seconds)


def _case_of(claimed: FollowUp) -> str:
    return claimed.subject.split(".")[0]
