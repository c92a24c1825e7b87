"""Calendars as text under their own digest, so that a deadline can be counted again years later."""

from __future__ import annotations

import hashlib
from datetime import date

from license_service.domain.workdays import WorkCalendar

_TAG = "license-service/calendar/v1"


def calendar_text(calendar: WorkCalendar) -> bytes:
    """Return the text whose SHA-256 is the digest of a calendar."""
    days = {"holiday": calendar.holidays, "makeup": calendar.makeup_days}
    lines = [f"{kind} {day.isoformat()}" for kind, found in days.items() for day in sorted(found)]
    published = [f"published {year}" for year in sorted(calendar.published_years)]
    return "\n".join([_TAG, *lines, *published]).encode()


def read_calendar(text: bytes) -> WorkCalendar:
    """Read such a text.

    Raises:
        ValueError: if it is none.
    """
    tag, *lines = text.decode().split("\n")
    found: dict[str, set[str]] = {"holiday": set(), "makeup": set(), "published": set()}
    for line in lines:
        kind, _, value = line.partition(" ")
        found.get(kind, set()).add(value)
    calendar = WorkCalendar(
        frozenset(map(date.fromisoformat, found["holiday"])),
        frozenset(map(date.fromisoformat, found["makeup"])),
        frozenset(map(int, found["published"])),
    )
    if tag != _TAG or calendar.digest != f"sha256:{hashlib.sha256(text).hexdigest()}":
        raise ValueError("no calendar")
    return calendar
