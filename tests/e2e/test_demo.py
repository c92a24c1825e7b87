"""The demonstration and the command line, as a new user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_CLI = [sys.executable, "-m", "license_service.cli"]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_CLI, *arguments], capture_output=True, text=True, check=False)


def test_the_demonstration_runs_from_keys_to_proofs(tmp_path: Path) -> None:
    done = _run("demo", "run", "--dir", str(tmp_path / "demo"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "outcome=ok" in done.stdout
    private = tmp_path / "demo" / "keys" / "private"
    assert all(path.stat().st_mode & 0o077 == 0 for path in private.glob("*.key"))


@pytest.mark.parametrize(
    ("copies", "status"),
    [
        (["genuine"], 0),
        (["genuine", "altered"], 1),
        (["genuine", "self-made-ca"], 2),
        (["altered", "self-made-ca"], 1),
        (["nowhere"], 3),
        ([], 3),
    ],
)
def test_verify_exits_by_the_worst_verdict(
    pki_dir: Path, samples_dir: Path, copies: list[str], status: int
) -> None:
    files = [str(samples_dir / name / "business-license.ofd") for name in copies]
    trust = ["--trust", str(pki_dir / "trust"), "--evidence", str(pki_dir / "evidence")]
    assert _run("verify", *files, *trust, "--json").returncode == status


def test_without_anchors_a_sound_file_has_no_chain_but_passed_its_integrity_checks(samples_dir: Path) -> None:
    done = _run("verify", str(samples_dir / "genuine" / "business-license.ofd"), "--json")
    report = json.loads(done.stdout)
    assert (report["indication"], report["sub_indication"]) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    outcomes = {check["name"]: check["outcome"] for check in report["signatures"][0]["checks"]}
    integrity = ("format", "signature_value", "references", "data_hash", "coverage")
    assert {outcomes[name] for name in integrity} == {"passed"}


def test_the_service_does_not_start_with_a_key_others_may_read(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o755)
    environment = {**os.environ, "LICENSE_SERVICE_PRIVATE_DIR": str(private)}
    done = subprocess.run([*_CLI, "log", "key"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "configuration_invalid" in done.stderr
