"""A folder of files judged with one process and with two: same answers, same order, honest exit status."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from license_service.cli import main

_COPIES = 3


@pytest.fixture
def folder(tmp_path: Path, samples_dir: Path) -> Path:
    for number in range(_COPIES):
        shutil.copytree(samples_dir, tmp_path / "many" / str(number))
        (tmp_path / "many" / str(number) / "expected.json").unlink()
    return tmp_path / "many"


def _verify(pki_dir: Path, *arguments: str) -> Result:
    options = ["--trust", str(pki_dir / "trust"), "--evidence", str(pki_dir / "evidence")]
    return CliRunner().invoke(main, ["verify", *options, *arguments])


def test_two_processes_say_what_one_says(folder: Path, pki_dir: Path) -> None:
    at = ("--at", "2027-01-01T00:00:00Z")
    one, two = (_verify(pki_dir, "--json", "--jobs", jobs, *at, str(folder)) for jobs in ("1", "2"))
    assert one.stdout == two.stdout
    assert one.exit_code == two.exit_code == 1
    files = [json.loads(line)["file"] for line in one.stdout.splitlines()]
    assert files == sorted(files)
    assert len(files) == 25 * _COPIES


def test_summary_counts_every_file(folder: Path, pki_dir: Path) -> None:
    result = _verify(pki_dir, str(folder / "0"))
    assert result.stderr.startswith("25 files: 8 TOTAL_PASSED, 13 TOTAL_FAILED, 4 INDETERMINATE;")


def test_csv_has_a_row_for_each_file_and_runs_nothing(tmp_path: Path, pki_dir: Path) -> None:
    (tmp_path / "x.ofd").write_bytes(b"x")
    (tmp_path / "y.ofd").write_bytes(b"y")
    result = _verify(pki_dir, "--csv", str(tmp_path))
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["codes"] for row in rows] == ["FORMAT_UNKNOWN", "FORMAT_UNKNOWN"]


def test_a_name_that_is_a_formula_becomes_text(
    tmp_path: Path, pki_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=cmd.ofd").write_bytes(b"x")
    policy = Path(__file__).resolve().parents[2] / "policy" / "verification.toml"
    result = _verify(pki_dir, "--policy", str(policy), "--csv", "=cmd.ofd")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert row["file"] == "'=cmd.ofd"


def test_an_unreadable_file_hides_no_other(folder: Path, pki_dir: Path) -> None:
    genuine = folder / "0" / "genuine" / "fire-safety.cms"
    result = _verify(pki_dir, "--json", str(folder / "none"), str(genuine))
    assert result.exit_code == 3
    assert "cannot read" in result.stderr
    assert [json.loads(line)["indication"] for line in result.stdout.splitlines()] == ["TOTAL_PASSED"]


def test_an_empty_folder_is_a_usage_error(tmp_path: Path, pki_dir: Path) -> None:
    assert _verify(pki_dir, str(tmp_path)).exit_code == 3
