"""The log's key is replaced under load: no request fails, and what the old key signed still verifies."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from license_service.audit.checkpoint import open_checkpoint
from license_service.audit.errors import AuditError
from license_service.audit.note import NoteVerifier, read_note
from license_service.audit.policy import parse_policy
from license_service.audit.verify import parse_receipt, verify_receipt
from license_service.bootstrap import build
from license_service.cli import main
from license_service.errors import ConfigurationError
from license_service.settings import PREFIX, Settings
from tests.endless import Endless

_THREADS = 3
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings) -> Run:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


class Load(Endless):
    """Send verifications from several threads and integrate in one more, until told to stop."""

    def __init__(self, api: Any, headers: dict[str, str]) -> None:
        super().__init__([*[self._send] * _THREADS, self._integrate])
        self._api, self._headers = api, headers
        self.statuses: list[int] = []

    def wait_for(self, more: int) -> None:
        wanted = len(self.statuses) + more
        while len(self.statuses) < wanted and not self.failures:
            self.rest(0.01)

    def _send(self) -> None:
        client = self._api.client.application.test_client()
        sent = {"file": (io.BytesIO(b"no license"), "f")}
        self.statuses.append(client.post("/v1/verifications", data=sent, headers=self._headers).status_code)

    def _integrate(self) -> None:
        self._api.app.log.integrate()
        self.rest(0.02)


def _first_event(api: Any, headers: dict[str, str]) -> str:
    api.app.log.integrate()
    return str(api.client.get("/v1/events?limit=1", headers=headers).json["events"][0]["id"])


def _proof(api: Any, headers: dict[str, str], event: str) -> tuple[str, bytes]:
    receipt = api.client.get(f"/v1/events/{event}/receipt", headers=headers)
    assert receipt.status_code == 200
    return receipt.text, api.client.get(f"/v1/events/{event}/entry", headers=headers).data


def test_the_drill(api: Any, headers: dict[str, str], run: Run, tmp_path: Path) -> None:
    first = NoteVerifier.parse(api.app.services.proofs.verification_key())
    with Load(api, headers) as load:
        load.wait_for(10)
        event = _first_event(api, headers)
        proofs = [_proof(api, headers, event)]
        assert run("keys", "rotate", "log").exit_code == 0  # another process
        load.wait_for(10)
        api.app.log.integrate()
        proofs.append(_proof(api, headers, event))
        assert run("keys", "retire", "log", first.key_id.hex()).exit_code == 0
        load.wait_for(10)
    api.app.log.integrate()
    proofs.append(_proof(api, headers, event))
    assert (load.failures, set(load.statuses)) == ([], {201})
    kept = tmp_path / "policy"
    kept.write_text(run("log", "policy").output)
    policy = parse_policy(kept.read_text())  # one policy with both keys
    new = NoteVerifier.parse(api.app.services.proofs.verification_key())
    notes = [parse_receipt(receipt).note for receipt, _ in proofs]
    signers = [read_note(note, policy.logs).signers & {first, new} for note in notes]
    assert signers == [{first}, {first, new}, {new}]
    assert [verify_receipt(*proof, policy).origin for proof in proofs] == ["license-service.invalid/log"] * 3
    with pytest.raises(AuditError, match="NOTE_KEY_UNKNOWN"):
        open_checkpoint(notes[2], [first])
    assert api.app.log.check() == len(load.statuses) + 1  # each verdict, and the rotation
    bundle = tmp_path / "bundle"
    assert run("audit", "export", "--from", 0, "--out", bundle).exit_code == 0
    assert run("audit", "verify", bundle, "--policy", kept).exit_code == 0


def test_a_rotation_is_an_event_that_old_and_new_signed(api: Any, run: Run) -> None:
    old = NoteVerifier.parse(api.app.services.proofs.verification_key())
    assert run("keys", "rotate", "log").exit_code == 0
    api.app.log.integrate()
    with api.app.services.proofs._store.begin() as tx:  # noqa: SLF001 - the log's entries
        (logged,) = tx.logged_entries(0, 1)
    entry = json.loads(logged)
    new = NoteVerifier.parse(run("keys", "list", "log").output.splitlines()[1].split(" ")[-1])
    opened = read_note(entry["data"]["statement"], [old, new])
    assert entry["kind"] == "key.rotated"
    assert opened.signers == {old, new}
    tag, said_old, said_new, _, end = opened.text.split("\n")
    assert (tag, end) == ("license-service/key-rotation/v1", "")
    assert (said_old, said_new) == (f"old {old}", f"new {new}")


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_token_without_a_pin_that_nobody_else_reads_stops_the_start(
    settings: Settings, tmp_path: Path, mode: int
) -> None:
    pin = tmp_path / "pin"
    wanting = replace(settings, pkcs11_module="/usr/lib/none.so", pkcs11_pin_file=str(pin))
    with pytest.raises(ConfigurationError, match="pkcs11_pin_file"):
        build(wanting)
    pin.write_text("1234\n")
    pin.chmod(mode)
    with pytest.raises(ConfigurationError, match="others may read it"):
        build(wanting)
    pin.chmod(0o600)
    assert build(wanting).rotations["log"].records()  # the token is opened when a key is asked of it
    with pytest.raises(ConfigurationError, match="PKCS#11"):
        build(wanting).rotations["log"].rotate(in_token=True)
    with pytest.raises(ConfigurationError, match="no PKCS#11 token"):
        build(settings).rotations["log"].rotate(in_token=True)


def test_commands_say_what_became_of_each_key(api: Any, run: Run) -> None:
    old = NoteVerifier.parse(api.app.services.proofs.verification_key()).key_id.hex()
    assert run("keys", "retire", "log", old).exit_code == 1  # the last one goes on
    assert run("keys", "rotate", "log").output.split(" ")[2] == "active"
    assert run("keys", "destroy", "log", old).exit_code == 1  # it still signs
    assert run("keys", "retire", "log", old).output.split(" ")[:3] == ["log", old, "verify-only"]
    assert run("keys", "destroy", "log", old).output.split(" ")[:3] == ["log", old, "destroyed"]
    states = [line.split(" ")[2] for line in run("keys", "list", "log").output.splitlines()]
    assert states == ["destroyed", "active"]
    assert run("keys", "rotate", "webhook").exit_code == 3
