"""`audit replay --all`: every kept verdict again, and what would come out under other inputs."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from license_service.bootstrap.erasing import index_of
from license_service.cli import main
from license_service.cli.cores import CHUNK, spread
from license_service.services.caller import Scope
from license_service.settings import PREFIX, Settings

_OFD, _ALTERED = "genuine/business-license.ofd", "altered/business-license.ofd"
_COUNT = 2 * CHUNK + 1
Run = Callable[..., tuple[int, list[dict[str, Any]], dict[str, Any]]]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "no-evidence").mkdir()
    return replace(
        settings,
        archive_dir=str(tmp_path / "archive"),
        archive_documents="yes",
        evidence_dir=tmp_path / "no-evidence",
        rate_per_second=0.0,
    )


@pytest.fixture
def kept(api: Any, headers: dict[str, str], samples_dir: Path) -> list[str]:
    """Keep one genuine license of which revocation is not known, and many that were altered."""

    def verify(name: str) -> str:
        body = {"document": base64.b64encode((samples_dir / name).read_bytes()).decode()}
        return str(api.client.post("/v1/verifications", json=body, headers=headers).json["id"])

    return [verify(_OFD), *(verify(_ALTERED) for _ in range(_COUNT - 1))]


@pytest.fixture
def run(kept: list[str], settings: Settings) -> Run:
    assert len(kept) == _COUNT
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}

    def call(*options: object) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
        line = ["audit", "replay", "--all", "--json", *map(str, options)]
        done = CliRunner().invoke(main, line, env=environment)
        *told, summary = [json.loads(row) for row in done.stdout.splitlines()]
        return done.exit_code, told, summary["summary"]

    return call


def test_everything_kept_is_computed_again_on_every_core(run: Run) -> None:
    status, told, summary = run("--jobs", 2)
    assert (status, told, summary["verdicts"], summary["same"]) == (0, [], _COUNT, _COUNT)
    assert run("--jobs", 1)[2]["same"] == _COUNT


def test_a_missing_input_is_told_and_a_difference_outweighs_it(
    run: Run, kept: list[str], settings: Settings, api: Any, samples_dir: Path
) -> None:
    document = (samples_dir / _OFD).read_bytes()
    name = index_of(settings).of_document(hashlib.sha256(document).hexdigest())
    (its,) = Path(settings.archive_dir).rglob(name)
    assert document not in its.read_bytes()
    its.unlink()
    status, told, summary = run()
    assert (status, summary["inputs_differ"]) == (2, 1)
    missing = {"outcome": "inputs_differ", "inputs": ["document"], "changes": []}
    assert told == [{"verification": kept[0], **missing}]
    with api.app.services.proofs._store.begin() as tx:  # noqa: SLF001 - where a verdict is forged
        answer = tx.any_verification(kept[1])
        answer["id"] = "f" * 32
        answer["report"]["indication"] = "TOTAL_PASSED"
        tx.add_verification("county", "f" * 32, answer)
    status, told, summary = run()
    assert (status, summary["differs"], summary["inputs_differ"]) == (1, 1, 1)
    assert summary["changed"] == {"TOTAL_PASSED → TOTAL_FAILED": 1}
    assert {row["verification"] for row in told} == {kept[0], "f" * 32}


def test_newer_revocation_data_says_what_would_differ_and_changes_nothing(
    run: Run, kept: list[str], pki_dir: Path
) -> None:
    status, told, summary = run("--evidence", pki_dir / "evidence")
    assert (status, summary["differs"]) == (1, _COUNT)  # the certificate of what was altered is known too
    assert summary["changed"] == {"INDETERMINATE → TOTAL_PASSED": 1}
    (passed,) = [row for row in told if row["changes"][0]["path"] == "indication"]
    assert passed["verification"] == kept[0]
    assert {change["path"].split("/")[0] for change in passed["changes"]}.isdisjoint({"policy", "evidence"})
    assert run()[0] == 0


def test_a_newer_policy_says_what_would_differ(
    run: Run, policy_file: Path, tmp_path: Path, kept: list[str]
) -> None:
    same, stricter = tmp_path / "same.toml", tmp_path / "stricter.toml"
    text = policy_file.read_text()
    same.write_text(text + "\n# another digest\n")
    assert run("--policy", same)[0] == 0
    stricter.write_text(text.replace('digests = ["SM3", ', "digests = ["))
    assert stricter.read_text() != text
    status, told, summary = run("--policy", stricter)
    assert (status, summary["differs"]) == (1, _COUNT)
    genuine = next(row for row in told if row["verification"] == kept[0])
    assert "ALGORITHM_REFUSED" in json.dumps(genuine["changes"])


def test_another_moment_says_what_would_differ(run: Run, pki_dir: Path) -> None:
    status, _, summary = run("--evidence", pki_dir / "evidence", "--at", "2090-01-01T00:00:00Z")
    assert (status, "INDETERMINATE → TOTAL_PASSED" in summary["changed"]) == (1, False)


def test_what_is_shown_of_verdicts_is_in_the_auditors_feed(run: Run, api: Any) -> None:
    def readings() -> list[dict[str, Any]]:
        auditor = api.key(Scope.AUDIT_READ, tenant="audit-office")
        found = api.client.get("/v1/audit/readings", headers=auditor).json["readings"]
        return [row["entry"]["data"] for row in found]

    assert run()[1] == readings() == []
    _, told, _ = run("--at", "2020-01-01T00:00:00Z", "--reason", "order-7")
    data = readings()
    assert {row["verification"] for row in told} == {row["verification"] for row in data} != set()
    assert {(row["command"], row["reason"]) for row in data} == {("audit replay", "order-7")}


def test_wrong_usage_is_no_outcome(settings: Settings, tmp_path: Path) -> None:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    for options in ([], ["--all", "--policy", str(tmp_path / "none")], ["--all", "--at", "today"]):
        assert CliRunner().invoke(main, ["audit", "replay", *options], env=environment).exit_code == 3
    shutil.rmtree(tmp_path / "no-evidence")


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 10 * CHUNK + 3])
def test_results_come_in_the_order_of_items(count: int) -> None:
    assert list(spread(abs, iter(range(-count, 0)), 2)) == list(range(count, 0, -1))
