"""The only source of `now`.

Every operation takes the time once, from one clock, and passes it on as an argument: nothing deeper
asks what time it is, so every verdict and every deadline can be computed again later.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Dates of Chinese law are dates in this zone, whatever the machine's own setting."""


class Clock(Protocol):
    """Tell the time."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """Read the machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """Stand still until moved; for tests and replays."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self._moment

    def advance(self, step: timedelta) -> None:
        """Move on by `step`."""
        self._moment += step


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; refuse one without an offset, since it names no instant.

    Raises:
        ValueError: if the text is no RFC 3339 instant or lacks an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the years 1 to 9999 in UTC") from error


def format_instant(moment: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with `Z`, to the second or microsecond it has."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
