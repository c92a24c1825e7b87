"""What the log says of erasures: every entry stays, and what its salted commitments are of is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ERASED = "data.erased"
"""The kind of entry that says so; `dossier` in it names what was erased: a case, a verdict, or the like."""


def erased_by(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an entry says was erased."""
    data = entry.get("data")
    if entry.get("kind") == ERASED and isinstance(data, dict) and isinstance(data.get("dossier"), str):
        yield data["dossier"]
