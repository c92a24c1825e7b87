"""Which papers an event calls for, and whether they still hold: every kind and every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from license_service.domain.assessment import MaterialFinding, MaterialOutcome
from license_service.domain.case import Case, CaseState, EventKind
from license_service.domain.obligation import Obligation, ObligationKind, ObligationState
from license_service.domain.paper import ACCEPTED, ENDED, PaperKind, PaperState, papers_for, state_of
from license_service.services.papers.forms import FORMS

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_DEBT = Obligation(
    id="c.m",
    kind=ObligationKind.DEFERRAL,
    material="m",
    state=ObligationState.OPEN,
    due_on="2026-03-09",
    due_at=_NOW,
    provisional=False,
    calendar_digest="sha256:0",
)
_PROMISE = MaterialFinding("p", MaterialOutcome.COMMITTED, "COMMITTED")


def _case(state: CaseState, *findings: MaterialFinding, debts: tuple[Obligation, ...] = ()) -> Case:
    return Case("c", "matter", "1", state, findings, debts, _NOW)


@pytest.mark.parametrize("state", CaseState)
def test_an_assessment_calls_for_what_its_outcome_needs(state: CaseState) -> None:
    wanted = {
        **dict.fromkeys(ACCEPTED, (PaperKind.ACCEPTANCE_NOTICE,)),
        **dict.fromkeys(ENDED, (PaperKind.TERMINATION_NOTICE,)),
        CaseState.CORRECTION_NEEDED: (PaperKind.CORRECTION_NOTICE,),
    }
    assert papers_for(EventKind.CASE_ASSESSED, _case(state)) == wanted.get(state, ())


@pytest.mark.parametrize("state", CaseState)
def test_a_promise_and_a_debt_call_for_their_papers_where_accepted(state: CaseState) -> None:
    case = _case(state, _PROMISE, debts=(_DEBT,))
    more = {PaperKind.NOTIFY_TEXT, PaperKind.COMMITMENT_LETTER, PaperKind.DEFERRAL_NOTICE}
    assert (more <= set(papers_for(EventKind.CASE_ASSESSED, case))) is (state in ACCEPTED)


@pytest.mark.parametrize("kind", EventKind)
def test_only_what_tells_the_applicant_something_calls_for_papers(kind: EventKind) -> None:
    case = _case(CaseState.TERMINATED, debts=(_DEBT,))
    wanted = {
        EventKind.CASE_ASSESSED: (PaperKind.TERMINATION_NOTICE,),
        EventKind.CASE_CLOSED: (PaperKind.TERMINATION_NOTICE,),
        EventKind.SUPPLEMENT_REMINDED: (PaperKind.REMINDER,),
    }
    assert papers_for(kind, case) == wanted.get(kind, ())


def test_a_case_that_closes_well_needs_no_paper() -> None:
    assert papers_for(EventKind.CASE_CLOSED, _case(CaseState.COMPLETE)) == ()


def test_a_debt_paid_is_not_told_again() -> None:
    open_, paid = _DEBT, replace(_DEBT, state=ObligationState.SUPPLIED)
    case = _case(CaseState.ACCEPTED_WITH_OBLIGATIONS, debts=(open_,))
    assert papers_for(EventKind.DEADLINE_RECOMPUTED, case) == (PaperKind.DEFERRAL_NOTICE,)
    assert papers_for(EventKind.DEADLINE_RECOMPUTED, replace(case, obligations=(paid,))) == ()


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("kind", PaperKind)
def test_a_paper_holds_until_something_comes_in_its_place(kind: PaperKind, state: CaseState) -> None:
    case, end = _case(state), kind is PaperKind.TERMINATION_NOTICE
    void = state in {CaseState.DEEMED_WITHDRAWN, CaseState.ACCEPTANCE_REVOKED}
    usual = PaperState.SUPERSEDED if state in ENDED else PaperState.IN_FORCE
    now = PaperState.IN_FORCE if end else PaperState.WITHDRAWN if void else usual
    assert state_of(kind, case, replaced=False) is now
    assert state_of(kind, case, replaced=True) is (
        PaperState.WITHDRAWN if now is PaperState.WITHDRAWN else PaperState.SUPERSEDED
    )


def test_every_kind_has_a_form_and_a_mark_of_its_own() -> None:
    assert set(FORMS) == set(PaperKind)
    assert len({form.mark for form in FORMS.values()}) == len(PaperKind)
