"""Members of what others answer in JSON, named by the path an operator declared: names with dots between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from license_service.clock import SHANGHAI


def find_member(members: Mapping[str, Any], at: str) -> object:
    """Return a member, an empty text for null.

    Raises:
        ValueError: if it is not there: it was declared by mistake.
    """
    value: object = members
    for name in at.split("."):
        if not isinstance(value, dict) or name not in value:
            raise ValueError(f"{at} is not there")
        value = value[name]
    return "" if value is None else value


def find_text(members: Mapping[str, Any], at: str) -> str:
    """Return a member that is a text or a whole number, as a text.

    Raises:
        ValueError: if it is something else, or not there.
    """
    value = find_member(members, at)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{at} is no text")  # noqa: TRY004 - what a service sent, not what a caller did
    return str(value).strip()


def read_instant(text: str) -> datetime:
    """Return an instant; without an offset it is the time of China, without a time the day's beginning.

    Raises:
        ValueError: if it is none.
    """
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant before or after all time") from error
