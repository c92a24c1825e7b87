"""The fault matrix of docs/durability.md names tests that exist, and they say the same rows of themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_SMOKE = {f"F{number}" for number in (1, 2, 3, 5, 6, 7, 8, 9, 12, 14, 18, 23, 26, 28, 31, 32)}
"""What `make faults` proves with every change."""
_ROW = re.compile(r"^\| (F\d+) \|(.*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+)`")


def _documented() -> dict[str, set[str]]:
    rows = _ROW.findall((_ROOT / "docs" / "durability.md").read_text())
    found: dict[str, set[str]] = {}
    previous: set[str] = set()
    for number, row in rows:
        proof = row.rpartition("|")[2].strip()
        named = set(_TEST.findall(proof)) | (previous if proof.startswith("the same") else set())
        found[number] = previous = named
    return found


def _tests(folder: Path) -> list[ast.FunctionDef]:
    nodes = [node for path in folder.rglob("test_*.py") for node in ast.walk(ast.parse(path.read_text()))]
    return [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def _marked(test: ast.FunctionDef, name: str) -> set[str]:
    """Return what a test is marked with: the arguments of `pytest.mark.NAME`."""
    calls = [d for d in test.decorator_list if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute)]
    marks = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == name]
    return {str(ast.literal_eval(argument)) for mark in marks for argument in mark.args}


def test_every_named_test_exists() -> None:
    named = {test for tests in _documented().values() for test in tests}
    assert named
    assert named <= {test.name for test in _tests(_ROOT / "tests")}


def test_the_smoke_set_is_documented_and_run() -> None:
    run = {number for test in _tests(_ROOT / "tests" / "faults") for number in _marked(test, "fault")}
    assert _documented().keys() >= _SMOKE
    assert run >= _SMOKE


def test_what_a_row_names_says_the_same_of_itself() -> None:
    marks = {test.name: _marked(test, "fault") for test in _tests(_ROOT / "tests" / "faults")}
    for number, tests in _documented().items():
        assert all(number in marks[test] for test in tests & marks.keys()), number
