"""Limits of shape that no linter knows: the repository stays readable."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("license_service", "workers")


def _files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (_ROOT / folder).rglob("*.py")]


def _lengths() -> Iterator[tuple[str, int]]:
    for path in _files(*_PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                end = node.end_lineno or node.lineno
                yield f"{path.name}:{node.name}", end - node.lineno + 1


def test_files_hold_at_most_400_lines() -> None:
    long = [
        path for path in _files(*_PACKAGES, "tests", "benchmarks") if len(path.read_text().splitlines()) > 400
    ]
    assert long == []


def test_functions_are_short() -> None:
    lengths = dict(_lengths())
    assert {name: length for name, length in lengths.items() if length > 50} == {}
    assert statistics.median(lengths.values()) <= 8


def test_the_end_to_end_run_knows_the_service_by_its_client_alone() -> None:
    files = [_ROOT / "tests" / "e2e" / name for name in ("test_matters.py", "journeys.py", "acts.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    ours = {name for name in imported if name.split(".")[0] in (*_PACKAGES, "tests")}
    assert ours == {
        *("license_service.client", "license_service.client.shapes"),
        *("tests.e2e.acts", "tests.e2e.journeys"),
    }


def test_no_file_is_called_after_nothing() -> None:
    names = {path.stem for path in _files(*_PACKAGES)}
    assert names & {"utils", "util", "helpers", "helper", "manager", "misc", "common"} == set()


def test_no_private_key_is_in_the_repository() -> None:
    kept = [path for path in (_ROOT / "keys").rglob("*") if path.is_file() and "private" not in path.parts]
    assert [path for path in kept if b"PRIVATE KEY" in path.read_bytes()] == []
