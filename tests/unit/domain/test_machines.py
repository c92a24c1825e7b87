"""The state machines: the tables are whole, what they do not name is refused, and the page is theirs."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from license_service.domain.bundle_wait import WAIT, WaitAction, WaitState
from license_service.domain.case import CASE, CaseAction, CaseState
from license_service.domain.credit import STANDING, CreditAction, CreditState
from license_service.domain.machine import Machine
from license_service.domain.machines import MACHINES, states_page
from license_service.domain.obligation import (
    COMMITMENT,
    DEFERRAL,
    CommitmentAction,
    DeferralAction,
    ObligationState,
)
from license_service.errors import LicenseServiceError

_DOCS = Path(__file__).resolve().parents[3] / "docs"
PARTS: list[tuple[Machine[Any, Any], type[StrEnum], type[StrEnum], str]] = [
    (CASE, CaseState, CaseAction, "case_state_conflict"),
    (COMMITMENT, ObligationState, CommitmentAction, "case_state_conflict"),
    (DEFERRAL, ObligationState, DeferralAction, "case_state_conflict"),
    (STANDING, CreditState, CreditAction, "credit_record_state_conflict"),
    (WAIT, WaitState, WaitAction, "case_state_conflict"),
]
PAIRS = [
    (machine, state, action, code)
    for machine, states, actions, code in PARTS
    for state, action in product(states, actions)
]


@pytest.mark.parametrize(
    ("machine", "state", "action", "code"), PAIRS, ids=[f"{m.name}-{s}-{a}" for m, s, a, _ in PAIRS]
)
def test_every_step_is_in_the_table_or_refused_with_its_code(
    machine: Machine[Any, Any], state: StrEnum, action: StrEnum, code: str
) -> None:
    if machine.allows(state, action):
        assert machine.after(state, action) is machine.table[state, action]
        return
    with pytest.raises(LicenseServiceError) as refused:
        machine.after(state, action)
    assert refused.value.code == code


@pytest.mark.parametrize(("machine", "actions"), [(machine, actions) for machine, _, actions, _ in PARTS])
def test_every_action_is_used_and_every_state_lies_on_a_way_from_a_beginning(
    machine: Machine[Any, Any], actions: type[StrEnum]
) -> None:
    assert {action for _, action in machine.table} == set(actions)
    found, frontier = set(machine.first), list(machine.first)
    while frontier:
        state = frontier.pop()
        following = {after for (before, _), after in machine.table.items() if before == state} - found
        found |= following
        frontier += following
    assert found == machine.reachable()
    assert {state for state, _ in machine.table} <= found


def test_all_states_of_cases_promises_debts_and_records_are_reached() -> None:
    assert CASE.reachable() == set(CaseState)
    assert COMMITMENT.reachable() | DEFERRAL.reachable() == set(ObligationState)
    assert STANDING.reachable() == set(CreditState)
    assert WAIT.reachable() == set(WaitState)


def test_the_page_is_what_the_tables_give() -> None:
    told = "run: license-service matters states > docs/states.md"
    assert (_DOCS / "states.md").read_text() == states_page(), told
    assert [machine.name for machine in MACHINES] == ["case", "commitment", "deferral", "standing", "wait"]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_diagram_draws_each_step_once_and_nothing_else(machine: Machine[Any, Any]) -> None:
    steps = [f"    {a} --> {b}: {action}" for (a, action), b in machine.table.items()]
    begins = [f"    [*] --> {state}" for state in machine.first]
    ends = {f"    {state} --> [*]" for state in machine.reachable() - {state for state, _ in machine.table}}
    lines = machine.mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert sorted(lines[1:]) == sorted([*steps, *begins, *ends])
