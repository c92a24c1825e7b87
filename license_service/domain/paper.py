"""Papers (文书) of a case: which one an event calls for. What each says is laid out in `services/`.

A new kind of event that calls for a paper is one line in `_CALLED_FOR`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from license_service.domain.assessment import MaterialOutcome
from license_service.domain.case import Case, CaseState, EventKind
from license_service.domain.obligation import Obligation, ObligationKind, ObligationState


class PaperKind(StrEnum):
    """What an authority hands out, or an applicant signs; append-only."""

    ACCEPTANCE_NOTICE = "acceptance_notice"
    CORRECTION_NOTICE = "correction_notice"
    NOTIFY_TEXT = "notify_text"
    COMMITMENT_LETTER = "commitment_letter"
    DEFERRAL_NOTICE = "deferral_notice"
    REMINDER = "reminder"
    TERMINATION_NOTICE = "termination_notice"


class PaperState(StrEnum):
    """Whether what a paper says still holds."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


ACCEPTED = frozenset({CaseState.ACCEPTED_WITH_OBLIGATIONS, CaseState.COMPLETE})
ENDED = frozenset(
    {
        CaseState.DEEMED_WITHDRAWN,
        CaseState.ACCEPTANCE_REVOKED,
        CaseState.REFUSED,
        CaseState.TERMINATED,
        CaseState.NOT_ELIGIBLE,
        CaseState.DECISION_REVOKED,
    }
)
"""States without a result: the applicant is told in writing why, and what can be done against it."""

_CALLED_FOR: Mapping[EventKind, tuple[PaperKind, ...]] = {
    EventKind.CASE_ASSESSED: (
        PaperKind.ACCEPTANCE_NOTICE,
        PaperKind.CORRECTION_NOTICE,
        PaperKind.NOTIFY_TEXT,
        PaperKind.COMMITMENT_LETTER,
        PaperKind.DEFERRAL_NOTICE,
        PaperKind.TERMINATION_NOTICE,
    ),
    EventKind.COMMITMENT_WITHDRAWN: (PaperKind.CORRECTION_NOTICE, PaperKind.DEFERRAL_NOTICE),
    EventKind.SUPPLEMENT_EXTENDED: (PaperKind.DEFERRAL_NOTICE,),
    EventKind.DEADLINE_RECOMPUTED: (PaperKind.DEFERRAL_NOTICE,),
    EventKind.SUPPLEMENT_REMINDED: (PaperKind.REMINDER,),
    EventKind.CASE_CLOSED: (PaperKind.TERMINATION_NOTICE,),
}


def open_debts(case: Case) -> tuple[Obligation, ...]:
    """Return what is owed and may still be handed in."""
    kind, state = ObligationKind.DEFERRAL, ObligationState.OPEN
    return tuple(item for item in case.obligations if (item.kind, item.state) == (kind, state))


def _promises(case: Case) -> bool:
    return case.state in ACCEPTED and any(f.outcome is MaterialOutcome.COMMITTED for f in case.findings)


_APPLIES: Mapping[PaperKind, Callable[[Case], bool]] = {
    PaperKind.ACCEPTANCE_NOTICE: lambda case: case.state in ACCEPTED,
    PaperKind.CORRECTION_NOTICE: lambda case: case.state is CaseState.CORRECTION_NEEDED,
    PaperKind.NOTIFY_TEXT: _promises,
    PaperKind.COMMITMENT_LETTER: _promises,
    PaperKind.DEFERRAL_NOTICE: lambda case: case.state in ACCEPTED and bool(open_debts(case)),
    PaperKind.REMINDER: lambda case: bool(open_debts(case)),
    PaperKind.TERMINATION_NOTICE: lambda case: case.state in ENDED,
}


def papers_for(kind: str, case: Case) -> tuple[PaperKind, ...]:
    """Return the papers that an event of a kind calls for, given the case as it then was."""
    called_for = _CALLED_FOR.get(EventKind(kind), ())
    return tuple(paper for paper in called_for if _APPLIES[paper](case))


def state_of(kind: PaperKind, case: Case, *, replaced: bool) -> PaperState:
    """Return whether a paper still holds, given the case now; `replaced`: a later one says the same anew.

    Where an application counts as withdrawn or its acceptance is revoked, nothing handed out before holds;
    where a case ends otherwise it was rightly accepted, and the notice of the end comes in the place of it.
    """
    if kind is not PaperKind.TERMINATION_NOTICE:
        if case.state in {CaseState.DEEMED_WITHDRAWN, CaseState.ACCEPTANCE_REVOKED}:
            return PaperState.WITHDRAWN
        replaced = replaced or case.state in ENDED
    return PaperState.SUPERSEDED if replaced else PaperState.IN_FORCE
