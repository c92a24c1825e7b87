"""The end of a wait: of those chosen, and of all that waited for what they would have brought."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from license_service.domain.assessment import OverallOutcome
from license_service.domain.bundle_wait import WaitAction, WaitState, end_wait, state_of
from license_service.errors import CaseStateError

_W, _ENDED = WaitState.WAITING.value, WaitState.WITHDRAWN
CHAIN: Mapping[str, str] = {"a": "accepted", "b": _W, "c": _W, "d": _W, "e": _W}
FOR: Mapping[str, set[str]] = {"a": set(), "b": {"a"}, "c": {"b"}, "d": {"c", "a"}, "e": {"a"}}


@pytest.mark.parametrize(
    ("chosen", "lost"),
    [(["e"], ""), (["d"], ""), (["c"], "d"), (["b"], "cd"), (["b", "c"], "d"), (["b", "c", "d", "e"], "")],
)
@pytest.mark.parametrize("action", [WaitAction.WITHDRAW, WaitAction.EXPIRE])
def test_what_would_have_brought_a_result_takes_with_it_all_that_waited_for_it(
    chosen: list[str], lost: str, action: WaitAction
) -> None:
    ended = end_wait(CHAIN, FOR, chosen, action)
    own = WaitState.WITHDRAWN if action is WaitAction.WITHDRAW else WaitState.EXPIRED
    assert ended == {**dict.fromkeys(chosen, own), **dict.fromkeys(lost, WaitState.RESULT_NOT_COMING)}
    for order in (dict(reversed(list(CHAIN.items()))), CHAIN):
        assert end_wait(order, FOR, chosen, action) == ended


def test_a_matter_whose_wait_ended_before_is_not_lost_again() -> None:
    ended = end_wait({**CHAIN, "c": "wait_expired"}, FOR, ["b"], WaitAction.WITHDRAW)
    assert ended == {"b": WaitState.WITHDRAWN}


@pytest.mark.parametrize("outcome", [*OverallOutcome, *sorted(set(WaitState) - {WaitState.WAITING})])
def test_what_does_not_wait_has_no_wait_to_end(outcome: str) -> None:
    with pytest.raises(CaseStateError):
        end_wait({"a": outcome}, {"a": set()}, ["a"], WaitAction.WITHDRAW)


def test_the_outcome_of_an_assessment_says_that_there_is_a_case() -> None:
    assert {state_of(outcome) for outcome in OverallOutcome} == {WaitState.OPENED}
    assert [state_of(state) for state in WaitState] == list(WaitState)
