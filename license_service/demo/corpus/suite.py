"""The language the corpus is written in, and the shape it is published in.

A row says in one line what is wrong, how it is made, and which code must refuse it. A row that is wrong
has a twin in its group that differs in that one thing and is right, so that no verifier does well by
refusing everything. The published shape is Wycheproof's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

Kit = TypeVar("Kit")
Input = Mapping[str, str]


class Result(StrEnum):
    """What a verifier must answer, in the words of Wycheproof; `acceptable` is INDETERMINATE here."""

    VALID = "valid"
    INVALID = "invalid"
    ACCEPTABLE = "acceptable"


_INDICATIONS = {
    Result.VALID: "TOTAL_PASSED",
    Result.INVALID: "TOTAL_FAILED",
    Result.ACCEPTABLE: "INDETERMINATE",
}


@dataclass(frozen=True)
class Row(Generic[Kit]):
    """Say one case: `make` builds its input from the group's kit.

    `codes` are alternatives, of which one must be reported; without any the result alone is stated.
    `twin` names the benign row; empty means the first one of the group.
    """

    name: str
    flag: str
    make: Callable[[Kit], Input]
    codes: tuple[str, ...] = ()
    result: Result = Result.INVALID
    twin: str = ""

    @property
    def indication(self) -> str | None:
        """Return the indication stated; None where only the result is."""
        stated = bool(self.codes) or self.result is not Result.INVALID
        return _INDICATIONS[self.result] if stated else None


@dataclass(frozen=True)
class Group(Generic[Kit]):
    """Hold rows with the inputs they share, already in their published shape."""

    type: str
    shared: Mapping[str, Any]
    kit: Kit
    rows: tuple[Row[Kit], ...]


@dataclass(frozen=True)
class Suite:
    """Hold one file of the corpus; `notes` describe the flags."""

    file: str
    algorithm: str
    notes: Mapping[str, str]
    groups: tuple[Group[Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Build every case and return the published shape."""
        groups: list[dict[str, Any]] = []
        count = 0
        for group in self.groups:
            tests = _tests(group, count + 1)
            groups.append({"type": group.type, **group.shared, "tests": tests})
            count += len(tests)
        return {
            "algorithm": self.algorithm,
            "schema": f"{self.file.removesuffix('.json')}_schema_v1",
            "numberOfTests": count,
            "notes": dict(self.notes),
            "testGroups": groups,
        }


def good(name: str, make: Callable[[Kit], Input], flag: str = "Genuine") -> Row[Kit]:
    """Say a benign row."""
    return Row(name, flag, make, result=Result.VALID)


def write_suites(suites: Iterable[Suite], out: Path) -> dict[str, int]:
    """Write each suite below `out`; return how many cases each holds."""
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for suite in suites:
        body = suite.to_json()
        (out / suite.file).write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n")
        counts[suite.file] = body["numberOfTests"]
    return counts


def _tests(group: Group[Any], first: int) -> list[dict[str, Any]]:
    numbers = {row.name: first + i for i, row in enumerate(group.rows)}
    if len(numbers) != len(group.rows):
        raise ValueError(f"{group.type}: two rows have one name")
    benign = next(row.name for row in group.rows if row.result is Result.VALID)
    return [_test(group.kit, row, numbers, row.twin or benign) for row in group.rows]


def _test(kit: object, row: Row[Any], numbers: Mapping[str, int], twin: str) -> dict[str, Any]:
    test = {"tcId": numbers[row.name], "comment": row.name, "flags": [row.flag], **row.make(kit)}
    test |= {"result": row.result, "indication": row.indication, "codes": list(row.codes)}
    return test if row.result is Result.VALID else {**test, "twin": numbers[twin]}
