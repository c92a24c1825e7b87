"""Who acts in a step, forwards and backwards."""

from __future__ import annotations

from enum import StrEnum


class Actor(StrEnum):
    """Who acts; `unknown` is said of events a later version wrote."""

    APPLICANT = "applicant"
    SERVICE = "service"
    AUTHORITY = "authority"
    UNKNOWN = "unknown"
