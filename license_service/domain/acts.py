"""What people did about a case or a credit record, and why: added one after another, never edited.

Reasons are kept where the applicant reads them; events name codes and the officer alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.clock import format_instant, parse_instant


class ActKind(StrEnum):
    """What was done."""

    ENTRY = "entry"
    FINDING = "finding"
    OBJECTION = "objection"
    RULING = "ruling"
    WITHDRAWAL = "withdrawal"
    EXTENSION = "extension"
    DECISION = "decision"
    REPAIR = "repair"


class Ruling(StrEnum):
    """What becomes of an objection."""

    UPHELD = "upheld"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Act:
    """Hold one act; `officer` is empty where the applicant acted, `result` where nothing was to choose."""

    kind: ActKind
    reason: str
    at: datetime
    officer: str = ""
    result: str = ""


def act_to_json(act: Act) -> dict[str, Any]:
    """Return the wire shape of an act."""
    return {**vars(act), "kind": act.kind.value, "at": format_instant(act.at)}


def act_from_json(data: Mapping[str, Any]) -> Act:
    """Read the wire shape."""
    return Act(**{**data, "kind": ActKind(data["kind"]), "at": parse_instant(data["at"])})
