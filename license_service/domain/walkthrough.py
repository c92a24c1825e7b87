"""Walk a matter through before anything is handed in (模拟走流程): every step, and what it costs.

It follows the very assessment and case that an application would get, so it cannot promise anything else.
Beside it stands the ordinary way: every needed material on paper, one visit to hand in, one to collect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from license_service.clock import SHANGHAI
from license_service.domain.actor import Actor
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.bundle import Bundle, in_order
from license_service.domain.case import Case
from license_service.domain.deadlines import Period, deadline_after
from license_service.domain.matter import CheckMethod, Matter
from license_service.domain.obligation import Obligation, ObligationKind
from license_service.domain.workdays import WorkCalendar, start_of

_ORDINARY_TRIPS = 2
"""To hand in, and to collect the result."""


class StepKind(StrEnum):
    """What is done."""

    APPLY = "apply"
    VERIFY = "verify"
    CLOSE = "close"
    AWAIT_RESULT = "await_result"
    CORRECT = "correct"
    REVIEW = "review"
    ACCEPT = "accept"
    CHECK = "check"
    SUPPLY = "supply"
    DECIDE = "decide"
    ISSUE = "issue"


@dataclass(frozen=True)
class Step:
    """Hold one step; `due_on` is known where the clock would run from today, `at_hall` means a visit."""

    kind: StepKind
    actor: Actor
    materials: tuple[str, ...] = ()
    due_on: date | None = None
    at_hall: bool = False


@dataclass(frozen=True)
class Effort:
    """Say what a way costs: papers, visits to the hall, working days; None where no limit is stated."""

    papers: int
    trips: int
    working_days: int | None


@dataclass(frozen=True)
class Walkthrough:
    """Hold the way forwards; `exempt` materials are skipped, `papers` are those handed in or still to be."""

    steps: tuple[Step, ...]
    exempt: tuple[MaterialFinding, ...]
    papers: tuple[str, ...]
    promises: tuple[Obligation, ...]
    debts: tuple[Obligation, ...]
    effort: Effort
    statutory_days: int | None
    ordinary: Effort


def walk(
    matter: Matter,
    assessment: Assessment,
    case: Case,
    calendar: WorkCalendar,
    now: datetime,
    awaited: Collection[str] = (),
) -> Walkthrough:
    """Walk one matter through; `awaited` materials are results that other matters of a bundle bring."""
    of = _by_outcome(assessment.findings)
    lacking = tuple(code for code in of[MaterialOutcome.MISSING] if code not in awaited)
    papers = (*of[MaterialOutcome.SUBMITTED], *of[MaterialOutcome.DEFERRED], *lacking)
    steps = tuple(_steps(matter, assessment, case, calendar, now, awaited))
    today = now.astimezone(SHANGHAI).date()
    limit = matter.time_limit
    promised = _days(today, limit.promised, calendar) if limit else None
    statutory = _days(today, limit.statutory, calendar) if limit else None
    needed = len(assessment.findings) - len(of[MaterialOutcome.NOT_NEEDED])
    return Walkthrough(
        steps,
        tuple(f for f in assessment.findings if f.outcome is MaterialOutcome.EXEMPT),
        papers,
        tuple(item for item in case.obligations if item.kind is ObligationKind.COMMITMENT),
        tuple(item for item in case.obligations if item.kind is ObligationKind.DEFERRAL),
        Effort(len(papers), sum(step.at_hall for step in steps), promised),
        statutory,
        Effort(needed, _ORDINARY_TRIPS, statutory),
    )


def together(bundle: Bundle, walked: Mapping[str, Walkthrough]) -> tuple[Effort, int | None, Effort]:
    """Return what a bundle costs, its statutory days, and what its matters cost one by one.

    A paper and a visit serve every matter. Days add up only where a matter waits for another's result.
    """
    papers = {code for item in walked.values() for code in item.papers}
    visits = any(item.effort.trips for item in walked.values())
    promised = _longest(bundle, {code: item.effort.working_days for code, item in walked.items()})
    statutory = _longest(bundle, {code: item.statutory_days for code, item in walked.items()})
    ordinary = [item.ordinary for item in walked.values()]
    one_by_one = Effort(sum(o.papers for o in ordinary), sum(o.trips for o in ordinary), statutory)
    return Effort(len(papers), int(visits), promised), statutory, one_by_one


def _longest(bundle: Bundle, days: Mapping[str, int | None]) -> int | None:
    """Return the days of the longest chain of results; matters that state no limit are passed over."""
    ends: dict[str, int] = {}
    for member in in_order(bundle.members):
        begins = max((ends.get(need.result_of, 0) for need in member.needs), default=0)
        ends[member.matter] = begins + (days.get(member.matter) or 0)
    return max(ends.values()) or None


def _steps(
    matter: Matter,
    assessment: Assessment,
    case: Case,
    calendar: WorkCalendar,
    now: datetime,
    awaited: Collection[str],
) -> Iterator[Step]:
    of = _by_outcome(assessment.findings)
    handed_in = (MaterialOutcome.SUBMITTED, MaterialOutcome.COMMITTED, MaterialOutcome.DEFERRED)
    yield Step(StepKind.APPLY, Actor.APPLICANT, tuple(code for outcome in handed_in for code in of[outcome]))
    if exempt := of[MaterialOutcome.EXEMPT]:
        yield Step(StepKind.VERIFY, Actor.SERVICE, exempt)
    if assessment.outcome is OverallOutcome.NOT_ELIGIBLE:
        yield Step(StepKind.CLOSE, Actor.AUTHORITY)
        return
    missing = of[MaterialOutcome.MISSING]
    if waiting := tuple(code for code in missing if code in awaited):
        yield Step(StepKind.AWAIT_RESULT, Actor.AUTHORITY, waiting)
    lacking = tuple(code for code in missing if code not in awaited)
    if lacking or assessment.unanswered():
        yield Step(StepKind.CORRECT, Actor.APPLICANT, lacking)
    if doubtful := of[MaterialOutcome.MANUAL_REVIEW]:
        # A person compares it with the original, which only the applicant can bring.
        yield Step(StepKind.REVIEW, Actor.AUTHORITY, doubtful, at_hall=True)
    yield Step(StepKind.ACCEPT, Actor.AUTHORITY)
    yield from _after_acceptance(matter, case, calendar, now)


def _after_acceptance(matter: Matter, case: Case, calendar: WorkCalendar, now: datetime) -> tuple[Step, ...]:
    decided = None
    if case.decision is not None:
        decided = deadline_after(now, case.decision.limit, calendar).due_on
    steps = [_followed(item) for item in case.obligations]
    if matter.time_limit is not None:
        steps.append(Step(StepKind.DECIDE, Actor.AUTHORITY, due_on=decided))
    # Nothing is issued while something is owed.
    debts = [step.due_on for step in steps if step.kind is StepKind.SUPPLY]
    issued = max((day for day in (decided, *debts) if day is not None), default=None)
    steps.append(Step(StepKind.ISSUE, Actor.AUTHORITY, due_on=issued))
    return tuple(sorted(steps, key=lambda step: step.due_on or date.min))


def _followed(item: Obligation) -> Step:
    due_on = date.fromisoformat(item.due_on)
    if item.kind is ObligationKind.DEFERRAL:
        return Step(StepKind.SUPPLY, Actor.APPLICANT, (item.material,), due_on)
    by_itself = item.method == CheckMethod.DATA_SOURCE
    return Step(StepKind.CHECK, Actor.SERVICE if by_itself else Actor.AUTHORITY, (item.material,), due_on)


def _by_outcome(findings: Iterable[MaterialFinding]) -> Mapping[MaterialOutcome, tuple[str, ...]]:
    listed: Sequence[MaterialFinding] = tuple(findings)
    return {
        outcome: tuple(item.material for item in listed if item.outcome is outcome)
        for outcome in MaterialOutcome
    }


def _days(today: date, period: Period, calendar: WorkCalendar) -> int:
    """Return how many working days a period takes from today, whatever it is counted in."""
    due = deadline_after(start_of(today), period, calendar).due_on
    days = (today + timedelta(days=number) for number in range(1, (due - today).days + 1))
    return sum(calendar.is_working_day(day) for day in days)
