"""Take ratings and complaints about cases, and see that bad ones are answered."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.feedback import (
    FeedbackTransition,
    answer,
    feedback_to_json,
    mark_overdue,
    receive,
)
from license_service.domain.feedback_rule import FeedbackKind, FeedbackRule, Said
from license_service.domain.matter import Catalogue
from license_service.domain.workdays import WorkCalendar
from license_service.errors import (
    CaseStateError,
    ConfigurationError,
    ErasedError,
    InvalidRequestError,
    NotFoundError,
)
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases.cases import load_case
from license_service.services.cases.feedback_ports import StoredFeedback
from license_service.services.following.outcomes import Effect
from license_service.services.ports import Store, Transaction
from license_service.services.recording import add_follow_ups, record_event
from license_service.services.records import FollowUp


class FeedbackService:
    """Answer `/v1/cases/{id}/ratings`, `/v1/cases/{id}/complaints` and `/v1/complaints/{id}`."""

    def __init__(self, store: Store, clock: Clock, catalogue: Catalogue, calendar: WorkCalendar) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._calendar = calendar

    def receive(
        self, caller: Caller, case_id: str, said: Said, text: str, claim: IdempotencyClaim
    ) -> dict[str, Any]:
        """Take a rating or a complaint; a case is rated once.

        Raises:
            NotFoundError: if this tenant has no such case.
            InvalidRequestError: if the rule knows a reason not.
            CaseStateError: if the case is rated already.
            ConfigurationError: if no rule is in effect.
        """
        caller.require(Scope.CASES_WRITE)
        now = self._clock.now()
        rule = self._rule(now)
        known = {reason.code for reason in rule.reasons}
        if unknown := set(said.reasons) - known:
            raise InvalidRequestError(f"no reasons {sorted(unknown)}; there are {sorted(known)}")
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            load_case(tx, caller.tenant, case_id)
            _require_unrated(tx, caller.tenant, case_id, said)
            seen = tx.next_seq(case_id) - 1
            change = receive(uuid.uuid4().hex, case_id, said, rule, seen, self._calendar, now)
            stored = StoredFeedback(caller.tenant, 1, change.feedback, text)
            tx.add_feedback(stored)
            _record(tx, caller.tenant, change, now)
            told = _told(stored)
            tx.keep_answer(caller.tenant, claim, told, stored.feedback.case_id)
        return told

    def get(self, caller: Caller, identifier: str) -> dict[str, Any]:
        """Return a rating or a complaint with what was written.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.read() as tx:
            return _told(_load(tx, caller.tenant, identifier))

    def answer(self, caller: Caller, identifier: str, text: str, claim: IdempotencyClaim) -> dict[str, Any]:
        """Take a clerk's answer, in time or late.

        Raises:
            NotFoundError: if this tenant has none of that id.
            CaseStateError: if no answer is awaited.
        """
        caller.require(Scope.CASES_WRITE)
        now = self._clock.now()
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            found = _load(tx, caller.tenant, identifier)
            tx.lock_case(found.feedback.case_id)
            change = answer(found.feedback, now)
            stored = replace(found, feedback=change.feedback, answer=text)
            tx.save_feedback(stored)
            _record(tx, caller.tenant, change, now)
            told = _told(stored)
            tx.keep_answer(caller.tenant, claim, told, stored.feedback.case_id)
        return told

    def _rule(self, now: datetime) -> FeedbackRule:
        rule = self._catalogue.feedback_rule(now.astimezone(SHANGHAI).date())
        if rule is None:
            raise ConfigurationError("no rule for ratings and complaints is in effect")
        return rule


def feedback_due(claimed: FollowUp) -> Effect:
    """Return the effect of a time for an answer that ended: nothing, if the answer is there."""
    identifier = claimed.subject.partition(".")[2]

    def effect(tx: Transaction, now: datetime) -> None:
        try:
            stored = _load(tx, claimed.tenant, identifier)
        except ErasedError:
            return  # nobody waits for an answer any more
        if stored.feedback.is_late(now):
            tx.lock_case(stored.feedback.case_id)
            change = mark_overdue(stored.feedback)
            tx.save_feedback(replace(stored, feedback=change.feedback))
            _record(tx, claimed.tenant, change, now)

    return effect


def _require_unrated(tx: Transaction, tenant: str, case_id: str, said: Said) -> None:
    if said.kind is FeedbackKind.RATING and any(
        item.feedback.said.kind is FeedbackKind.RATING for item in tx.feedback_of(tenant, case_id)
    ):
        raise CaseStateError("the case is rated already")


def _load(tx: Transaction, tenant: str, identifier: str) -> StoredFeedback:
    stored = tx.feedback(tenant, identifier)
    if stored is None:
        raise NotFoundError("no such rating or complaint")
    return stored


def _record(tx: Transaction, tenant: str, change: FeedbackTransition, now: datetime) -> None:
    for event in change.events:
        record_event(tx, tenant, change.feedback.case_id, event, now)
    add_follow_ups(tx, tenant, change.follow_ups, now)


def _told(stored: StoredFeedback) -> dict[str, Any]:
    found = stored.feedback
    return {
        **feedback_to_json(found),
        "text": stored.text,
        "answer": stored.answer or None,
        "trace": f"/v1/cases/{found.case_id}/trace?until={found.trace_until}",
    }
