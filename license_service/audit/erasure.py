"""What the log says of erasures: every entry stays, and what its salted commitments are of is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ERASED = "data.erased"
"""The kind of entry that says so; `dossier` in it names what was erased: a case, a verdict, or the like."""


def erasures(entries: Iterable[Mapping[str, Any]], begin: int = 0) -> dict[str, int]:
    """Return what entries say was erased, and the index of the one that says so, counted from `begin`."""
    said = [
        (index, entry.get("data"))
        for index, entry in enumerate(entries, begin)
        if entry.get("kind") == ERASED
    ]
    return {
        data["dossier"]: index
        for index, data in said
        if isinstance(data, dict) and isinstance(data.get("dossier"), str)
    }
