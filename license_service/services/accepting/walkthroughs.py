"""Say the whole way forwards, of a matter or of a bundle; stores nothing.

So no data source is asked about the people it names: nobody could see later who asked and why. The materials
that a source will be asked about when it is applied for are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from license_service.clock import SHANGHAI
from license_service.domain.agent import Agent
from license_service.domain.application import PresentedLicense
from license_service.domain.assessment import Assessment
from license_service.domain.bundle_decision import MemberDecision, decide, overall
from license_service.domain.case import open_case
from license_service.domain.matter import Matter
from license_service.domain.obligation import Obligation
from license_service.domain.walkthrough import Effort, Step, Walkthrough, together, walk
from license_service.services.accepting.acceptance import (
    assess_input,
    finding_answer,
    judge_document,
    look_judged,
    opened_answer,
    require_known_fields,
    require_shown,
    to_application,
)
from license_service.services.accepting.bundle_answers import member_answer, unused
from license_service.services.accepting.bundle_inputs import BundleInput
from license_service.services.accepting.desk import Desk
from license_service.services.accepting.inputs import ApplicationInput, DocumentInput
from license_service.services.caller import Caller, Scope
from license_service.services.catalogue.bundles import bundle_summary, find_bundle
from license_service.services.catalogue.matters import find_matter

_NAME = "walkthrough"


class WalkthroughService:
    """Answer walkthroughs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store, self._clock, self._verifier = desk.store, desk.clock, desk.verifier
        self._catalogue, self._calendar = desk.book.catalogue, desk.book.calendar

    def of_matter(self, caller: Caller, code: str, application: ApplicationInput) -> dict[str, Any]:
        """Say what would become of an application, step by step.

        Raises:
            NotFoundError: if the matter or a verification does not exist.
            InvalidRequestError: if the application states fields the matter does not have.
            AgentNotInForceError: or another code of agents, as when it is applied for.
        """
        caller.require(Scope.MATTERS_READ)
        matter, now = find_matter(self._catalogue, code, self._clock), self._clock.now()
        require_known_fields(matter, application)
        require_shown(application.commitments, now)
        self._desk.require_agent(caller, [application], now)
        licenses = self._look(caller, application.documents, now)
        (assessment,) = self._assess(caller, {matter.code: (matter, application)}, licenses, now).values()
        answer, walked = self._walk(matter, assessment, now)
        unasked = self._unasked(matter, application, licenses, assessment)
        return {
            **answer,
            "walkthrough": _walkthrough(walked),
            "data_not_asked": unasked,
            "agent": _agent(application.agent, now),
        }

    def of_bundle(self, caller: Caller, code: str, given: BundleInput) -> dict[str, Any]:
        """Say what would become of each matter of a bundle, step by step, and of all together.

        Raises:
            NotFoundError: if the bundle or a verification does not exist.
            InvalidRequestError: if the application names what no matter of the bundle has.
            AgentNotInForceError: or another code of agents, as when it is applied for.
        """
        caller.require(Scope.MATTERS_READ)
        bundle, now = find_bundle(self._catalogue, code, self._clock), self._clock.now()
        matters = {m.code: m for m in self._catalogue.matters_of(bundle, now.astimezone(SHANGHAI).date())}
        given.require_known(tuple(matters.values()))
        require_shown((offer for _, offer in given.commitments), now)
        inputs = {code: (matter, given.for_matter(matter)) for code, matter in matters.items()}
        self._desk.require_agent(caller, [application for _, application in inputs.values()], now)
        licenses = self._look(caller, tuple(dict.fromkeys(given.documents)), now)
        assessments = self._assess(caller, inputs, licenses, now)
        awaited = {member.matter: {need.material for need in member.needs} for member in bundle.members}
        unasked = {
            code: [
                m for m in self._unasked(*inputs[code], licenses, assessments[code]) if m not in awaited[code]
            ]
            for code in matters
        }
        decisions = decide(bundle, assessments, unasked=unasked)
        walked = {item.matter: self._walk_member(matters[item.matter], item, now) for item in decisions}
        effort, statutory, ordinary = together(bundle, {code: way for code, (_, way) in walked.items()})
        return {
            "bundle": bundle_summary(bundle),
            "outcome": overall([item.outcome for item in decisions]).value,
            "unused_documents": unused(decisions, [item.report_id for item in licenses]),
            "matters": [{**answer, "data_not_asked": unasked[code]} for code, (answer, _) in walked.items()],
            "walkthrough": _comparison(effort, statutory, ordinary),
            "agent": _agent(given.agent, now),
        }

    def _assess(
        self,
        caller: Caller,
        inputs: Mapping[str, tuple[Matter, ApplicationInput]],
        licenses: list[PresentedLicense],
        now: datetime,
    ) -> dict[str, Assessment]:
        with self._store.read() as tx:
            standings = {
                code: self._desk.book.standing(tx, caller.tenant, given.applicant.id, code, now)
                for code, (_, given) in inputs.items()
            }
        return {
            code: assess_input(matter, given, licenses, standings[code], now)
            for code, (matter, given) in inputs.items()
        }

    def _unasked(
        self,
        matter: Matter,
        given: ApplicationInput,
        licenses: list[PresentedLicense],
        assessment: Assessment,
    ) -> list[str]:
        application = to_application(matter, given, licenses)
        return [q.material for q in self._desk.sources.questions(matter, application, assessment)]

    def _walk_member(
        self, matter: Matter, decision: MemberDecision, now: datetime
    ) -> tuple[dict[str, Any], Walkthrough]:
        awaited = [need.material for need in decision.waits_for]
        case, walked = self._walk(matter, decision.assessment, now, awaited)
        answer = member_answer(decision, matter, None if decision.waits_for else case)
        return {**answer, "walkthrough": _walkthrough(walked)}, walked

    def _walk(
        self, matter: Matter, assessment: Assessment, now: datetime, awaited: list[str] | None = None
    ) -> tuple[dict[str, Any], Walkthrough]:
        case = open_case(_NAME, matter, assessment, self._calendar, now).case
        walked = walk(matter, assessment, case, self._calendar, now, awaited or ())
        return opened_answer(case, matter, assessment, self._calendar), walked

    def _look(
        self, caller: Caller, documents: tuple[DocumentInput, ...], now: datetime
    ) -> list[PresentedLicense]:
        judged = [judge_document(self._verifier.look, document, now) for document in documents]
        with self._store.read() as tx:
            return look_judged(tx, caller.tenant, judged, "document-")


def _agent(agent: Agent | None, now: datetime) -> dict[str, Any] | None:
    """Return for each act whether the agent may do it as of today, and the code it is refused with."""
    if agent is None:
        return None
    refusals = agent.refusals(now.astimezone(SHANGHAI).date())
    acts = [{"act": act.value, "may": code is None, "code": code} for act, code in refusals.items()]
    return {"acts": acts, "valid_until": agent.valid_until.isoformat()}


def _walkthrough(walked: Walkthrough) -> dict[str, Any]:
    return {
        "steps": [_step(number, step) for number, step in enumerate(walked.steps, 1)],
        "skipped": [finding_answer(finding) for finding in walked.exempt],
        "papers": list(walked.papers),
        "promises": [_obligation(item) for item in walked.promises],
        "debts": [_obligation(item) for item in walked.debts],
        **_comparison(walked.effort, walked.statutory_days, walked.ordinary),
    }


def _comparison(effort: Effort, statutory: int | None, ordinary: Effort) -> dict[str, Any]:
    own = {**_effort(effort), "statutory_working_days": statutory}
    return {"effort": own, "ordinary": _effort(ordinary)}


def _effort(effort: Effort) -> dict[str, Any]:
    return {"papers": effort.papers, "trips": effort.trips, "working_days": effort.working_days}


def _step(number: int, step: Step) -> dict[str, Any]:
    return {
        "number": number,
        "step": step.kind.value,
        "actor": step.actor.value,
        "materials": list(step.materials),
        "due_on": step.due_on.isoformat() if step.due_on else None,
        "at_hall": step.at_hall,
    }


def _obligation(item: Obligation) -> dict[str, Any]:
    names = {"method": item.method} if not item.at_expiry else {"at_expiry": item.at_expiry}
    return {"material": item.material, "due_on": item.due_on, "provisional": item.provisional, **names}
