"""`/v1/audit`: what an auditor follows, and that each of it is in the log too."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc import jws
from joserfc.jwk import ECKey, KeySet

from license_service.adapters.catalogue_releases import write_release
from license_service.api.app import create_app
from license_service.audit.note import NoteVerifier, read_note
from license_service.bootstrap import App, build
from license_service.cli import main
from license_service.clock import SystemClock
from license_service.services.caller import Scope
from license_service.services.proving.releases import InForce, ReleaseService
from license_service.services.proving.stamps import StoredStamp
from license_service.settings import PREFIX, Settings
from license_service.verification.crypto.sm2 import provider

_NAMES = ["policy", "trust", "catalogue", "calendar"]
Run = Callable[..., Result]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, archive_dir=str(tmp_path / "archive"))


@pytest.fixture
def run(settings: Settings) -> Run:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


@pytest.fixture
def get(api: Any) -> Callable[[str], Any]:
    auditor = api.key(Scope.AUDIT_READ, tenant="audit-office")
    return lambda path: api.client.get(f"/v1/audit/{path}", headers=auditor).json


@pytest.fixture
def grow(api: Any, headers: dict[str, str]) -> Callable[[], None]:
    def call() -> None:
        sent = {"file": (io.BytesIO(b"no license"), "f")}
        assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201
        api.app.log.integrate()

    return call


Get = Callable[[str], Any]


def test_checkpoints_come_in_pages_with_what_anchors_each(
    api: Any, grow: Callable[[], None], get: Get
) -> None:
    assert get("checkpoints") == {"checkpoints": [], "next": 0}
    for _ in range(3):
        grow()
    now = SystemClock().now().replace(microsecond=0)
    with api.app.services.proofs._store.begin() as tx:  # noqa: SLF001 - what witnesses and authorities bring
        tx.add_stamp(StoredStamp(2, b"token", now))
        tx.save_checkpoint(1, tx.checkpoint_after(0)[1], witnessed=True)
    first = get("checkpoints?limit=2")
    assert [(c["size"], c["witnessed"]) for c in first["checkpoints"]] == [(1, True), (2, False)]
    assert [c["stamped_at"] for c in first["checkpoints"]] == [None, now.strftime("%Y-%m-%dT%H:%M:%SZ")]
    rest = get(f"checkpoints?after={first['next']}")
    assert [c["note"] for c in rest["checkpoints"]] == [api.client.get("/v1/log/checkpoint").text]
    assert get(f"checkpoints?after={rest['next']}") == {"checkpoints": [], "next": 3}


def test_keys_and_their_rotations_can_be_followed(api: Any, run: Run, get: Get) -> None:
    assert get("keys")["rotations"] == []
    assert run("keys", "rotate", "log").exit_code == 0
    found = get("keys")
    assert [key["state"] for key in found["keys"] if key["use"] == "log"] == ["active", "active"]
    assert found["rotations"][0]["index"] is None
    api.app.log.integrate()
    (rotation,) = get("keys")["rotations"]
    verifiers = {NoteVerifier.parse(key["verifier"]) for key in found["keys"] if key["use"] == "log"}
    statement = rotation["entry"]["data"]["statement"]
    assert rotation["index"] == 0
    assert read_note(statement, list(verifiers)).signers == verifiers
    assert "PRIVATE" not in str(found)


def test_every_key_that_others_verify_by_is_listed_and_no_secret(api: Any, run: Run, get: Get) -> None:
    for use in ("log-sm2", "paper", "token", "cursor"):
        assert run("keys", "rotate", use).exit_code == 0
    api.app.log.integrate()
    found = get("keys")
    listed = Counter(key["use"] for key in found["keys"])
    assert listed == {"log": 1, "log-sm2": 2, "paper": 2, "token": 2}
    stated = {row["entry"]["data"]["use"]: row["entry"]["data"]["statement"] for row in found["rotations"]}
    assert set(stated) == {"log-sm2", "paper", "token"}
    told = {use: [key["verifier"] for key in found["keys"] if key["use"] == use] for use in stated}
    lines = [NoteVerifier.parse(key, provider().verify) for key in told["log-sm2"]]
    opened = read_note(stated["log-sm2"], lines)
    assert opened.signers == set(lines)
    assert opened.text.splitlines()[1:3] == [f"old {lines[0]}", f"new {lines[1]}"]
    for use in ("paper", "token"):
        keys = KeySet([ECKey.import_key(json.loads(key)) for key in told[use]])
        read = jws.deserialize_json(stated[use], keys, algorithms=["ES256"])
        assert {m.headers()["kid"] for m in read.members} == {json.loads(key)["kid"] for key in told[use]}
        assert read.payload.decode().splitlines()[1:3] == [f"old {told[use][0]}", f"new {told[use][1]}"]


def test_what_is_in_force_is_said_once_and_again_when_it_changes(
    api: Any, get: Get, settings: Settings
) -> None:
    app: App = api.app
    assert (app.releases.note(), app.releases.note()) == (4, 0)
    assert build(settings).releases.note() == 0  # another process has the same
    changes = get("inputs")["changes"]
    assert [change["entry"]["data"]["input"] for change in changes] == _NAMES
    assert {change["entry"]["data"]["before"] for change in changes} == {None}
    ready = api.client.get("/readyz").json
    digests = {change["entry"]["data"]["input"]: change["entry"]["data"]["digest"] for change in changes}
    assert digests == {name: ready[name]["digest"] for name in _NAMES}


def test_two_processes_that_differ_say_so_once_each(api: Any, get: Get) -> None:
    store, clock = api.app.services.proofs._store, SystemClock()  # noqa: SLF001 - the service's
    old, new = (
        ReleaseService(store, clock, lambda digest=digest: [InForce("policy", digest, ("key",))])  # type: ignore[misc]  # bound now
        for digest in ("sha256:1", "sha256:2")
    )
    assert [service.note() for service in (old, new, old, new)] == [1, 1, 0, 0]
    last = get("inputs")["changes"][-1]["entry"]["data"]
    assert last == {"input": "policy", "digest": "sha256:2", "before": "sha256:1", "signed_by": ["key"]}


def test_who_released_a_catalogue_is_told_where_it_is_recorded(
    api: Any, settings: Settings, tmp_path: Path
) -> None:
    digest, releases = api.client.get("/readyz").json["catalogue"]["digest"], tmp_path / "releases"
    write_release(releases, digest, "甲", "乙", SystemClock().now())
    app = build(replace(settings, catalogue_releases=str(releases)))
    app.releases.note()
    client = create_app(app.services).test_client()
    changes = client.get("/v1/audit/inputs", headers=api.key(Scope.AUDIT_READ)).json
    assert changes is not None
    found = {change["entry"]["data"]["input"]: change["release"] for change in changes["changes"]}
    assert (found["catalogue"]["author"], found["catalogue"]["releaser"]) == ("甲", "乙")
    assert [found[name] for name in ("policy", "trust", "calendar")] == [None] * 3
    assert "甲" not in str([change["entry"] for change in changes["changes"]])  # no names in the log


def test_taking_documents_away_is_in_the_log(
    api: Any, grow: Callable[[], None], run: Run, get: Get, tmp_path: Path
) -> None:
    grow()
    assert run("audit", "export", "--from", 0, "--out", tmp_path / "plain").exit_code == 0
    assert get("exports") == {"exports": []}
    taking = ("audit", "export", "--from", 0, "--inputs", "--out", tmp_path / "full")
    assert run(*taking, "--reason", "不是代码").exit_code == 3  # a text might name somebody
    assert run(*taking, "--reason", "order-7").exit_code == 0
    (export,) = get("exports")["exports"]
    data = export["entry"]["data"]
    assert (data["case"], data["runs"], data["reason"]) == (None, [[0, 1]], "order-7")
    assert data["by"].startswith("cli:")
    api.app.log.integrate()
    assert get("exports")["exports"][0]["index"] == 1


def test_nothing_of_the_operator_is_in_a_feed_of_a_tenant(
    api: Any, headers: dict[str, str], grow: Callable[[], None]
) -> None:
    api.app.releases.note()
    grow()
    events = api.client.get("/v1/events", headers=headers).json["events"]
    assert [event["kind"] for event in events] == ["verification.completed"]
