"""A state machine as one table: from a state and what happens to it, the state that follows.

What the table does not name is refused. The diagrams of `docs/states.md` are drawn from the same tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from license_service.errors import LicenseServiceError

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True)
class Machine(Generic[S, A]):
    """Hold the table, the states a life may begin in, and the error that refuses everything else."""

    name: str
    first: tuple[S, ...]
    table: Mapping[tuple[S, A], S]
    refusal: type[LicenseServiceError]

    def after(self, state: S, action: A) -> S:
        """Return the state that follows.

        Raises:
            LicenseServiceError: of the machine's kind, if the table has no such step.
        """
        following = self.table.get((state, action))
        if following is None:
            raise self.refusal(f"{self.name}: {action} is not possible while {state}")
        return following

    def allows(self, state: S, action: A) -> bool:
        """Tell whether the table has such a step."""
        return (state, action) in self.table

    def reachable(self) -> frozenset[S]:
        """Return every state that some life leads to."""
        return frozenset({*self.first, *self.table.values()})

    def mermaid(self) -> str:
        """Return the table as a Mermaid state diagram; a state that nothing follows is an end."""
        going_on = {state for state, _ in self.table}
        lines = ["stateDiagram-v2", *(f"    [*] --> {state.value}" for state in self.first)]
        lines += [f"    {a.value} --> {b.value}: {action.value}" for (a, action), b in self.table.items()]
        ends = sorted(self.reachable() - going_on)
        return "\n".join([*lines, *(f"    {state.value} --> [*]" for state in ends)])
