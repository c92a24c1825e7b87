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
from functools import partial
from types import MappingProxyType

from license_service.clock import Clock
from license_service.domain import case as domain
from license_service.domain import debts, promises
from license_service.domain.case import Case, CheckResult, Transition
from license_service.domain.obligation import FollowUpKind, FollowUpRequest, is_counted_for, is_overtaken
from license_service.domain.shared_data import values_of_people
from license_service.errors import ErasedError, LicenseServiceError, StoreUnavailableError
from license_service.services.accepting.bundle_waits import wait_over
from license_service.services.cases.case_book import CaseBook
from license_service.services.cases.cases import load_case
from license_service.services.cases.feedback import feedback_due
from license_service.services.following.dead_letters import record_death, refer
from license_service.services.following.deliveries import Deliveries, next_delivery
from license_service.services.following.outcomes import DeferError, Effect, RetryLaterError, nothing
from license_service.services.outside import DataSource, WebhookSender
from license_service.services.ports import Store, Transaction
from license_service.services.records import FollowUp, StoredCase
from license_service.services.sharing.breaker import CircuitBreaker
from license_service.services.verifying.batches import BatchService, keep_verdicts

Hook = Callable[[str], None]
Change = Callable[[Case, str, datetime], Transition]
Wanted = Callable[[Case, FollowUp, datetime], bool]

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
        book: CaseBook,
        hook: Hook = lambda _name: None,
        others: Mapping[str, Callable[[FollowUp], Effect]] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._clock = clock
        self._source = source
        self._batches = batches
        self._book = book
        self._hook = hook
        self._breaker = CircuitBreaker(self._note_breaker)
        deliveries = Deliveries(store, sender, self._breaker)
        self._handlers: Mapping[str, Callable[[FollowUp], Effect]] = {
            FollowUpKind.COMMITMENT_CHECK: self._check_commitment,
            FollowUpKind.COMMITMENT_OVERDUE: self._changing(_timeless(promises.record_overdue), _is_due),
            FollowUpKind.COMMITMENT_CONSEQUENCE: self._changing(self._enforce, _is_enforceable),
            FollowUpKind.SUPPLEMENT_REMINDER: self._changing(_timeless(debts.remind), self._is_current),
            FollowUpKind.SUPPLEMENT_EXPIRY: self._changing(self._expire, _is_due),
            FollowUpKind.WEBHOOK_DELIVERY: lambda claimed: deliveries.deliver(claimed, clock.now()),
            FollowUpKind.BATCH_VERIFICATION: self._judge_batch,
            FollowUpKind.MANUAL_REVIEW: self._changing(_timeless(refer), _is_pending),
            FollowUpKind.FEEDBACK_DUE: feedback_due,
            FollowUpKind.BUNDLE_WAIT_EXPIRY: wait_over,
            **others,
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
        self._hook(f"before_{claimed.kind}")
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
        with self._store.read() as tx:
            stored = _kept_case(tx, claimed)
        if stored is None or not domain.is_open(stored.case, obligation_id):
            return nothing
        obligation = stored.case.obligation(obligation_id)
        question = {
            **values_of_people(stored.applicant, stored.legal_person, stored.other_party),
            "case.id": case_id,
            "matter.code": stored.case.matter_code,
            "material": obligation.material,
        }
        return self._check_effect(claimed, self._ask(obligation.source, question, claimed.id))

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

    def _changing(self, change: Change, wanted: Wanted) -> Callable[[FollowUp], Effect]:
        """Return what applies a change to the case, if it is still wanted when it is recorded."""

        def effect(claimed: FollowUp, tx: Transaction, now: datetime) -> None:
            stored = _kept_case(tx, claimed)
            if stored is not None and wanted(stored.case, claimed, now):
                self._book.keep(tx, stored, change(stored.case, claimed.subject, now), now)

        return lambda claimed: partial(effect, claimed)

    def _enforce(self, case: Case, obligation_id: str, now: datetime) -> Transition:
        return promises.enforce(case, obligation_id, self._book.circumstances(case, now))

    def _expire(self, case: Case, obligation_id: str, now: datetime) -> Transition:
        return debts.expire(case, obligation_id, self._book.circumstances(case, now))

    def _is_current(self, case: Case, claimed: FollowUp, now: datetime) -> bool:
        debt, occurrence = case.obligation(claimed.subject), claimed.occurrence
        if not (is_counted_for(debt, occurrence) and _is_open(case, claimed, now)):
            return False
        at = self._book.circumstances(case, now)
        return not is_overtaken(debt, occurrence, at.matter, at.calendar, now)

    def _check_effect(self, claimed: FollowUp, result: CheckResult) -> Effect:
        def change(case: Case, obligation_id: str, now: datetime) -> Transition:
            at = self._book.circumstances(case, now)
            checked, tomorrow = promises.record_check(case, obligation_id, result, at), now + _SECOND_READING
            waits = domain.is_open(checked.case, obligation_id)
            if not waits or domain.is_due(checked.case, obligation_id, tomorrow):
                return checked  # decided, or its time is over by then and a person acts
            # One reading decides nothing here: ask again.
            occurrence, kind = str(int(claimed.occurrence) + 1), FollowUpKind.COMMITMENT_CHECK
            again = FollowUpRequest(kind, obligation_id, occurrence, tomorrow)
            return replace(checked, follow_ups=(*checked.follow_ups, again))

        return self._changing(change, _is_open)(claimed)

    def _judge_batch(self, claimed: FollowUp) -> Effect:
        judged = self._batches.judge(claimed)
        return lambda tx, now: keep_verdicts(tx, claimed, judged, now)


def _timeless(change: Callable[[Case, str], Transition]) -> Change:
    return lambda case, obligation_id, _now: change(case, obligation_id)


def _is_pending(case: Case, claimed: FollowUp, _now: datetime) -> bool:
    return case.is_pending(claimed.subject)


def _is_open(case: Case, claimed: FollowUp, _now: datetime) -> bool:
    return domain.is_open(case, claimed.subject)


def _is_due(case: Case, claimed: FollowUp, now: datetime) -> bool:
    # A moved deadline has a follow-up of its own; the one of the day told before is void.
    return _is_open(case, claimed, now) and domain.is_due(case, claimed.subject, now)


def _is_enforceable(case: Case, claimed: FollowUp, now: datetime) -> bool:
    return promises.is_enforceable(case, claimed.subject, now)


def _next_attempt(claimed: FollowUp, now: datetime) -> datetime | None:
    """Return when to try again, with full jitter; None where all attempts are spent."""
    if claimed.kind == FollowUpKind.WEBHOOK_DELIVERY:
        return next_delivery(claimed.attempts, now)
    if claimed.attempts >= MAX_ATTEMPTS:
        return None
    ceiling = min(_BACKOFF_CAP, _BACKOFF_BASE * 2**claimed.attempts)
    delay_seconds = random.uniform(_BACKOFF_BASE, ceiling)  # noqa: S311 - jitter, no secret
    return now + timedelta(seconds=delay_seconds)


def _kept_case(tx: Transaction, claimed: FollowUp) -> StoredCase | None:
    """Return the case of a follow-up; None where it was erased, since it was over then."""
    try:
        return load_case(tx, claimed.tenant, _case_of(claimed))
    except ErasedError:
        return None


def _case_of(claimed: FollowUp) -> str:
    return claimed.subject.split(".")[0]
