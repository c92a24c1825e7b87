"""Write a key of a ring in one line, for every command that replaces keys."""

from __future__ import annotations

from license_service.clock import format_instant
from license_service.services.proving.key_records import KeyRecord


def key_line(record: KeyRecord, use: str) -> str:
    """Return use, id, state, from when to when it signs, and what verifies it."""
    until = format_instant(record.not_after) if record.not_after else "-"
    return f"{use} {record.id} {record.state} {format_instant(record.not_before)} {until} {record.verifier}"
