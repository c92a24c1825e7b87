"""What became of calls to data sources, counted by source, hour and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

ANSWERED = ""
"""The outcome of a call that decided something; every other outcome is the code of what went wrong."""
KEPT_FOR = timedelta(days=30)
"""Counts of older hours are dropped, so that the table has a bound: sources times hours times outcomes."""


@dataclass(frozen=True)
class SourceCall:
    """Say what became of one call."""

    source: str
    outcome: str
    milliseconds: int


@dataclass(frozen=True)
class CallFigures:
    """Hold what is known of the calls of one source with one outcome."""

    source: str
    outcome: str
    calls: int
    total_ms: int
    longest_ms: int
    last_at: datetime


class SourceCallTable(Protocol):
    """Count calls, for all processes together."""

    def count_call(self, call: SourceCall, now: datetime) -> None:
        """Count one, and drop what is older than `KEPT_FOR` with the first of an hour."""

    def call_figures(self, since: datetime) -> Sequence[CallFigures]:
        """Return the figures from the hour of `since` on, by source and outcome."""

    def open_breakers(self, now: datetime) -> Sequence[str]:
        """Return the targets that are not asked for now."""
