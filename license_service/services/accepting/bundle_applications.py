"""One application for several matters (一件事一次办): verified once, one case a matter, one transaction.

1. Every document is judged once, before the transaction begins.
2. Each matter is assessed by its own rules over all documents, and the bundle decides what may wait.
3. Each matter that does not wait gets its case, with its own deadline and outcome.
4. When a result comes, it is judged once, and the matters that waited are assessed with what was handed in.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from license_service.clock import SHANGHAI, format_instant
from license_service.domain.acts import Act, ActKind
from license_service.domain.application import PresentedLicense
from license_service.domain.bundle import Bundle
from license_service.domain.bundle_decision import WAITING, MemberDecision, decide, overall
from license_service.domain.case import Event, EventKind
from license_service.domain.matter import Matter
from license_service.errors import CaseStateError, ConfigurationError, InvalidRequestError, NotFoundError
from license_service.services.accepting.acceptance import (
    Assessed,
    assess_input,
    case_answer,
    judge_document,
    keep_judged,
    open_assessed,
    require_shown,
)
from license_service.services.accepting.bundle_answers import member_answer, unused
from license_service.services.accepting.bundle_inputs import (
    BundleInput,
    ResultInput,
    bundle_input_from_json,
    bundle_input_to_json,
)
from license_service.services.accepting.bundle_ports import StoredBundleApplication
from license_service.services.accepting.bundle_waits import follow_wait, is_over, wait_of, waiting, withdraw
from license_service.services.accepting.desk import Desk
from license_service.services.accepting.inputs import ApplicationInput
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases.cases import load_case
from license_service.services.catalogue.bundles import bundle_summary, find_bundle
from license_service.services.ports import Transaction
from license_service.services.recording import record_event
from license_service.services.sharing.sources import DataAnswer


@dataclass(frozen=True)
class _Round:
    """Hold what one request decides: on which matters, with what, and when."""

    identifier: str
    bundle: Bundle
    matters: Sequence[Matter]
    given: BundleInput
    now: datetime

    def inputs(self) -> dict[str, tuple[Matter, ApplicationInput]]:
        """Return what is handed in for each matter."""
        return {matter.code: (matter, self.given.for_matter(matter)) for matter in self.matters}

    def applications(self) -> list[ApplicationInput]:
        """Return what is handed in, a matter each."""
        return [given for _, given in self.inputs().values()]

    def awaited(self) -> dict[str, frozenset[str]]:
        """Return the materials of each matter that are results of others."""
        return {
            member.matter: frozenset(need.material for need in member.needs) for member in self.bundle.members
        }


class BundleApplicationService:
    """Answer applications for bundles."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store, self._clock, self._verifier = desk.store, desk.clock, desk.verifier
        self._catalogue, self._calendar = desk.book.catalogue, desk.book.calendar

    def open(self, caller: Caller, code: str, given: BundleInput, claim: IdempotencyClaim) -> dict[str, Any]:
        """Assess an application for every matter of a bundle, and open their cases.

        Raises:
            NotFoundError: if the bundle or a verification does not exist.
            InvalidRequestError: if the application names what no matter of the bundle has.
            AgentNotInForceError: or another code of agents, if one acts who may not.
            IdempotencyKeyReusedError: if the claim's key came with another payload.
        """
        caller.require(Scope.CASES_WRITE)
        with self._store.read() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
        if kept is not None:
            return kept
        now = self._clock.now()
        bundle = find_bundle(self._catalogue, code, self._clock)
        matters = self._catalogue.matters_of(bundle, _day(now))
        given.require_known(matters)
        require_shown((offer for _, offer in given.commitments), now)
        this = _Round(uuid.uuid4().hex, bundle, matters, given, now)
        self._desk.require_agent(caller, this.applications(), now)
        # The same document twice is one document.
        once = dict.fromkeys(given.documents)
        judged = [judge_document(self._verifier, document, now) for document in once]
        answered = self._desk.ask_sources(caller, this.inputs(), judged, now, this.awaited())
        with self._store.begin() as tx:
            licenses = keep_judged(tx, caller.tenant, judged, now)
            decisions, answers, due = self._decide(tx, caller, this, licenses, answered)
            documents = [item.report_id for item in licenses]
            body = {
                "bundle": bundle.code,
                "bundle_version": bundle.version,
                "opened_at": format_instant(now),
                "documents": documents,
                "wait": wait_of(bundle, self._calendar, now),
                "acts": [],
                "matters": [_record(answer) for answer in answers],
            }
            stored = StoredBundleApplication(this.identifier, caller.tenant, 1, body, {})
            tx.add_bundle_application(_keeping(stored, given))
            follow_wait(tx, stored, now)
            answer = {
                **self._answer(stored),
                "unused_documents": unused(decisions, documents),
                "matters": answers,
            }
            tx.keep_answer(caller.tenant, claim, answer, stored.id)
        self._desk.ring(due)
        return answer

    def get(self, caller: Caller, identifier: str) -> dict[str, Any]:
        """Return an application with the cases of its matters as they are now.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.CASES_READ)
        with self._store.read() as tx:
            return self._whole(tx, _load(tx, caller.tenant, identifier))

    def withdraw(
        self, caller: Caller, identifier: str, matters: Sequence[str], reason: str, claim: IdempotencyClaim
    ) -> dict[str, Any]:
        """Withdraw matters that wait, or all of them where none is named; return the application after it.

        Raises:
            NotFoundError: if this tenant has none of that id.
            InvalidRequestError: if a matter is named that the application is not for.
            CaseStateError: if none waits, or one of those named does not.
        """
        caller.require(Scope.CASES_WRITE)
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            stored = _load(tx, caller.tenant, identifier)
            chosen = _chosen(stored, matters)
            act = Act(ActKind.WITHDRAWAL, reason, self._clock.now())
            answer = self._whole(tx, withdraw(tx, stored, chosen, act))
            tx.keep_answer(caller.tenant, claim, answer, identifier)
        return answer

    def _whole(self, tx: Transaction, stored: StoredBundleApplication) -> dict[str, Any]:
        """Return an application with the cases of its matters as they are now."""
        cases = {
            record["matter"]: case_answer(
                load_case(tx, stored.tenant, record["case_id"]).case, self._calendar
            )
            for record in stored.body["matters"]
            if record["case_id"]
        }
        matters = [{**record, "case": cases.get(record["matter"])} for record in stored.body["matters"]]
        return {**self._answer(stored), "matters": matters}

    def add_result(
        self, caller: Caller, identifier: str, result: ResultInput, claim: IdempotencyClaim
    ) -> dict[str, Any]:
        """Take the result of one matter, and go on with those that waited.

        Raises:
            NotFoundError: if the application or a verification does not exist.
            CaseStateError: if no matter waits, or the time to wait is over.
            AgentNotInForceError: or another code of agents, if one acts who may not.
        """
        caller.require(Scope.CASES_WRITE)
        with self._store.read() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
        if kept is not None:
            return kept
        now = self._clock.now()
        with self._store.read() as tx:
            stored = _load(tx, caller.tenant, identifier)
        this = self._next_round(stored, result, now)
        if result.by_agent or result.agent:
            self._desk.require_agent(caller, this.applications(), now)
        judged = judge_document(self._verifier, result.document, now)
        named = [*stored.body["documents"], judged]
        answered = self._desk.ask_sources(caller, this.inputs(), named, now, this.awaited())
        with self._store.begin() as tx:
            licenses = keep_judged(tx, caller.tenant, named, now)
            accepted = {record["matter"] for record in stored.body["matters"] if record["accepted"]}
            decisions, answers, due = self._decide(tx, caller, this, licenses, answered, accepted)
            fresh = {answer["matter"]: _record(answer) for answer in answers}
            records = [fresh.get(record["matter"], record) for record in stored.body["matters"]]
            documents = list(dict.fromkeys(item.report_id for item in licenses))
            changed = replace(stored, body={**stored.body, "documents": documents, "matters": records})
            tx.save_bundle_application(_keeping(changed, this.given))
            answer = {
                **self._answer(changed),
                "unused_documents": unused(decisions, [licenses[-1].report_id]),
                "matters": answers,
            }
            tx.keep_answer(caller.tenant, claim, answer, stored.id)
        self._desk.ring(due)
        return answer

    def _next_round(self, stored: StoredBundleApplication, result: ResultInput, now: datetime) -> _Round:
        bundle = self._catalogue.bundle_version(stored.body["bundle"], stored.body["bundle_version"])
        if bundle is None:
            raise ConfigurationError("the catalogue lost the version this application was made under")
        awaited = _chosen(stored, ())
        if is_over(stored, now):
            raise CaseStateError(f"the time to wait was over at {stored.body['wait']['due_at']}")
        matters = [m for m in self._catalogue.matters_of(bundle, _day(now)) if m.code in awaited]
        if not matters:
            raise NotFoundError("no matter that waits is in effect any more")
        given = bundle_input_from_json(stored.handed_in).with_result(result)
        return _Round(stored.id, bundle, matters, given, now)

    def _decide(
        self,
        tx: Transaction,
        caller: Caller,
        this: _Round,
        licenses: list[PresentedLicense],
        answered: Mapping[str, tuple[DataAnswer, ...]],
        accepted: Collection[str] = (),
    ) -> tuple[tuple[MemberDecision, ...], list[dict[str, Any]], list[str]]:
        """Decide on the matters of a round, and open the cases of all that do not wait."""
        inputs, applicant = this.inputs(), this.given.applicant.id
        assessments = {}
        for code, (matter, given) in inputs.items():
            standing = self._desk.book.standing(tx, caller.tenant, applicant, code, this.now)
            assessments[code] = assess_input(matter, given, licenses, standing, this.now, answered[code])
        decisions = decide(this.bundle, assessments, accepted)
        answers: list[dict[str, Any]] = []
        due: list[str] = []
        for decision in decisions:
            (matter, given), case = inputs[decision.matter], None
            if not decision.waits_for:
                assessed = Assessed(matter, given, decision.assessment, licenses, answered[matter.code])
                opened = open_assessed(tx, caller, assessed, self._calendar, self._desk.uses, this.now)
                record_event(tx, caller.tenant, opened.case.id, _bundled(this), this.now)
                case, due = opened.answer, due + opened.due
            answers.append(member_answer(decision, matter, case))
        return decisions, answers, due

    def _answer(self, stored: StoredBundleApplication) -> dict[str, Any]:
        body = stored.body
        bundle = self._catalogue.bundle_version(body["bundle"], body["bundle_version"])
        return {
            "id": stored.id,
            "bundle": bundle_summary(bundle) if bundle else {"code": body["bundle"]},
            "opened_at": body["opened_at"],
            "outcome": overall([record["outcome"] for record in body["matters"]]).value,
            "documents": body["documents"],
            # An application made before there were rules and acts has neither.
            "wait": body.get("wait") if waiting(stored) else None,
            "acts": body.get("acts", []),
        }


def _load(tx: Transaction, tenant: str, identifier: str) -> StoredBundleApplication:
    stored = tx.bundle_application(tenant, identifier)
    if stored is None:
        raise NotFoundError("no such application")
    return stored


def _chosen(stored: StoredBundleApplication, matters: Sequence[str]) -> list[str]:
    """Return which matters are meant: those named, or where none is all that wait."""
    unknown = sorted(set(matters) - {record["matter"] for record in stored.body["matters"]})
    if unknown:
        raise InvalidRequestError(f"the application is not for {', '.join(unknown)}")
    chosen = list(dict.fromkeys(matters)) or waiting(stored)
    if not chosen:
        raise CaseStateError("no matter of this application waits for a result")
    return chosen


def _keeping(stored: StoredBundleApplication, given: BundleInput) -> StoredBundleApplication:
    waits = any(record["outcome"] == WAITING for record in stored.body["matters"])
    return replace(stored, handed_in=bundle_input_to_json(given) if waits else {})


def _record(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of the answer about one matter."""
    case = answer["case"]
    return {**{k: v for k, v in answer.items() if k != "case"}, "case_id": case["id"] if case else None}


def _bundled(this: _Round) -> Event:
    data = {"bundle": this.bundle.code, "bundle_version": this.bundle.version, "application": this.identifier}
    return Event(EventKind.CASE_BUNDLED, data)


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
