"""Write a credit record as JSON for storage, and read it back; its id and subject are kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.acts import act_from_json, act_to_json
from license_service.domain.credit import CreditEntry, CreditRecord, CreditState
from license_service.domain.standing import StandingMark


def record_to_json(record: CreditRecord) -> dict[str, Any]:
    """Return the stored shape; members are only ever added."""
    entry = record.entry
    return {
        "mark": entry.mark.value,
        "matter": entry.matter,
        "since": format_instant(entry.since),
        "until": format_instant(entry.until),
        "basis": entry.basis,
        "cause": entry.cause,
        "state": record.state.value,
        "acts": [act_to_json(act) for act in record.acts],
    }


def record_from_json(identifier: str, subject: str, data: Mapping[str, Any]) -> CreditRecord:
    """Read the stored shape."""
    entry = CreditEntry(
        mark=StandingMark(data["mark"]),
        matter=data["matter"],
        since=parse_instant(data["since"]),
        until=parse_instant(data["until"]),
        basis=data["basis"],
        cause=data["cause"],
    )
    acts = tuple(act_from_json(act) for act in data["acts"])
    return CreditRecord(identifier, subject, entry, CreditState(data["state"]), acts)
