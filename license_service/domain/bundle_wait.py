"""A matter of a bundle that waits for the result of another: how its wait ends, and what ends with it.

A matter that waits has no case yet, so no clock runs for it; the bundle's rule says how long it may wait.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from license_service.domain.bundle_decision import WAITING
from license_service.domain.machine import Machine
from license_service.errors import CaseStateError


class WaitState(StrEnum):
    """Where a matter stands that waits or waited; from `opened` on its case says more."""

    WAITING = WAITING
    OPENED = "opened"
    WITHDRAWN = "withdrawn"
    EXPIRED = "wait_expired"
    RESULT_NOT_COMING = "result_not_coming"


class WaitAction(StrEnum):
    """What happens to it; a result that does not serve is declined, and one that will not come is lost."""

    DECLINE = "decline"
    OPEN = "open"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    LOSE = "lose"


_S, _A = WaitState, WaitAction
WAIT = Machine(
    "wait",
    (_S.WAITING,),
    {
        (_S.WAITING, _A.DECLINE): _S.WAITING,
        (_S.WAITING, _A.OPEN): _S.OPENED,
        (_S.WAITING, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.WAITING, _A.EXPIRE): _S.EXPIRED,
        (_S.WAITING, _A.LOSE): _S.RESULT_NOT_COMING,
    },
    CaseStateError,
)


def state_of(outcome: str) -> WaitState:
    """Return the state of a matter by its outcome; what has the outcome of an assessment has a case."""
    return WaitState(outcome) if outcome in set(WaitState) else WaitState.OPENED


def end_wait(
    outcomes: Mapping[str, str],
    waits_for: Mapping[str, Collection[str]],
    chosen: Collection[str],
    action: WaitAction,
) -> dict[str, WaitState]:
    """Return what becomes of the chosen matters, and of all that wait for what these would have brought.

    Raises:
        CaseStateError: if one of the chosen does not wait.
    """
    ended = {code: WAIT.after(state_of(outcomes[code]), action) for code in chosen}
    while lost := {
        code: WAIT.after(WaitState.WAITING, WaitAction.LOSE)
        for code, outcome in outcomes.items()
        if outcome == WAITING and code not in ended and not ended.keys().isdisjoint(waits_for[code])
    }:
        ended |= lost
    return ended
