"""The commands that need no service: exit statuses and output that scripts and auditors rely on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.audit.note import NoteSigner
from license_service.cli import main

_OFD = "business-license.ofd"
_CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue"
Run = Callable[..., Result]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def verify(pki_dir: Path) -> Run:
    trust = ("--trust", pki_dir / "trust", "--evidence", pki_dir / "evidence")
    return lambda *arguments: _run("verify", *trust, *arguments)


@pytest.mark.parametrize(
    ("copies", "status"),
    [
        (("genuine",), 0),
        (("genuine", "genuine"), 0),
        (("genuine", "altered"), 1),
        (("genuine", "self-made-ca"), 2),
        (("self-made-ca", "altered"), 1),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_verify_exits_by_the_worst_verdict(
    verify: Run, samples_dir: Path, copies: tuple[str, ...], status: int, form: tuple[str, ...]
) -> None:
    result = verify(*(samples_dir / copy / _OFD for copy in copies), *form)
    assert result.exit_code == status
    if form:
        assert len(result.stdout.splitlines()) == len(copies)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--holder", "91999900MADEM0AY10"), 1),
        (("--at", "2020-01-01T00:00:00Z"), 1),
        (("--at", "yesterday"), 3),
        (("--at", "2026-01-01T00:00:00"), 3),
        (("--policy", "nowhere.toml"), 3),
        (("--trust", "nowhere"), 3),
        (("--surprise",), 3),
        (("nowhere.ofd",), 3),
        ((".",), 3),
    ],
)
def test_verify_tells_wrong_usage_from_a_verdict(
    verify: Run, samples_dir: Path, arguments: tuple[str, ...], status: int
) -> None:
    result = verify(samples_dir / "genuine" / _OFD, *arguments)
    assert result.exit_code == status
    assert "Traceback" not in result.output


def test_a_line_of_json_names_the_file_and_holds_the_whole_report(verify: Run, samples_dir: Path) -> None:
    file = samples_dir / "genuine" / _OFD
    report = json.loads(verify("--json", file).stdout)
    assert next(iter(report)) == "file"
    assert report["file"] == str(file)
    assert {
        "sha256", "format", "indication", "sub_indication", "license", "signatures", "validation_time",
        "policy", "trust",
    } <= report.keys()  # fmt: skip
    assert report["license"].keys() >= {
        "identifier", "number", "type_code", "name", "holders", "issuer", "valid_from", "valid_until",
    }  # fmt: skip
    (signature,) = report["signatures"]
    assert signature.keys() >= {
        "index", "kind", "indication", "sub_indication", "signer", "signing_time", "algorithm", "checks",
    }  # fmt: skip
    assert all(check.keys() >= {"name", "outcome", "code", "detail"} for check in signature["checks"])
    assert "营" in verify("--json", file).stdout


def test_what_was_verified_before_an_unreadable_file_is_told(verify: Run, samples_dir: Path) -> None:
    result = verify("--json", samples_dir / "genuine" / _OFD, "nowhere.ofd")
    assert (result.exit_code, len(result.stdout.splitlines())) == (3, 1)
    told, summary = result.stderr.splitlines()
    assert "nowhere.ofd" in told
    assert summary.startswith("2 files: 1 TOTAL_PASSED, 1 without verdict;")


def test_text_names_each_code_that_speaks_against_a_file(verify: Run, samples_dir: Path) -> None:
    result = verify(samples_dir / "altered" / _OFD)
    report = json.loads(verify("--json", samples_dir / "altered" / _OFD).stdout)
    codes = {c["code"] for s in report["signatures"] for c in s["checks"] if c["outcome"] == "failed"}
    assert codes
    assert all(f"  {code}: " in result.stdout for code in codes)


@pytest.fixture
def proof(api: Any, headers: dict[str, str], tmp_path: Path) -> Path:
    """Return a folder with a receipt, its entry, an export and the log's key."""
    answer = api.client.post("/v1/verifications", json={"document": ""}, headers=headers).json
    event = f"/v1/events/{answer['event_id']}"
    api.app.log.integrate()
    folder = tmp_path / "proof"
    folder.mkdir()
    (folder / "receipt").write_bytes(api.client.get(f"{event}/receipt", headers=headers).data)
    (folder / "entry").write_bytes(api.client.get(f"{event}/entry", headers=headers).data)
    (folder / "log").write_text("".join(f"{line}\n" for line in api.app.services.proofs.export()))
    (folder / "key").write_bytes(api.client.get("/v1/log/key").data)
    return folder


def _receipt(folder: Path, *more: object) -> Result:
    return _run("audit", "verify-receipt", folder / "receipt", "--entry", folder / "entry", *more)


def _log(folder: Path, *more: object) -> Result:
    return _run("audit", "verify-log", folder / "log", *more)


@pytest.mark.parametrize("call", [_receipt, _log])
def test_what_holds_is_ok_with_the_key_as_text_or_file(proof: Path, call: Run) -> None:
    assert call(proof, "--key", proof / "key").exit_code == 0
    result = call(proof, "--key", (proof / "key").read_text().strip(), "--json")
    assert (result.exit_code, json.loads(result.stdout)["outcome"]) == (0, "ok")


def _change(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def _another_key() -> str:
    return str(NoteSigner("log.example/another", Ed25519PrivateKey.generate()).verifier)


@pytest.mark.parametrize(
    ("spoil", "code", "status"),
    [
        (
            lambda folder: _change(folder / "entry", b"TOTAL_FAILED", b"TOTAL_PASSED"),
            "INCLUSION_PROOF_INVALID",
            1,
        ),
        (lambda folder: _change(folder / "receipt", b"index 0", b"index 1"), "INCLUSION_PROOF_INVALID", 1),
        (lambda folder: _change(folder / "receipt", b"\n1\n", b"\n2\n"), "NOTE_SIGNATURE_INVALID", 1),
        (lambda folder: (folder / "receipt").write_bytes(b""), "RECEIPT_MALFORMED", 1),
        (lambda folder: (folder / "receipt").write_bytes(b"\xff"), "FILE_UNREADABLE", 3),
        (lambda folder: (folder / "receipt").unlink(), "FILE_UNREADABLE", 3),
        (lambda folder: (folder / "entry").unlink(), "FILE_UNREADABLE", 3),
        (lambda folder: (folder / "key").unlink(), "KEY_MALFORMED", 3),
        (lambda folder: (folder / "key").write_text("nonsense"), "KEY_MALFORMED", 3),
        (lambda folder: (folder / "key").write_text(_another_key()), "NOTE_KEY_UNKNOWN", 1),
    ],
)
def test_a_receipt_that_does_not_hold_is_refused(
    proof: Path, spoil: Callable[[Path], object], code: str, status: int
) -> None:
    spoil(proof)
    result = _receipt(proof, "--key", proof / "key", "--json")
    assert (json.loads(result.stdout)["code"], result.exit_code) == (code, status)


def _without_last_line(folder: Path) -> None:
    lines = (folder / "log").read_text().splitlines(keepends=True)
    (folder / "log").write_text("".join(lines[:-1]))


def _without_entries(folder: Path) -> None:
    lines = (folder / "log").read_text().splitlines(keepends=True)
    (folder / "log").write_text(lines[0] + lines[-1])


@pytest.mark.parametrize(
    ("spoil", "code", "status"),
    [
        (_without_last_line, "EXPORT_INCOMPLETE", 2),
        (_without_entries, "EXPORT_INCOMPLETE", 2),
        (lambda folder: _change(folder / "log", b'"index": 0', b'"index": 1'), "INDEX_GAP", 1),
        (lambda folder: _change(folder / "log", b"\\n1\\n", b"\\n2\\n"), "NOTE_SIGNATURE_INVALID", 1),
        (lambda folder: (folder / "log").write_bytes(b""), "EXPORT_MALFORMED", 1),
        (lambda folder: (folder / "log").write_bytes(b"\xff"), "FILE_UNREADABLE", 3),
        (lambda folder: (folder / "log").unlink(), "FILE_UNREADABLE", 3),
        (lambda folder: (folder / "key").write_text("a+b"), "KEY_MALFORMED", 3),
    ],
)
def test_a_log_that_does_not_hold_is_refused(
    proof: Path, spoil: Callable[[Path], object], code: str, status: int
) -> None:
    spoil(proof)
    result = _log(proof, "--key", proof / "key", "--json")
    assert (json.loads(result.stdout)["code"], result.exit_code) == (code, status)


@pytest.mark.parametrize("call", [_receipt, _log])
@pytest.mark.parametrize("more", [(), ("--key",), ("--surprise",)])
def test_wrong_usage_of_audit_is_not_a_verdict(proof: Path, call: Run, more: tuple[str, ...]) -> None:
    assert call(proof, *more).exit_code == 3


def test_proofs_are_read_the_same_in_any_locale(proof: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "license_service.cli", "audit", "verify-receipt", str(proof / "receipt")]
    command += ["--entry", str(proof / "entry"), "--key", str(proof / "key")]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def test_matters_check_lists_a_sound_catalogue_and_names_what_is_wrong(tmp_path: Path) -> None:
    sound = _run("matters", "check", _CATALOGUE)
    assert sound.exit_code == 0
    assert any(line.startswith("food-business-license-new 2026-1: ") for line in sound.stdout.splitlines())
    assert sound.stdout.splitlines()[-1].startswith("sha256:")
    shutil.copytree(_CATALOGUE, tmp_path, dirs_exist_ok=True)
    matter = tmp_path / "matters" / "food-business-license-new.yaml"
    lines = matter.read_text(encoding="utf-8").splitlines()
    at = lines.index("    primary: true")
    matter.write_text("\n".join([*lines[:at], "    primary: perhaps", *lines[at + 1 :]]), encoding="utf-8")
    wrong = _run("matters", "check", tmp_path)
    assert wrong.exit_code == 1
    assert f"matters/food-business-license-new.yaml:{at + 1}: " in wrong.stderr
    assert _run("matters", "check", tmp_path / "nowhere").exit_code == 1
