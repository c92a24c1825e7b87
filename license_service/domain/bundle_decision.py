"""Say what becomes of each matter of a bundle, why, and what would change that.

Each matter is assessed by its own rules; here only what they have to do with one another is decided:
a matter that lacks nothing but results of others, which were accepted or wait themselves, waits too. In
every other case it stands by its own assessment. The order of matters never matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.bundle import Bundle, BundleMember, ResultNeed, in_order

WAITING = "waiting_for_result"
_ACCEPTED = frozenset({OverallOutcome.ACCEPTED, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS})


class BundleOutcome(StrEnum):
    """What becomes of the application as a whole."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True)
class Obstacle:
    """Say what keeps one matter from being accepted, and every way open to remove it.

    `subject` is a material, a field or a rule of eligibility, as `kind` says; a `result` is a material that
    another matter of the bundle, `result_of`, will bring.
    """

    kind: str
    subject: str
    codes: tuple[str, ...]
    ways: tuple[str, ...] = ()
    result_of: str = ""


@dataclass(frozen=True)
class MemberDecision:
    """Hold what becomes of one matter."""

    matter: str
    assessment: Assessment
    waits_for: tuple[ResultNeed, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def is_accepted(self) -> bool:
        """Tell whether its case runs."""
        return self.assessment.outcome in _ACCEPTED

    @property
    def outcome(self) -> str:
        """Return the outcome of its assessment, or that it waits for a result."""
        return WAITING if self.waits_for else self.assessment.outcome.value


def decide(
    bundle: Bundle,
    assessments: Mapping[str, Assessment],
    accepted_before: Collection[str] = (),
    unasked: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> tuple[MemberDecision, ...]:
    """Decide on every matter that was assessed; of those in `accepted_before` the results may still come.

    Where there are some, results are being handed in: one that does not serve leaves its matter waiting.
    In a walkthrough `unasked` names materials of a matter that a data source will be asked about when it is
    applied for: a matter that lacks nothing else may still be accepted, and its result come.
    """
    coming = set(accepted_before)
    decided: dict[str, MemberDecision] = {}
    for member in in_order(bundle.members):
        if member.matter in assessments:
            assessment, open_ones = assessments[member.matter], unasked.get(member.matter, ())
            decision = _decide(member, assessment, coming, open_ones, patient=bool(accepted_before))
            decided[member.matter] = decision
            if decision.is_accepted or decision.waits_for or _may_be_accepted(assessment, open_ones):
                coming.add(member.matter)
    return tuple(decided[member.matter] for member in bundle.members if member.matter in decided)


def overall(outcomes: Collection[str]) -> BundleOutcome:
    """Conclude from the outcomes of all matters; none at all is not accepted."""
    accepted = [outcome in _ACCEPTED for outcome in outcomes]
    if not any(accepted):
        return BundleOutcome.NOT_ACCEPTED
    return BundleOutcome.ACCEPTED if all(accepted) else BundleOutcome.PARTLY_ACCEPTED


def _decide(
    member: BundleMember,
    assessment: Assessment,
    coming: Collection[str],
    unasked: Collection[str],
    *,
    patient: bool,
) -> MemberDecision:
    needs = {need.material: need for need in member.needs if need.result_of in coming}
    wrong = _without(unasked, assessment)
    waits = _only_lacks(assessment) and all(_may_come(finding, needs, patient=patient) for finding in wrong)
    return MemberDecision(
        member.matter,
        assessment,
        tuple(needs[finding.material] for finding in wrong) if waits else (),
        tuple(_obstacles(member, assessment, coming)),
    )


def _without(unasked: Collection[str], assessment: Assessment) -> list[MaterialFinding]:
    return [finding for finding in assessment.correction_notice() if finding.material not in unasked]


def _only_lacks(assessment: Assessment) -> bool:
    return assessment.outcome is OverallOutcome.CORRECTION_NEEDED and not assessment.unanswered()


def _may_be_accepted(assessment: Assessment, unasked: Collection[str]) -> bool:
    return bool(unasked) and _only_lacks(assessment) and not _without(unasked, assessment)


def _may_come(finding: MaterialFinding, needs: Mapping[str, ResultNeed], *, patient: bool) -> bool:
    """Tell whether a material is but awaited; who applies with a wrong one must be told at once."""
    missing = finding.outcome is MaterialOutcome.MISSING and (patient or not finding.reasons)
    return missing and finding.material in needs


def _obstacles(member: BundleMember, assessment: Assessment, coming: Collection[str]) -> Iterator[Obstacle]:
    for rule in assessment.not_eligible():
        yield Obstacle("eligibility", rule, ("NOT_ELIGIBLE",))
    for field in assessment.unanswered():
        yield Obstacle("field", field, ("FIELD_UNANSWERED",), ("field",))
    brought = {need.material: need.result_of for need in member.needs}
    for finding in assessment.correction_notice():
        told, supplier = finding.reasons or (finding.code,), brought.get(finding.material, "")
        if supplier:
            told = (*finding.reasons, "AWAITS_RESULT" if supplier in coming else "RESULT_NOT_COMING")
        kind = "result" if supplier else "material"
        yield Obstacle(kind, finding.material, told, finding.alternatives, supplier)
