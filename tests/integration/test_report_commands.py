"""`license-service report` and `replay`: what they print, and the exit codes that scripts rely on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from license_service.api.app import create_app
from license_service.bootstrap import build
from license_service.cli import main
from license_service.services.caller import Scope
from license_service.settings import PREFIX, Settings
from license_service.verification.report import VerificationReport

_OFD, _ALTERED = "genuine/business-license.ofd", "altered/business-license.ofd"

Judge = Callable[..., VerificationReport]
Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def inputs(policy_file: Path, pki_dir: Path) -> tuple[object, ...]:
    return ("--policy", policy_file, "--trust", pki_dir / "trust", "--evidence", pki_dir / "evidence")


@pytest.fixture
def genuine(judge: Judge, samples_dir: Path, tmp_path: Path) -> Path:
    path = tmp_path / "genuine.json"
    path.write_text(json.dumps(judge((samples_dir / _OFD).read_bytes()).to_json()))
    return path


@pytest.fixture
def altered(judge: Judge, samples_dir: Path, tmp_path: Path) -> Path:
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(judge((samples_dir / _ALTERED).read_bytes()).to_json()))
    return path


def test_a_line_of_verify_explains_and_is_a_report_to_the_other_commands(
    run: Run, inputs: tuple[object, ...], samples_dir: Path, tmp_path: Path
) -> None:
    line = run("verify", samples_dir / _ALTERED, *inputs, "--json")
    assert line.exit_code == 1
    assert [told["code"] for told in json.loads(line.output)["messages"]] == ["REFERENCE_MISMATCH"]
    (tmp_path / "line.json").write_text(line.output)
    assert "REFERENCE_MISMATCH" in run("report", tmp_path / "line.json").output
    assert run("replay", tmp_path / "line.json", "--document", samples_dir / _ALTERED, *inputs).exit_code == 0


def test_a_report_is_printed_with_the_seal_of_its_document(
    run: Run, genuine: Path, samples_dir: Path, tmp_path: Path
) -> None:
    page, paper = tmp_path / "page.html", tmp_path / "paper.pdf"
    written = ("--html", page, "--pdf", paper)
    assert run("report", genuine, "--document", samples_dir / _OFD, *written).exit_code == 0
    assert "data:image/png" in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF-")
    assert run("report", genuine, *written).exit_code == 0
    assert "data:image/png" not in page.read_text()
    assert run("report", genuine, "--document", samples_dir / _ALTERED, *written).exit_code == 3


def test_diff_says_what_changed(run: Run, genuine: Path, altered: Path) -> None:
    assert (
        run("report", "diff", genuine, genuine).exit_code,
        run("report", "diff", genuine, genuine).output,
    ) == (0, "")
    different = run("report", "diff", genuine, altered, "--json")
    assert different.exit_code == 1
    first = json.loads(different.output)["changes"][0]
    assert first == {"path": "indication", "before": "TOTAL_PASSED", "after": "TOTAL_FAILED"}
    assert run("report", "diff", genuine, altered).output.startswith("indication: ")


def test_replay_of_a_file(
    run: Run, genuine: Path, inputs: tuple[object, ...], samples_dir: Path, tmp_path: Path
) -> None:
    document = ("--document", samples_dir / _OFD)
    same = run("replay", genuine, *document, *inputs, "--json")
    assert (same.exit_code, json.loads(same.output)["outcome"]) == (0, "same")
    other = run("replay", genuine, "--document", samples_dir / _ALTERED, *inputs[:2], "--json")
    assert (other.exit_code, json.loads(other.output)["inputs"]) == (2, ["document", "trust", "evidence"])
    report = json.loads(genuine.read_text())
    report["signatures"][0]["checks"][0]["outcome"] = "failed"
    (tmp_path / "changed.json").write_text(json.dumps(report))
    changed = run("replay", tmp_path / "changed.json", *document, *inputs)
    assert (changed.exit_code, "signatures/0/checks/format/outcome" in changed.output) == (1, True)


def test_replay_of_what_is_kept(
    run: Run, settings: Settings, samples_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archiving = replace(settings, archive_dir=str(tmp_path / "archive"))
    for name, value in vars(archiving).items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(value))
    kept = _keep(archiving, samples_dir / _OFD)
    document = ("--document", samples_dir / _OFD)
    assert run("replay", "--id", kept, *document).exit_code == 0
    assert run("replay", "--id", kept).exit_code == 2
    everything = run("replay", "--all", "--json")
    assert (everything.exit_code, json.loads(everything.output)["inputs"]) == (2, ["document"])
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DOCUMENTS", "yes")
    second = _keep(replace(archiving, archive_documents="yes"), samples_dir / _OFD)
    assert run("replay", "--id", second).exit_code == 0
    assert run("replay", "--all").exit_code == 0  # the same document was verified before
    assert run("replay", "--id", "0" * 32).exit_code == 3


def _keep(settings: Settings, path: Path) -> str:
    app = build(settings)
    token = app.services.keys.create("county", "test", (Scope.VERIFY,))
    body = {"document": base64.b64encode(path.read_bytes()).decode()}
    answer: Any = (
        create_app(app.services)
        .test_client()
        .post("/v1/verifications", json=body, headers={"Authorization": f"Bearer {token}"})
    )
    return str(answer.json["id"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "missing.json"),
        ("report", __file__),
        ("report", "diff", __file__, __file__),
        ("replay",),
        ("replay", "--all", "--id", "0"),
        ("replay", "missing.json"),
        ("replay", "missing.json", "--document", __file__),
    ],
)
def test_usage(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 3
    assert result.exception is None or isinstance(result.exception, SystemExit)
