"""Say for each material whether it is satisfied, how, and why.

First whether the applicant may apply at all: one who is known not to promises and owes nothing.
Then for each material that is needed, in this order:
1. a genuine license of the right type and holder that meets every condition exempts it;
2. what another authority confirms exempts it;
3. a paper handed in satisfies it;
4. a promise that names the current notice commits to it, if the rule and the standing allow;
5. a request to owe defers it, if the rule and the standing allow;
6. a license or an answer that nothing speaks against, but that is not known to be good, goes to a person;
7. otherwise it is missing.

Whatever is not satisfied names everything that was wrong with what was presented, at once. The order in
which documents are presented never matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from license_service.domain.application import Application, CommitmentOffer, SharedData
from license_service.domain.conditions import holds, questions_of
from license_service.domain.license_rule import LicenseView, Looked, view
from license_service.domain.matter import CheckMethod, HolderRole, Material, Matter
from license_service.domain.standing import Standing


class MaterialOutcome(StrEnum):
    """What becomes of one material."""

    EXEMPT = "exempt"
    SUBMITTED = "submitted"
    COMMITTED = "committed"
    DEFERRED = "deferred"
    MISSING = "missing"
    MANUAL_REVIEW = "manual_review"
    NOT_NEEDED = "not_needed"


class OverallOutcome(StrEnum):
    """What becomes of the application."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_OBLIGATIONS = "accepted_with_obligations"
    CORRECTION_NEEDED = "correction_needed"
    MANUAL_REVIEW = "manual_review"
    NOT_ELIGIBLE = "not_eligible"


COMMITTED_UNCHECKED = "COMMITTED_UNCHECKED"
_SATISFIED = frozenset({MaterialOutcome.EXEMPT, MaterialOutcome.SUBMITTED, MaterialOutcome.NOT_NEEDED})
_WRONG = frozenset({MaterialOutcome.MISSING, MaterialOutcome.MANUAL_REVIEW})
_CONFIRMED = {"confirmed": True, "contradicted": False, "undetermined": None}


@dataclass(frozen=True)
class MaterialFinding:
    """Say what becomes of a material; `reasons` are codes of what was wrong with what was presented."""

    material: str
    outcome: MaterialOutcome
    code: str
    report_id: str | None = None
    reasons: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Every way still open: `license`, `data`, `submission`, `commitment`, `deferral`."""
    conditions: tuple[Looked, ...] = ()
    """Every condition that was looked at, whether or not it decided."""


@dataclass(frozen=True)
class EligibilityFinding:
    """Say whether one rule of eligibility is met; `unanswered` are the fields it could not be told for."""

    rule: str
    holds: bool | None
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """Hold every finding, and what follows from all of them."""

    outcome: OverallOutcome
    findings: tuple[MaterialFinding, ...]
    unused: tuple[str, ...]
    """Report ids of licenses and answers presented and not needed."""
    eligibility: tuple[EligibilityFinding, ...] = ()
    superfluous: tuple[str, ...] = ()
    """Papers, promises and debts offered and not needed: `submission:floor-plan`."""

    def correction_notice(self) -> tuple[MaterialFinding, ...]:
        """Return everything that is wrong, told once (行政许可法, art. 32)."""
        return tuple(finding for finding in self.findings if finding.outcome in _WRONG)

    def not_eligible(self) -> tuple[str, ...]:
        """Return the rules of eligibility that are known not to be met."""
        return tuple(item.rule for item in self.eligibility if item.holds is False)

    def unanswered(self) -> tuple[str, ...]:
        """Return the fields without which nobody can tell whether the applicant is eligible."""
        return tuple(sorted({name for item in self.eligibility for name in item.unanswered}))


def assess(matter: Matter, application: Application, standing: Standing, on: date) -> Assessment:
    """Assess an application as of a day; pure, so a walkthrough and an acceptance cannot differ."""
    eligibility = tuple(_eligibility(matter, application))
    barred = any(item.holds is False for item in eligibility)
    questions = (_Question(material, application, standing, on, barred) for material in matter.materials)
    findings = tuple(question.answer() for question in questions)
    used = {finding.report_id for finding in findings if finding.report_id}
    reports = {item.report_id for item in application.licenses} | {d.report_id for d in application.data}
    return Assessment(
        overall(findings, eligibility),
        findings,
        tuple(sorted(reports - used)),
        eligibility,
        tuple(sorted(_superfluous(application, findings))),
    )


def overall(
    findings: tuple[MaterialFinding, ...], eligibility: tuple[EligibilityFinding, ...] = ()
) -> OverallOutcome:
    """Conclude: who may not apply is told first, then what is missing, then doubt, then what is owed."""
    outcomes = {finding.outcome for finding in findings}
    eligible = {item.holds for item in eligibility}
    if False in eligible:
        return OverallOutcome.NOT_ELIGIBLE
    if MaterialOutcome.MISSING in outcomes or None in eligible:
        return OverallOutcome.CORRECTION_NEEDED
    if MaterialOutcome.MANUAL_REVIEW in outcomes:
        return OverallOutcome.MANUAL_REVIEW
    if any(_is_open(finding) for finding in findings):
        return OverallOutcome.ACCEPTED_WITH_OBLIGATIONS
    return OverallOutcome.ACCEPTED


def _is_open(finding: MaterialFinding) -> bool:
    promised = finding.outcome is MaterialOutcome.COMMITTED and finding.code != COMMITTED_UNCHECKED
    return promised or finding.outcome is MaterialOutcome.DEFERRED


def _eligibility(matter: Matter, application: Application) -> Iterator[EligibilityFinding]:
    for rule in matter.eligibility:
        met = holds(rule.condition, application.fields)
        asked = questions_of(rule.condition) if met is None else ()
        unknown = {test.field for test in asked if holds(test, application.fields) is None}
        yield EligibilityFinding(rule.code, met, tuple(sorted(unknown)))


def _superfluous(application: Application, findings: tuple[MaterialFinding, ...]) -> Iterator[str]:
    outcomes = {finding.material: finding.outcome for finding in findings}
    offered = (
        ("submission", MaterialOutcome.SUBMITTED, application.submitted),
        ("commitment", MaterialOutcome.COMMITTED, application.commitments),
        ("deferral", MaterialOutcome.DEFERRED, application.deferrals),
    )
    for way, outcome, items in offered:
        for material in {item.material for item in items}:
            if outcomes.get(material) not in {outcome, *_WRONG}:
                yield f"{way}:{material}"


@dataclass(frozen=True)
class _Question:
    """Ask what becomes of one material."""

    material: Material
    application: Application
    standing: Standing
    on: date
    barred: bool

    def answer(self) -> MaterialFinding:
        material, outcome, code, report_id = self.material, *self._decide()
        return MaterialFinding(
            material=material.code,
            outcome=outcome,
            code=code,
            report_id=report_id,
            reasons=tuple(dict.fromkeys(self._reasons())) if outcome in _WRONG else (),
            alternatives=() if outcome in _SATISFIED else tuple(self._open_ways()),
            conditions=tuple(self._looked()),
        )

    def _decide(self) -> tuple[MaterialOutcome, str, str | None]:
        if self._needed is False:
            return MaterialOutcome.NOT_NEEDED, "NOT_NEEDED", None
        if served := [item for item in self.views if item.serves]:
            return MaterialOutcome.EXEMPT, "EXEMPT_BY_LICENSE", served[0].license.report_id
        if confirmed := [item for item in self.answers if item.result == "confirmed"]:
            return MaterialOutcome.EXEMPT, "EXEMPT_BY_DATA", confirmed[0].report_id
        if self.material.by_submission and self._asked_to_submit:
            return MaterialOutcome.SUBMITTED, "SUBMITTED", None
        return self._decide_on_trust()

    def _decide_on_trust(self) -> tuple[MaterialOutcome, str, str | None]:
        route = self.material.by_commitment
        if route and self._offers and not set(self._commitment_reasons()):
            exempt = route.check.method is CheckMethod.EXEMPT
            return MaterialOutcome.COMMITTED, COMMITTED_UNCHECKED if exempt else "COMMITTED", None
        if self._asked_to_defer and not set(self._deferral_reasons()):
            return MaterialOutcome.DEFERRED, "DEFERRED", None
        if doubtful := [item for item in self.views if item.serves is None]:
            return MaterialOutcome.MANUAL_REVIEW, "LICENSE_UNDETERMINED", doubtful[0].license.report_id
        if unknown := [item for item in self.answers if item.result == "undetermined"]:
            return MaterialOutcome.MANUAL_REVIEW, "DATA_UNDETERMINED", unknown[0].report_id
        return MaterialOutcome.MISSING, "MATERIAL_MISSING", None

    @cached_property
    def _needed(self) -> bool | None:
        condition = self.material.needed_when
        return True if condition is None else holds(condition, self.application.fields)

    @cached_property
    def views(self) -> list[LicenseView]:
        """The presented licenses of the right type, in an order of their own, each held against the rule."""
        route = self.material.by_license
        if route is None:
            return []
        by_role = {
            HolderRole.APPLICANT: self.application.applicant,
            HolderRole.LEGAL_PERSON: self.application.legal_person,
            HolderRole.OTHER_PARTY: self.application.other_party,
        }
        found = [item for item in self.application.licenses if item.type_code in route.type_codes]
        ordered = sorted(found, key=lambda item: item.report_id)
        return [view(item, route, by_role[route.holder], self.on) for item in ordered]

    @cached_property
    def answers(self) -> list[SharedData]:
        """The answers of the source the rule names about this material, in an order of their own."""
        route, code = self.material.by_data, self.material.code
        found = [d for d in self.application.data if route and (d.material, d.source) == (code, route.source)]
        return sorted(found, key=lambda item: item.report_id)

    @property
    def _asked_to_submit(self) -> bool:
        return self.material.code in {item.material for item in self.application.submitted}

    @property
    def _asked_to_defer(self) -> bool:
        return self.material.code in {item.material for item in self.application.deferrals}

    @cached_property
    def _offers(self) -> list[CommitmentOffer]:
        return [offer for offer in self.application.commitments if offer.material == self.material.code]

    @property
    def _may_commit(self) -> bool:
        route = self.material.by_commitment
        return bool(route and self.standing.may_commit and self.standing.marks.isdisjoint(route.not_for))

    @property
    def _may_defer(self) -> bool:
        route = self.material.by_deferral
        return bool(route and self.standing.may_defer and self.standing.marks.isdisjoint(route.not_for))

    def _looked(self) -> Iterator[Looked]:
        if self.material.needed_when is not None:
            for test in questions_of(self.material.needed_when):
                yield Looked("application", str(test), holds(test, self.application.fields))
        for item in self.views:
            yield from item.looked()
        for answer in self.answers:
            yield Looked(answer.report_id, f"source {answer.source}", _CONFIRMED[answer.result])
        if self.material.by_commitment:
            yield Looked("standing", "may_commit", self._may_commit)
        if self.material.by_deferral:
            yield Looked("standing", "may_defer", self._may_defer)

    def _reasons(self) -> Iterator[str]:
        if any(not item.is_holders for item in self.views):
            yield "HOLDER_MISMATCH"
        for item in self.views:
            yield from item.codes()
        for answer in self.answers:
            yield "DATA_CONTRADICTS" if answer.result == "contradicted" else "DATA_UNDETERMINED"
        if self._asked_to_submit and not self.material.by_submission:
            yield "SUBMISSION_NOT_ALLOWED"
        if self._offers:
            yield from self._commitment_reasons()
        if self._asked_to_defer:
            yield from self._deferral_reasons()

    def _commitment_reasons(self) -> Iterator[str]:
        route = self.material.by_commitment
        if route is None:
            yield "COMMITMENT_NOT_ALLOWED"
            return
        if self.barred:
            yield "NOT_ELIGIBLE"
        if not self._may_commit:
            yield "STANDING_FORBIDS_COMMITMENT"
        current = [offer for offer in self._offers if offer.notice_digest == route.notice.digest]
        if not current:
            yield "NOTICE_OUTDATED"
        if not route.proxy_allowed and all(offer.proxy_authorization for offer in current or self._offers):
            yield "PROXY_NOT_ALLOWED"

    def _deferral_reasons(self) -> Iterator[str]:
        if self.material.by_deferral is None or self.material.primary:
            yield "DEFERRAL_NOT_ALLOWED"
            return
        if self.barred:
            yield "NOT_ELIGIBLE"
        if not self._may_defer:
            yield "STANDING_FORBIDS_DEFERRAL"

    def _open_ways(self) -> Iterator[str]:
        ways = {
            "license": self.material.by_license is not None,
            "data": self.material.by_data is not None,
            "submission": self.material.by_submission,
            "commitment": self._may_commit and not self.barred,
            "deferral": self._may_defer and not self.barred and not self.material.primary,
        }
        return (name for name, is_open in ways.items() if is_open)
