"""The log among its witnesses: real witness processes' apps, one that is down, one that lies."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from license_service.adapters.log_files import LogFolder
from license_service.adapters.log_key_ring import WitnessKeyRing
from license_service.adapters.witness_memory import SqliteWitnessMemory
from license_service.api.witness import create_witness_app
from license_service.audit.errors import AuditError
from license_service.audit.note import read_note
from license_service.audit.policy import TrustPolicy, Witness, parse_policy, policy_lines
from license_service.audit.verify import parse_receipt, verify_receipt
from license_service.audit.verify_bundle import verify_bundle
from license_service.bootstrap import build
from license_service.clock import SystemClock
from license_service.errors import ConfigurationError
from license_service.services.proving.cosigning import CosigningService
from license_service.services.proving.witness import WitnessService
from license_service.settings import Settings
from tests.tamper.material import cosigner

NAMES = ("w0", "w1", "w2")
COSIGNERS = {name: cosigner(31 + n) for n, name in enumerate(NAMES)}
QUORUM = "group two 2 w0 w1 w2\nquorum two\n"


class Network:
    """Reach witnesses without sockets; some may be down or answer something else."""

    def __init__(self) -> None:
        self.clients: dict[str, FlaskClient] = {}
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.bodies: list[bytes] = []

    def submit(self, url: str, body: bytes) -> tuple[int, bytes]:
        self.bodies.append(body)
        name = url.split("/")[2]
        if name in self.answers:
            return self.answers[name]
        answer = self.clients[name].post("/add-checkpoint", data=body)
        return answer.status_code, answer.data


@pytest.fixture
def policy(api: Any) -> TrustPolicy:
    lines = [f"witness {name} {c.verifier} http://{name}/" for name, c in COSIGNERS.items()]
    log = f"log {api.app.services.proofs.verification_key()}"
    return parse_policy("\n".join([log, *lines, QUORUM]))


@pytest.fixture
def network(api: Any, tmp_path: Path) -> Network:
    made = Network()
    verifiers = api.app.services.proofs.verifiers()[:1]
    for name, identity in COSIGNERS.items():
        memory = SqliteWitnessMemory(tmp_path / f"{name}.db")
        service = WitnessService(memory, partial(tuple, [identity]), verifiers, SystemClock())
        made.clients[name] = create_witness_app(service).test_client()
    return made


@pytest.fixture
def cosigning(api: Any, settings: Settings, policy: TrustPolicy, network: Network) -> CosigningService:
    store, key = api.app.services.proofs._store, api.app.services.proofs._key  # noqa: SLF001 - those of the service
    return CosigningService(store, key, policy, network, LogFolder(settings.log_dir))


@pytest.fixture
def grow(api: Any, headers: dict[str, str]) -> Callable[[int], str]:
    def call(count: int) -> str:
        for number in range(count):
            sent = {"file": (io.BytesIO(b"no license %d" % number), "f")}
            assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201
        while api.app.log.integrate():
            pass
        events = api.client.get("/v1/events?limit=100", headers=headers).json["events"]
        return str(events[-1]["id"])

    return call


def _published(settings: Settings) -> str:
    return (settings.log_dir / "checkpoint").read_text()


def test_the_cosigned_checkpoint_is_published_and_in_receipts(
    api: Any, settings: Settings, headers: Any, grow: Any, cosigning: CosigningService, policy: TrustPolicy
) -> None:
    event = grow(3)
    assert cosigning.collect() == 3
    assert policy.open(_published(settings)).size == 3
    receipt = api.client.get(f"/v1/events/{event}/receipt", headers=headers).text
    entry = api.client.get(f"/v1/events/{event}/entry", headers=headers).data
    assert verify_receipt(receipt, entry, policy).size == 3
    assert parse_receipt(receipt).extra == event.encode()
    assert cosigning.collect() == 0
    assert api.client.get("/readyz").json["log"]["witnesses"]["w0"] == {"size": 3, "problem": ""}


def test_a_receipt_keeps_to_the_witnessed_checkpoint_until_the_next_is_witnessed(
    api: Any, headers: Any, grow: Any, cosigning: CosigningService
) -> None:
    first = grow(2)
    cosigning.collect()
    second = grow(2)

    def size(event: str) -> int:
        receipt = api.client.get(f"/v1/events/{event}/receipt", headers=headers).text
        return int(parse_receipt(receipt).note.split("\n")[1])

    assert (size(first), size(second)) == (2, 4)
    cosigning.collect()
    assert (size(first), size(second)) == (4, 4)


@pytest.mark.parametrize("down", [(0, b""), (503, b"busy")])
def test_with_one_witness_down_the_quorum_holds_and_with_two_it_does_not(
    settings: Settings,
    grow: Any,
    cosigning: CosigningService,
    network: Network,
    policy: TrustPolicy,
    down: Any,
) -> None:
    grow(1)
    network.answers["w1"] = down
    assert cosigning.collect() == 2
    assert policy.open(_published(settings)).size == 1
    assert cosigning.standing()["w1"] == (0, "WITNESS_DOWN")
    network.answers["w2"] = down
    grow(1)
    assert cosigning.collect() == 1
    with pytest.raises(AuditError) as refused:
        policy.open(_published(settings))
    assert refused.value.code == "QUORUM_MISSING"
    network.answers.clear()
    assert cosigning.collect() == 2
    assert policy.open(_published(settings)).size == 2


def test_a_witness_that_is_elsewhere_is_proved_to_from_there(
    api: Any, grow: Any, cosigning: CosigningService, network: Network
) -> None:
    grow(2)
    cosigning.collect()
    store = api.app.services.proofs._store  # noqa: SLF001 - to forget what the service knew
    with store.begin() as tx:
        tx.set_witness("w0", 0, "")
    grow(3)
    network.bodies.clear()
    assert cosigning.collect() == 3
    assert [body.split(b"\n")[0] for body in network.bodies] == [b"old 0", b"old 2", b"old 2", b"old 2"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, b""), "COSIGNATURE_INVALID"),
        ((200, b"\xff"), "COSIGNATURE_INVALID"),
        ((200, COSIGNERS["w0"].cosign("other\n1\n", 1).encode()), "COSIGNATURE_INVALID"),
        ((200, COSIGNERS["w1"].cosign("other\n1\n", 1).encode()), "COSIGNATURE_INVALID"),
        ((409, b"9\n"), "WITNESS_AHEAD"),
        ((409, b"2\n"), "WITNESS_REFUSED"),
        ((409, b"two\n"), "WITNESS_REFUSED"),
        ((409, b"9" * 500), "WITNESS_REFUSED"),
        ((403, b""), "WITNESS_REFUSED"),
    ],
)
def test_a_witness_that_lies_loses_its_own_cosignature_alone(
    settings: Settings,
    grow: Any,
    cosigning: CosigningService,
    network: Network,
    policy: TrustPolicy,
    answer: Any,
    problem: str,
) -> None:
    grow(2)
    network.answers["w0"] = answer
    assert cosigning.collect() == 2
    assert cosigning.standing()["w0"] == (0, problem)
    assert policy.open(_published(settings)).size == 2
    assert grow(1)  # and signing goes on


def test_a_bundle_carries_cosigned_checkpoints_alone(
    api: Any, grow: Any, cosigning: CosigningService, policy: TrustPolicy
) -> None:
    grow(2)
    cosigning.collect()
    grow(1)
    grow(2)
    cosigning.collect()
    file = io.BytesIO()
    manifest = api.app.evidence.export_range(file, 0, None)
    assert manifest.checkpoints == (2, 5)
    file.seek(0)
    assert verify_bundle(file, policy).entries == 5


def test_witnesses_without_a_url_stop_the_start(
    settings: Settings, tmp_path: Path, policy: TrustPolicy
) -> None:
    path = tmp_path / "witnesses"
    path.write_text("\n".join(policy_lines(policy)))
    with pytest.raises(ConfigurationError, match="without a URL"):
        build(replace(settings, witnesses=str(path)))
    path.write_text(f"witness w0 {COSIGNERS['w0'].verifier} http://w0/\nquorum w0\n")
    built = build(replace(settings, witnesses=str(path))).cosigning.policy
    assert built.witnesses == {"w0": Witness(COSIGNERS["w0"].verifier, "http://w0/")}


def test_the_new_key_of_a_witness_is_one_more_witness_at_the_same_address(
    api: Any, grow: Any, settings: Settings, tmp_path: Path, network: Network
) -> None:
    ring = WitnessKeyRing(tmp_path / "keys", "w", SystemClock())
    old = ring.records()[0].id
    ring.add(ring.draw(SystemClock().now()))
    verifiers = [cosigner.verifier for cosigner in ring.cosigners()]
    lines = [f"witness w-{n} {verifier} http://w/" for n, verifier in enumerate(verifiers)]
    log = f"log {api.app.services.proofs.verification_key()}"
    office = parse_policy("\n".join([log, *lines, "group w 1 w-0 w-1", "quorum w", ""]))
    service = WitnessService(
        SqliteWitnessMemory(tmp_path / "w.db"), ring.cosigners, [office.logs[0]], SystemClock()
    )
    network.clients["w"] = create_witness_app(service).test_client()
    store, key = api.app.services.proofs._store, api.app.services.proofs._key  # noqa: SLF001 - the service's
    cosigning = CosigningService(store, key, office, network, LogFolder(settings.log_dir))
    grow(2)
    assert cosigning.collect() == 2
    assert read_note(_published(settings), verifiers).signers == set(verifiers)
    ring.retire(old, SystemClock().now())
    grow(1)
    assert cosigning.collect() == 1
    assert cosigning.standing()["w-0"][1] == "COSIGNATURE_INVALID"
    assert office.open(_published(settings)).size == 3
