"""Whether somebody may promise or owe.

Clause: 国办发〔2020〕42号: serious bad credit, or an earlier false promise, closes the way until repaired.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StandingMark(StrEnum):
    """What stands against an applicant until it is repaired; rules say which marks close which way."""

    SERIOUS_DISHONESTY = "serious_dishonesty"
    BROKEN_COMMITMENT = "broken_commitment"
    EXPIRED_DEBT = "expired_debt"


@dataclass(frozen=True)
class Standing:
    """Say what is open to the applicant, and why something is not."""

    may_commit: bool
    may_defer: bool
    reason: str = ""
    marks: frozenset[StandingMark] = frozenset()
