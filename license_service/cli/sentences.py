"""The sentences of a report as lines of a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from license_service.services.verifying.explanation import explain


def told(report: Mapping[str, Any]) -> list[str]:
    """Return what is wrong, in which parts, and what to ask for."""
    return [line for explanation in explain(report) for line in _lines(explanation.to_json())]


def _lines(told: Mapping[str, Any]) -> list[str]:
    parts = [f"    {'; '.join(told['parts'])}"] if told["parts"] else []
    return [
        f"  {told['code']}: {told['zh']} {told['en']}",
        *parts,
        f"    → {told['ask_zh']} {told['ask_en']}",
    ]
