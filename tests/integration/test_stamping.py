"""The log under a timestamp authority: what is kept, published, exported, and missed when it is not there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from asn1crypto import pem
from click.testing import CliRunner, Result

from license_service.adapters.log_files import LogFolder
from license_service.api.app import create_app
from license_service.audit.errors import AuditError
from license_service.audit.stamps import StampAuthority, open_stamp
from license_service.audit.witness import text_of
from license_service.bootstrap import build
from license_service.cli import main
from license_service.cli.building import sm2_check
from license_service.clock import SystemClock
from license_service.demo.pki import DemoPki
from license_service.errors import ConfigurationError, LogUnanchoredError, StoreUnavailableError
from license_service.services.proving.anchoring import AnchoringService
from license_service.services.proving.stamping import StampingService
from license_service.settings import PREFIX, Settings
from workers.stamping import have_stamped

EVERY = timedelta(minutes=10)
_APPLICATION = {
    "matter_code": "none",
    "applicant": {"name": "示例乙", "id": "91999900MADEM0AY10"},
}


class Office:
    """Be a timestamp authority without a socket; its clock may be off, it may be down."""

    def __init__(self, pki: DemoPki) -> None:
        self.pki, self.name, self.off, self.down = pki, "tsa", timedelta(0), False
        self.asked = 0

    def stamp(self, message: bytes) -> bytes:
        self.asked += 1
        if self.down:
            raise AuditError("STAMP_AUTHORITY_DOWN")
        at = datetime.now(UTC).replace(microsecond=0) + self.off
        return replace(self.pki.authority(self.name, at), chain=())(message)


class MovedClock:
    """Be the system's clock, moved."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.by


@pytest.fixture
def office(pki: DemoPki) -> Office:
    return Office(pki)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def certificate(tmp_path: Path, pki: DemoPki) -> Path:
    path = tmp_path / "tsa.cer"
    path.write_bytes(pki["tsa"].certificate)
    return path


@pytest.fixture
def stamping(
    api: Any, settings: Settings, office: Office, clock: MovedClock, pki: DemoPki
) -> StampingService:
    store, folder = api.app.services.proofs._store, LogFolder(settings.log_dir)  # noqa: SLF001 - the service's
    authorities = [StampAuthority.parse(pki[name].certificate, sm2_check()) for name in ("tsa", "tsa-sm2")]
    return StampingService(store, clock, office, authorities, folder, EVERY)


@pytest.fixture
def grow(api: Any, headers: dict[str, str]) -> Callable[[], int]:
    def call() -> int:
        sent = {"file": (io.BytesIO(b"no license"), "f")}
        assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201
        api.app.log.integrate()
        return int(api.client.get("/v1/log/checkpoint").text.split("\n")[1])

    return call


@pytest.fixture
def run(settings: Settings) -> Callable[..., Result]:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


def _problem(api: Any) -> str:
    with api.app.services.proofs._store.begin() as tx:  # noqa: SLF001 - what the service keeps
        return str(tx.stamp_problem())


def test_a_stamp_is_kept_and_published_beside_the_checkpoint(
    api: Any, grow: Callable[[], int], stamping: StampingService, settings: Settings, pki: DemoPki
) -> None:
    assert not stamping.stamp()  # nothing is there to stamp
    assert api.client.get("/v1/log/stamps/latest").status_code == 404
    size = grow()
    assert stamping.stamp()
    latest = api.client.get("/v1/log/stamps/latest").json
    token = api.client.get(f"/v1/log/stamps/{size}").data
    text = text_of(api.client.get("/v1/log/checkpoint").text)
    time = open_stamp(token, text, [StampAuthority.parse(pki["tsa"].certificate)])
    assert latest == {"size": size, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert (settings.log_dir / "stamps" / str(size)).read_bytes() == token
    assert api.client.get(f"/v1/log/stamps/{size + 1}").status_code == 404


def test_stamps_come_at_most_every_so_often_and_only_for_what_is_new(
    grow: Callable[[], int], stamping: StampingService, office: Office, clock: MovedClock
) -> None:
    grow()
    assert stamping.stamp()
    clock.by = office.off = EVERY
    assert not stamping.stamp()  # nothing new
    grow()
    clock.by = office.off = EVERY / 2
    assert not stamping.stamp()  # too early
    clock.by = office.off = EVERY * 1.1
    assert stamping.stamp()
    assert office.asked == 2


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"down": True}, "STAMP_AUTHORITY_DOWN"),
        ({"off": timedelta(minutes=6)}, "STAMP_TIME_OFF"),
        ({"off": -timedelta(minutes=6)}, "STAMP_TIME_OFF"),
        ({"name": "health-signer"}, "STAMP_AUTHORITY_UNKNOWN"),
    ],
)
def test_what_an_auditor_would_refuse_is_not_kept_and_is_asked_for_again(
    api: Any,
    grow: Callable[[], int],
    stamping: StampingService,
    office: Office,
    clock: MovedClock,
    spoil: dict[str, Any],
    code: str,
) -> None:
    grow()
    good = dict(vars(office))
    vars(office).update(spoil)
    assert not stamping.stamp()
    assert _problem(api) == code
    assert not stamping.stamp()
    assert office.asked == 1  # not within a minute
    vars(office).update(good, asked=1)
    clock.by = timedelta(minutes=1)
    assert stamping.stamp()
    assert _problem(api) == ""


def test_time_does_not_run_backwards(
    api: Any, grow: Callable[[], int], stamping: StampingService, office: Office, clock: MovedClock
) -> None:
    stamping._every = timedelta(0)  # noqa: SLF001 - so that the second is asked for at once
    grow()
    office.off = timedelta(minutes=4)
    assert stamping.stamp()
    grow()
    clock.by, office.off = timedelta(minutes=5), timedelta(minutes=3)
    assert not stamping.stamp()
    assert _problem(api) == "STAMP_EARLIER_THAN_LAST"
    clock.by, office.off = timedelta(minutes=6), timedelta(minutes=5)
    assert stamping.stamp()


@pytest.mark.parametrize(("name", "alone"), [("tsa", 0), ("tsa-sm2", 2)])
def test_a_bundle_shows_by_when_its_entries_were_there(
    grow: Callable[[], int],
    stamping: StampingService,
    office: Office,
    pki: DemoPki,
    run: Callable[..., Result],
    tmp_path: Path,
    name: str,
    alone: int,
) -> None:
    office.name = name
    grow()
    assert stamping.stamp()
    grow()
    bundle, policy, tsa = tmp_path / "bundle", tmp_path / "policy", tmp_path / "tsa.cer"
    tsa.write_bytes(pki[name].certificate)
    policy.write_text(run("log", "policy").output)
    assert run("audit", "export", "--from", 0, "--to", 1, "--out", bundle).exit_code == 0
    done = run("audit", "verify", bundle, "--policy", policy, "--tsa", tsa, "--json")
    found = json.loads(done.output)
    assert (done.exit_code, found["stamps"], found["size"]) == (0, 1, 2)
    assert datetime.fromisoformat(found["existed_by"]) <= datetime.now(UTC)
    assert run("audit", "verify", bundle, "--policy", policy, "--tsa", policy).exit_code == 3
    verifier = tmp_path / "verifier.py"
    run("audit", "build-verifier", verifier)
    command: list[str | Path] = [
        sys.executable,
        "-I",
        verifier,
        bundle,
        "--policy",
        policy,
        "--tsa",
        tsa,
        "--json",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == alone
    assert json.loads(said.stdout).get("code") == ("STAMP_ALGORITHM_UNSUPPORTED" if alone else None)
    assert run("audit", "export", "--from", 0, "--out", bundle).exit_code == 0  # the second has no stamp yet
    assert run("audit", "verify", bundle, "--policy", policy, "--tsa", tsa).exit_code == 2
    assert run("audit", "verify", bundle, "--policy", policy).exit_code == 0


def test_an_event_that_nobody_has_seen_raises_the_alarm_and_ends_accepting(
    api: Any, grow: Callable[[], int], stamping: StampingService, clock: MovedClock, office: Office
) -> None:
    store, hour = api.app.services.proofs._store, timedelta(hours=1)  # noqa: SLF001 - the service's
    anchoring = AnchoringService(store, clock, hour, 2 * hour)
    anchoring.require_anchored()

    def said() -> dict[str, Any]:
        with store.begin() as tx:
            return anchoring.describe(tx, clock.now())

    assert said() == {"unanchored_seconds": 0}
    grow()
    clock.by = 1.1 * hour
    assert said() == {"unanchored_seconds": pytest.approx(3960, abs=30), "alarm": "log_unanchored"}
    anchoring.require_anchored()
    clock.by = 2.1 * hour
    with pytest.raises(LogUnanchoredError):
        anchoring.require_anchored()
    office.off = clock.by
    assert stamping.stamp()
    assert said() == {"unanchored_seconds": 0, "stamp": {"size": 1, "problem": ""}}
    anchoring.require_anchored()
    with store.begin() as tx:
        assert AnchoringService(store, clock, None, None).describe(tx, clock.now()) == {}  # nothing anchors


def test_accepting_ends_with_a_stable_code_where_the_operator_says_so(
    settings: Settings, api: Any, headers: dict[str, str], grow: Callable[[], int], certificate: Path
) -> None:
    grow()
    url, bound = "http://127.0.0.1:9/tsa", 30.0
    stopping = replace(
        settings, stamp_url=url, stamp_certificates=str(certificate), unanchored_stop_minutes=bound
    )
    client = create_app(build(stopping).services).test_client()

    def opened(by: Any) -> Any:
        return by.post("/v1/cases", json=_APPLICATION, headers={**headers, "Idempotency-Key": "k"})

    def ready(by: Any) -> Any:
        return by.get("/readyz").json

    assert opened(client).status_code == 404  # asked about a matter that is not there
    Path(settings.clock_file).write_text("2000")
    refused = opened(client)
    assert (refused.status_code, refused.json["code"]) == (503, "log_unanchored")
    assert refused.headers["Retry-After"]
    assert "alarm" not in ready(client)["log"]  # an hour has not passed
    Path(settings.clock_file).write_text("4000")
    assert (ready(client)["status"], ready(client)["log"]["alarm"]) == ("degraded", "log_unanchored")
    assert "alarm" not in ready(api.client)["log"]  # nothing anchors that one, and nothing stops it
    assert opened(api.client).status_code == 404


def test_an_operator_asks_for_a_stamp_and_is_told_what_is_wrong(
    grow: Callable[[], int], run: Callable[..., Result], settings: Settings, certificate: Path, pki: DemoPki
) -> None:
    grow()
    assert run("log", "stamp").exit_code == 1  # no authority is set
    chain = certificate.with_name("chain.pem")
    names = ("tsa", "rsa-root")
    chain.write_bytes(b"".join(pem.armor("CERTIFICATE", pki[name].certificate) for name in names))
    values = {**vars(settings), "stamp_url": "http://127.0.0.1:9/tsa", "stamp_certificates": str(chain)}
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}
    done = CliRunner().invoke(main, ["log", "stamp"], env=environment)
    assert (done.exit_code, done.output) == (0, "0 - STAMP_AUTHORITY_DOWN\n")


def test_a_worker_goes_on_asking_whatever_goes_wrong(
    grow: Callable[[], int], stamping: StampingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow()
    stop, outcomes = Event(), [StoreUnavailableError("away for a moment")]
    real = stamping.stamp

    def once_down() -> bool:
        if outcomes:
            raise outcomes.pop()
        stop.set()
        return real()

    monkeypatch.setattr(stamping, "stamp", once_down)
    have_stamped(stamping, 0.001, stop)
    assert stamping.standing()[0] is not None


def test_stamp_settings_that_cannot_work_stop_the_start(
    settings: Settings, tmp_path: Path, pki: DemoPki
) -> None:
    signer = tmp_path / "signer.cer"
    signer.write_bytes(pki["health-signer"].certificate)
    url = "http://127.0.0.1:9/tsa"
    for wrong in (
        {"unanchored_stop_minutes": 5.0},
        {"stamp_url": url, "stamp_certificates": str(tmp_path / "none")},
        {"stamp_url": url, "stamp_certificates": str(signer)},
    ):
        with pytest.raises(ConfigurationError):
            build(replace(settings, **wrong))
