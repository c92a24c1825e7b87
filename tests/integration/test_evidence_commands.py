"""Evidence as auditors get it: written by the service, verified by commands and by the single file alone."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cryptography
import pytest
from click.testing import CliRunner, Result

from license_service.cli import main
from license_service.settings import PREFIX, Settings

_ENTRY = Path(cryptography.__file__).parents[1]


@pytest.fixture
def run(settings: Settings) -> Callable[..., Result]:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], env=environment)

    return call


@pytest.fixture
def bundle(api: Any, headers: dict[str, str], tmp_path: Path, run: Callable[..., Result]) -> Path:
    for number in range(5):
        sent = {"file": (io.BytesIO(b"no license %d" % number), "f")}
        assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201
        api.app.log.integrate()
    path = tmp_path / "evidence.tar"
    done = run("audit", "export", "--from", 1, "--out", path)
    assert (done.exit_code, done.output) == (0, "4 entries under checkpoint 5\n")
    return path


@pytest.fixture
def policy(run: Callable[..., Result], tmp_path: Path) -> Path:
    path = tmp_path / "policy"
    path.write_text(run("log", "policy").output)
    return path


def _json(done: Result) -> dict[str, Any]:
    return dict(json.loads(done.output))


def test_a_bundle_of_the_service_verifies_with_the_policy_it_prints(
    bundle: Path, policy: Path, run: Callable[..., Result]
) -> None:
    lines = policy.read_text().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["log", "log", "quorum"]  # Ed25519 and SM2
    done = run("audit", "verify", bundle, "--policy", policy, "--json")
    found = _json(done)
    assert (done.exit_code, found["outcome"], found["from"], found["to"], found["size"]) == (0, "ok", 1, 5, 5)
    assert len(found["policies"]) == 1


def test_the_sm2_line_alone_is_enough_where_sm2_can_be_verified(
    bundle: Path, policy: Path, run: Callable[..., Result]
) -> None:
    _, sm2, quorum = policy.read_text().splitlines()
    policy.write_text(f"{sm2}\n{quorum}\n")
    assert run("audit", "verify", bundle, "--policy", policy).exit_code == 0


def test_a_spoilt_bundle_ends_with_its_status(bundle: Path, policy: Path, run: Callable[..., Result]) -> None:
    good = bundle.read_bytes()
    spoilt = {
        good.replace(b"kind", b"Kind", 1): ("ENTRY_MALFORMED", 1),
        good.replace(b'"kind":"v', b'"kind":"V', 1): ("ROOT_MISMATCH", 1),
        good[:-600]: ("BUNDLE_INCOMPLETE", 2),
        b"PK\x03\x04" + bytes(600): ("BUNDLE_MALFORMED", 1),
    }
    assert good not in spoilt
    for data, expected in spoilt.items():
        bundle.write_bytes(data)
        done = run("audit", "verify", bundle, "--policy", policy, "--json")
        assert (_json(done)["code"], done.exit_code) == expected


def test_usage_has_a_status_of_its_own(bundle: Path, policy: Path, run: Callable[..., Result]) -> None:
    assert run("audit", "verify", bundle, "--policy", bundle).exit_code == 3
    assert run("audit", "verify", bundle.with_name("none"), "--policy", policy).exit_code == 3
    assert run("audit", "verify", bundle).exit_code == 3
    assert run("audit", "verify", bundle, "--policy", policy, "--unknown").exit_code == 3
    policy.write_text("quorum none\n")
    assert run("audit", "verify", bundle, "--policy", policy).exit_code == 1  # nobody may speak for the log


@pytest.mark.parametrize("arguments", [[], ["--case", "c", "--from", 0], ["--case", "c", "--to", 1]])
def test_an_export_is_of_a_case_or_of_a_range(
    tmp_path: Path, run: Callable[..., Result], arguments: Sequence[object]
) -> None:
    assert run("audit", "export", *arguments, "--out", tmp_path / "x").exit_code == 3


def test_what_is_not_there_is_not_exported(bundle: Path, run: Callable[..., Result]) -> None:
    out = bundle.with_name("x")
    for arguments in (["--case", "none"], ["--from", 5], ["--from", 3, "--to", 3], ["--from", 0, "--to", 9]):
        assert run("audit", "export", *arguments, "--out", out).exit_code == 1
        assert not out.exists()


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dist") / "license-audit-verify.py"
    assert CliRunner().invoke(main, ["audit", "build-verifier", str(path)]).exit_code == 0
    return path


def test_the_single_file_is_the_same_bytes_each_time(verifier: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.py"
    CliRunner().invoke(main, ["audit", "build-verifier", str(again)])
    assert again.read_bytes() == verifier.read_bytes()


@pytest.fixture
def alone(verifier: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run the single file in an empty folder, with `cryptography` and what that needs on the path alone."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    site.mkdir()
    for name in ("cryptography", "cffi", "_cffi_backend"):
        for found in _ENTRY.glob(f"{name}*"):
            (site / found.name).symlink_to(found)
    run = f"runpy.run_path({str(verifier)!r}, run_name='__main__')"
    code = f"import runpy, sys; sys.path.append({str(site)!r}); {run}"

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-I", "-S", "-c", code, *map(str, arguments)]
        return subprocess.run(line, cwd=empty, capture_output=True, text=True, check=False)

    yield call
    assert list(empty.iterdir()) == []


def test_the_single_file_needs_cryptography_alone_and_writes_nothing(
    bundle: Path, policy: Path, alone: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = alone(bundle, "--policy", policy, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["entries"] == 4
    bundle.write_bytes(bundle.read_bytes().replace(b'"kind":"v', b'"kind":"V', 1))
    done = alone(bundle, "--policy", policy, "--json")
    assert (done.returncode, json.loads(done.stdout)["code"]) == (1, "ROOT_MISMATCH")


def test_the_single_file_says_how_it_is_used(
    bundle: Path, alone: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert alone().returncode == 3
    assert alone(bundle).returncode == 3
    assert alone(bundle, "--policy", bundle).returncode == 3
    assert alone("--help").returncode == 0


def test_the_single_file_runs_as_python_runs_a_file(bundle: Path, policy: Path, verifier: Path) -> None:
    line = [sys.executable, "-I", str(verifier), str(bundle), "--policy", str(policy)]
    assert subprocess.run(line, cwd=bundle.parent, capture_output=True, check=False).returncode == 0
