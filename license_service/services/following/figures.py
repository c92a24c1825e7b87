"""What operators read of follow-ups: why attempts failed, and what there is to worry about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FailedAttempt:
    """Hold when an attempt of a follow-up failed, and why."""

    token: int
    failed_at: datetime
    code: str


@dataclass(frozen=True)
class FollowUpFigures:
    """Hold what operators watch: figures of all tenants together."""

    unfinished: Mapping[tuple[str, str], int]
    """How many there are by kind and state, those that are done left out."""
    overdue: Mapping[str, int]
    """How many have come due, by kind."""
    oldest_due_at: datetime | None
    failures: Mapping[str, int]
    """How many attempts failed since a moment, by code."""
    open_breakers: Sequence[str]
