"""Stamps on checkpoints, as the use cases see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class StoredStamp:
    """Hold the token over a checkpoint of `size` entries, and the time it states."""

    size: int
    token: bytes
    time: datetime


class StampTable(Protocol):
    """Keep the stamps of checkpoints, one for each size."""

    def add_stamp(self, stamp: StoredStamp) -> None:
        """Keep a stamp; nothing where that checkpoint has one."""

    def last_stamp(self) -> StoredStamp | None:
        """Return the stamp on the largest checkpoint that has one."""

    def stamp(self, size: int) -> StoredStamp | None: ...  # noqa: D102

    def stamps(self, begin: int, end: int, *, witnessed: bool = False) -> Sequence[StoredStamp]:
        """Return the stamps on checkpoints of more than `begin` and at most `end` entries, in that order.

        With `witnessed`, on those alone that a quorum has cosigned.
        """

    def stamp_problem(self) -> str:
        """Return why the last request for a stamp gave none; empty where it did."""

    def set_stamp_problem(self, code: str) -> None: ...  # noqa: D102

    def written_from(self, size: int) -> datetime | None:
        """Return when the first event was written that a log of `size` entries does not hold."""
