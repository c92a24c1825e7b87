"""Say for each material whether it is satisfied, how, and why.

For each material, in this order:
1. a genuine license of the right type and holder exempts it;
2. a paper handed in satisfies it;
3. a promise that names the current notice commits to it, if the rule and the standing allow;
4. a request to owe defers it, if the rule and the standing allow;
5. a license whose genuineness is unknown goes to a person;
6. otherwise it is missing, and the notice says what was wrong with what was presented.

The order in which documents are presented never matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from license_service.domain.application import Application, PresentedLicense
from license_service.domain.matter import HolderRole, LicenseRoute, Material, Matter
from license_service.domain.standing import Standing


class MaterialOutcome(StrEnum):
    """What becomes of one material."""

    EXEMPT = "exempt"
    SUBMITTED = "submitted"
    COMMITTED = "committed"
    DEFERRED = "deferred"
    MISSING = "missing"
    MANUAL_REVIEW = "manual_review"


class OverallOutcome(StrEnum):
    """What becomes of the application."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_OBLIGATIONS = "accepted_with_obligations"
    CORRECTION_NEEDED = "correction_needed"
    MANUAL_REVIEW = "manual_review"


@dataclass(frozen=True)
class MaterialFinding:
    """Say what becomes of a material; `reasons` are codes of what was wrong with what was presented."""

    material: str
    outcome: MaterialOutcome
    code: str
    report_id: str | None = None
    reasons: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Every way still open: `license`, `submission`, `commitment`, `deferral`."""


@dataclass(frozen=True)
class Assessment:
    """Hold every finding, and what follows from all of them."""

    outcome: OverallOutcome
    findings: tuple[MaterialFinding, ...]
    unused: tuple[str, ...]
    """Report ids of licenses presented and not needed."""

    def correction_notice(self) -> tuple[MaterialFinding, ...]:
        """Return everything that is wrong, told once (行政许可法, art. 32)."""
        wrong = (MaterialOutcome.MISSING, MaterialOutcome.MANUAL_REVIEW)
        return tuple(finding for finding in self.findings if finding.outcome in wrong)


@dataclass(frozen=True)
class _Question:
    material: Material
    application: Application
    standing: Standing

    @property
    def license_route(self) -> LicenseRoute | None:
        return self.material.by_license

    def candidates(self) -> list[PresentedLicense]:
        """Return the presented licenses of the right type, in an order of their own."""
        route = self.license_route
        found = [item for item in self.application.licenses if route and item.type_code in route.type_codes]
        return sorted(found, key=lambda item: item.report_id)

    def is_holder(self, item: PresentedLicense) -> bool:
        """Tell whether the license belongs to whom the rule names; by id, never by name alone."""
        route, application = self.license_route, self.application
        by_role = {
            HolderRole.APPLICANT: application.applicant,
            HolderRole.LEGAL_PERSON: application.legal_person,
        }
        person = by_role[route.holder] if route else None
        return person is not None and person.id.upper() in item.holder_ids


def assess(matter: Matter, application: Application, standing: Standing) -> Assessment:
    """Assess an application; pure, so a walkthrough and an acceptance cannot differ."""
    questions = [_Question(material, application, standing) for material in matter.materials]
    findings = tuple(_assess_material(question) for question in questions)
    used = {finding.report_id for finding in findings if finding.report_id}
    unused = sorted(item.report_id for item in application.licenses if item.report_id not in used)
    return Assessment(overall(findings), findings, tuple(unused))


def overall(findings: tuple[MaterialFinding, ...]) -> OverallOutcome:
    """Conclude: what is missing is told first, then doubt, then what is promised or owed."""
    outcomes = {finding.outcome for finding in findings}
    if MaterialOutcome.MISSING in outcomes:
        return OverallOutcome.CORRECTION_NEEDED
    if MaterialOutcome.MANUAL_REVIEW in outcomes:
        return OverallOutcome.MANUAL_REVIEW
    if outcomes & {MaterialOutcome.COMMITTED, MaterialOutcome.DEFERRED}:
        return OverallOutcome.ACCEPTED_WITH_OBLIGATIONS
    return OverallOutcome.ACCEPTED


def _assess_material(question: _Question) -> MaterialFinding:
    routes = (_by_license, _by_submission, _by_commitment, _by_deferral, _by_review)
    found = next(filter(None, (route(question) for route in routes)), None)
    return found or _missing(question)


def _by_license(question: _Question) -> MaterialFinding | None:
    genuine = [c for c in question.candidates() if c.indication == "TOTAL_PASSED" and question.is_holder(c)]
    if not genuine:
        return None
    return _finding(question, MaterialOutcome.EXEMPT, "EXEMPT_BY_LICENSE", report_id=genuine[0].report_id)


def _by_submission(question: _Question) -> MaterialFinding | None:
    handed_in = question.material.code in {item.material for item in question.application.submitted}
    if not handed_in or not question.material.by_submission:
        return None
    return _finding(question, MaterialOutcome.SUBMITTED, "SUBMITTED")


def _by_commitment(question: _Question) -> MaterialFinding | None:
    route, code = question.material.by_commitment, question.material.code
    if route is None or not question.standing.may_commit:
        return None
    offers = [o for o in question.application.commitments if o.material == code]
    named = any(offer.notice_digest == route.notice_digest for offer in offers)
    return _finding(question, MaterialOutcome.COMMITTED, "COMMITTED") if named else None


def _by_deferral(question: _Question) -> MaterialFinding | None:
    asked = question.material.code in {item.material for item in question.application.deferrals}
    allowed = question.material.by_deferral is not None and not question.material.primary
    if not (asked and allowed and question.standing.may_defer):
        return None
    return _finding(question, MaterialOutcome.DEFERRED, "DEFERRED")


def _by_review(question: _Question) -> MaterialFinding | None:
    unknown = [c for c in question.candidates() if c.indication == "INDETERMINATE" and question.is_holder(c)]
    if not unknown:
        return None
    return _finding(
        question,
        MaterialOutcome.MANUAL_REVIEW,
        "LICENSE_UNDETERMINED",
        report_id=unknown[0].report_id,
        reasons=unknown[0].codes,
    )


def _missing(question: _Question) -> MaterialFinding:
    rules: tuple[Callable[[_Question], tuple[str, ...]], ...] = (
        _license_reasons, _submission_reasons, _commitment_reasons, _deferral_reasons,
    )  # fmt: skip
    reasons = [code for rule in rules for code in rule(question)]
    return _finding(
        question, MaterialOutcome.MISSING, "MATERIAL_MISSING", reasons=tuple(dict.fromkeys(reasons))
    )


def _license_reasons(question: _Question) -> tuple[str, ...]:
    candidates = question.candidates()
    strangers = ("HOLDER_MISMATCH",) if any(not question.is_holder(c) for c in candidates) else ()
    return (*strangers, *(code for c in candidates for code in c.codes))


def _submission_reasons(question: _Question) -> tuple[str, ...]:
    handed_in = question.material.code in {item.material for item in question.application.submitted}
    return ("SUBMISSION_NOT_ALLOWED",) if handed_in else ()


def _commitment_reasons(question: _Question) -> tuple[str, ...]:
    route, code = question.material.by_commitment, question.material.code
    if code not in {offer.material for offer in question.application.commitments}:
        return ()
    if route is None:
        return ("COMMITMENT_NOT_ALLOWED",)
    return ("NOTICE_OUTDATED",) if question.standing.may_commit else ("STANDING_FORBIDS_COMMITMENT",)


def _deferral_reasons(question: _Question) -> tuple[str, ...]:
    if question.material.code not in {item.material for item in question.application.deferrals}:
        return ()
    allowed = question.material.by_deferral is not None and not question.material.primary
    return ("STANDING_FORBIDS_DEFERRAL",) if allowed else ("DEFERRAL_NOT_ALLOWED",)


def _finding(
    question: _Question,
    outcome: MaterialOutcome,
    code: str,
    *,
    report_id: str | None = None,
    reasons: tuple[str, ...] = (),
) -> MaterialFinding:
    satisfied = outcome in (MaterialOutcome.EXEMPT, MaterialOutcome.SUBMITTED)
    alternatives = () if satisfied else _open_ways(question)
    return MaterialFinding(question.material.code, outcome, code, report_id, reasons, alternatives)


def _open_ways(question: _Question) -> tuple[str, ...]:
    material, standing = question.material, question.standing
    ways = {
        "license": material.by_license is not None,
        "submission": material.by_submission,
        "commitment": material.by_commitment is not None and standing.may_commit,
        "deferral": material.by_deferral is not None and not material.primary and standing.may_defer,
    }
    return tuple(name for name, is_open in ways.items() if is_open)
