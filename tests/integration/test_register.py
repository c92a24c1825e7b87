"""The register of licenses behind API and command: asked where the policy wants it, or for the document."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.cli import main
from license_service.clock import format_instant
from license_service.demo import people
from license_service.errors import ConfigurationError
from license_service.services.caller import Scope
from license_service.services.verifying.replay import ReplayOutcome
from license_service.settings import Settings
from license_service.verification.policy import VerificationPolicy

_FILE = "health-certificate.pdf"
_LICENSE = people.license_identifier(people.HEALTH_CERTIFICATE, people.HEALTH_CENTER, "999900000000002")
_NEXT = _LICENSE[:-5] + "002.X"
_OTHER = people.license_identifier(people.LEGAL_PERSON_ID, people.PUBLIC_SECURITY, "999900000000003")
_ASKS = f'register_required = [{{ license_types = ["{people.HEALTH_CERTIFICATE}"], issuers = ["*"] }}]'

Keep = Callable[..., Path]
Run = Callable[..., Result]


@pytest.fixture
def keep(tmp_path: Path, samples_dir: Path, now: datetime) -> Keep:
    """Return what writes a register of one license and says where."""
    folder = tmp_path / "register"
    folder.mkdir()
    shutil.copy(samples_dir / "genuine" / _FILE, folder)

    def write(status: str = "valid", identifier: str = _LICENSE, **row: str) -> Path:
        members = {"identifier": identifier, "status": status, "document": _FILE, **row}
        lines = [f"{name} = {json.dumps(value)}" for name, value in members.items()]
        head = f'kind = "file"\nname = "county"\nas_of = "{format_instant(now)}"\n[[licenses]]\n'
        path = folder / "register.toml"
        path.write_text(head + "\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture
def policy_path(tmp_path: Path, policy: VerificationPolicy) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(policy.text.replace("register_required = []", _ASKS))
    return path


class Hall:
    """A service with a register and an archive, and a client of it."""

    def __init__(self, settings: Settings) -> None:
        self.app: App = build(settings)
        token = self.app.services.keys.create("county", "test", tuple(Scope))
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client = create_app(self.app.services).test_client()

    def post(self, **body: Any) -> Any:
        return self._client.post("/v1/verifications", json=body, headers=self._headers)

    def send(self, path: Path) -> Any:
        return self.post(document=base64.b64encode(path.read_bytes()).decode())


@pytest.fixture
def hall(settings: Settings, policy_path: Path, tmp_path: Path, keep: Keep) -> Hall:
    archived = replace(settings, archive_dir=str(tmp_path / "archive"), archive_documents="yes")
    return Hall(replace(archived, policy_file=policy_path, register_file=str(keep())))


def _same(hall: Hall, answer: Any) -> bool:
    return hall.app.replays.one(answer.json["id"]).outcome is ReplayOutcome.SAME


def test_the_register_decides_and_what_it_said_is_kept_for_replay(
    hall: Hall, samples_dir: Path, keep: Keep
) -> None:
    kept = []
    for row, codes in (
        ({}, []),
        ({"status": "suspended"}, ["LICENSE_SUSPENDED"]),
        ({"current": _NEXT}, ["LICENSE_SUPERSEDED"]),
        ({"identifier": _OTHER}, ["STATUS_UNKNOWN"]),
    ):
        keep(**row)
        answer = hall.send(samples_dir / "genuine" / _FILE)
        assert answer.json["codes"] == codes
        kept.append(answer)
    keep().unlink()
    kept.append(hall.send(samples_dir / "genuine" / _FILE))
    assert kept[-1].json["codes"] == ["STATUS_UNKNOWN"]
    assert kept[-1].json["report"]["sub_indication"] == "TRY_LATER"
    assert len({answer.json["report"]["evidence"]["digest"] for answer in kept}) == len(kept)
    assert all(_same(hall, answer) for answer in kept)


def test_no_register_is_asked_for_other_licenses_or_forged_ones(
    hall: Hall, samples_dir: Path, keep: Keep
) -> None:
    keep(status="revoked")
    other = hall.send(samples_dir / "genuine/legal-person-id.jws").json
    assert other["codes"] == []
    forged = hall.send(samples_dir / "altered" / _FILE).json
    assert forged["report"]["evidence"] == other["report"]["evidence"]
    assert "LICENSE_REVOKED" not in forged["codes"]


def test_without_a_register_a_wanted_answer_is_undetermined(
    settings: Settings, policy_path: Path, samples_dir: Path
) -> None:
    hall = Hall(replace(settings, policy_file=policy_path))
    assert hall.send(samples_dir / "genuine" / _FILE).json["codes"] == ["STATUS_UNKNOWN"]
    answer = hall.post(identifier=_LICENSE)
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_an_identifier_alone_is_verified_like_the_document(hall: Hall, samples_dir: Path) -> None:
    sent, named = hall.send(samples_dir / "genuine" / _FILE).json, hall.post(identifier=_LICENSE)
    assert named.status_code == 201
    assert named.json["report"]["indication"] == "TOTAL_PASSED"
    assert named.json["report"]["sha256"] == sent["report"]["sha256"]
    assert named.json["report"]["presentation"]["identifier"] == _LICENSE
    assert _same(hall, named)
    wrong = hall.post(identifier=_LICENSE, holder=people.OTHER_PERSON.id)
    assert wrong.json["codes"][0] == "HOLDER_MISMATCH"


def test_a_register_that_gives_another_license_is_caught(hall: Hall, keep: Keep) -> None:
    keep(identifier=_OTHER)
    answer = hall.post(identifier=_OTHER)
    assert answer.status_code == 201
    assert "LICENSE_IDENTIFIER_MISMATCH" in answer.json["codes"]
    assert answer.json["report"]["indication"] == "TOTAL_FAILED"
    assert _same(hall, answer)


def test_an_identifier_nobody_knows_and_a_register_nobody_reaches_are_problems(
    hall: Hall, keep: Keep
) -> None:
    unknown = hall.post(identifier=_NEXT)
    assert (unknown.status_code, unknown.json["code"]) == (404, "license_not_in_register")
    assert unknown.mimetype == "application/problem+json"
    keep().unlink()
    silent = hall.post(identifier=_LICENSE)
    assert (silent.status_code, silent.json["code"]) == (503, "register_unavailable")
    assert int(silent.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"identifier": None},
        {"identifier": ""},
        {"identifier": "a/b"},
        {"identifier": "1" * 201},
        {"identifier": _LICENSE, "document": ""},
    ],
)
def test_exactly_one_of_document_and_identifier(body: dict[str, Any], hall: Hall) -> None:
    answer = hall.post(**body)
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_a_key_that_came_with_one_identifier_is_not_for_another(hall: Hall) -> None:
    hall._headers["Idempotency-Key"] = "k1"  # noqa: SLF001 - of this file
    first = hall.post(identifier=_LICENSE)
    assert hall.post(identifier=_LICENSE).json == first.json
    assert hall.post(identifier=_OTHER).json["code"] == "idempotency_key_reused"


def test_a_register_that_cannot_be_read_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        build(replace(settings, register_file=str(tmp_path / "nowhere.toml")))


@pytest.fixture
def verify(pki_dir: Path, policy_path: Path) -> Run:
    fixed = ("--trust", pki_dir / "trust", "--evidence", pki_dir / "evidence", "--policy", policy_path)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, list(map(str, ("verify", *fixed, *arguments))))

    return run


def test_the_command_asks_the_register(verify: Run, keep: Keep, samples_dir: Path) -> None:
    file = samples_dir / "genuine" / _FILE
    assert verify(file).exit_code == 2
    assert verify(file, "--register", keep()).exit_code == 0
    assert verify(file, "--register", keep("revoked")).exit_code == 1


def test_the_command_verifies_an_identifier(verify: Run, keep: Keep) -> None:
    named = ("--identifier", _LICENSE, "--register")
    passed = verify("--json", *named, keep())
    report = json.loads(passed.stdout)
    assert (passed.exit_code, report["file"], report["indication"]) == (0, _LICENSE, "TOTAL_PASSED")
    assert report["presentation"]["identifier"] == _LICENSE
    assert verify(*named, keep("annulled")).exit_code == 1
    unknown = verify(*named, keep(identifier=_OTHER))
    assert (unknown.exit_code, unknown.stdout) == (3, "")
    assert "license_not_in_register" in unknown.stderr


@pytest.fixture
def replay(pki_dir: Path, policy_path: Path, tmp_path: Path) -> Run:
    """Return what replays a line of `verify --json`."""
    fixed = ("--trust", pki_dir / "trust", "--evidence", pki_dir / "evidence", "--policy", policy_path)

    def run(line: str, *arguments: object) -> Result:
        path = tmp_path / "line.json"
        path.write_text(line)
        return CliRunner().invoke(main, list(map(str, ("replay", path, *fixed, "--json", *arguments))))

    return run


@pytest.mark.parametrize("status", ["valid", "suspended"])
def test_what_the_register_said_to_the_command_is_kept_for_replay(
    status: str, verify: Run, replay: Run, keep: Keep, samples_dir: Path
) -> None:
    file = samples_dir / "genuine" / _FILE
    register = keep(status)
    line = json.loads(verify("--json", "--register", register, file).stdout)
    register.unlink()
    same = replay(json.dumps(line), "--document", file)
    assert (same.exit_code, json.loads(same.stdout)["outcome"]) == (0, "same")
    assert list(line["fetched"]) == ["register_entries"]
    entries = line["fetched"]["register_entries"]
    withouts: list[dict[str, list[str]]] = [{}, {"register_entries": []}, {"crls": entries}]
    for without in withouts:
        other = replay(json.dumps({**line, "fetched": without}), "--document", file)
        assert (other.exit_code, json.loads(other.stdout)["inputs"]) == (2, ["evidence"])


def test_an_identifier_is_replayed_with_the_document_the_register_gave(
    verify: Run, replay: Run, keep: Keep, samples_dir: Path
) -> None:
    line = verify("--json", "--identifier", _LICENSE, "--register", keep()).stdout
    keep().unlink()
    assert replay(line).exit_code == 0
    other = replay(line, "--document", samples_dir / "altered" / _FILE)
    assert (other.exit_code, json.loads(other.stdout)["inputs"]) == (2, ["document"])
    told = json.loads(line)
    del told["fetched"]["document"]
    assert replay(json.dumps(told)).exit_code == 3


@pytest.mark.parametrize(
    "fetched",
    [[], "x", {"register_entries": "x"}, {"register_entries": ["*"]}, {"register_entries": [1]}, {"more": []},
     {"document": 1}, {"register_entries": None}],
)  # fmt: skip
def test_what_was_fetched_must_be_readable(
    fetched: object, verify: Run, replay: Run, keep: Keep, samples_dir: Path
) -> None:
    file = samples_dir / "genuine" / _FILE
    line = json.loads(verify("--json", "--register", keep(), file).stdout)
    result = replay(json.dumps({**line, "fetched": fetched}), "--document", file)
    assert (result.exit_code, "Traceback" in result.output) == (3, False)


def test_nothing_is_kept_where_nothing_was_fetched(verify: Run, samples_dir: Path) -> None:
    assert "fetched" not in json.loads(verify("--json", samples_dir / "genuine/legal-person-id.jws").stdout)


def test_the_command_takes_files_or_an_identifier(verify: Run, keep: Keep, samples_dir: Path) -> None:
    for arguments in (
        ("--identifier", _LICENSE),
        ("--identifier", _LICENSE, "--register", "nowhere.toml"),
        ("--identifier", _LICENSE, "--register", keep(), samples_dir / "genuine" / _FILE),
        ("--register", keep()),
    ):
        result = verify(*arguments)
        assert result.exit_code == 3
        assert "Traceback" not in result.output
