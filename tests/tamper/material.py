"""A log made by the test, and bundles of it; what the mutations start from."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.audit import log
from license_service.audit.checkpoint import Checkpoint, format_checkpoint
from license_service.audit.entry import encode_entry
from license_service.audit.merkle import leaf_hash
from license_service.audit.note import Cosigner, NoteSigner, NoteVerifier
from license_service.audit.policy import TrustPolicy, parse_policy, policy_lines
from license_service.audit.storage import HashStorage, MemoryStorage
from license_service.domain.case import EventKind
from license_service.services.ports import Store
from license_service.services.proving.evidence import EvidenceService
from license_service.services.proving.key_records import LogKey
from license_service.services.proving.stamps import StoredStamp
from license_service.services.recording import event_id_of
from license_service.services.records import StoredEvent

ORIGIN = "log.example/test"
MOMENT = datetime(2026, 1, 5, tzinfo=UTC)


def signer(seed: int, name: str = ORIGIN) -> NoteSigner:
    return NoteSigner(name, Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))


def cosigner(seed: int) -> Cosigner:
    return Cosigner(f"witness{seed}.example", Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))


LOG, WITNESSES = signer(1), (cosigner(11), cosigner(12))
POLICY_TEXT = "\n".join(
    [
        f"log {LOG.verifier}",
        *(f"witness w{n} {witness.verifier}" for n, witness in enumerate(WITNESSES)),
        "group both all w0 w1",
        "quorum both",
        "",
    ]
)
POLICY: TrustPolicy = parse_policy(POLICY_TEXT)
assert policy_lines(POLICY)


@dataclass
class ReadableLog:
    """Be store, transaction and key at once: a whole log in memory, for the exporter to read."""

    entries: list[bytes]
    sizes: Sequence[int]
    key: NoteSigner = LOG
    cosigners: Sequence[Cosigner] = WITNESSES
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    stamped: Sequence[StoredStamp] = ()

    def __post_init__(self) -> None:
        for index, entry in enumerate(self.entries):
            log.append(self.storage, index, leaf_hash(entry))
        self.notes = {size: self._note(size) for size in self.sizes}

    @contextmanager
    def read(self) -> Iterator[ReadableLog]:
        yield self

    def signer(self) -> NoteSigner:
        return self.key

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        return self.key.verifiers

    def hashes(self) -> HashStorage:
        return self.storage

    def last_checkpoint(self) -> tuple[int, str]:
        return max(self.notes.items())

    witnessed_checkpoint = last_checkpoint

    def checkpoint_after(self, size: int, *, witnessed: bool = False) -> tuple[int, str] | None:
        del witnessed  # all are
        return min((item for item in self.notes.items() if item[0] > size), default=None)

    def stamps(self, begin: int, end: int, *, witnessed: bool = False) -> list[StoredStamp]:
        del witnessed
        return [stamp for stamp in self.stamped if begin < stamp.size <= end]

    def logged_entries(self, begin: int, end: int) -> Sequence[bytes]:
        return self.entries[begin:end]

    def any_events_of(self, case_id: str) -> list[StoredEvent]:
        mark = f'"case":"{case_id}"'.encode()
        return [self._event(index) for index, entry in enumerate(self.entries) if mark in entry]

    def event(self, tenant: str, event_id: str) -> StoredEvent | None:
        del tenant
        mark = f'"id":"{event_id}"'.encode()
        return next((self._event(at) for at, entry in enumerate(self.entries) if mark in entry), None)

    def bundle(self, begin: int = 0, end: int | None = None, case: str | None = None) -> bytes:
        """Return a bundle as the service's own exporter writes it."""
        file = io.BytesIO()
        service = EvidenceService(cast("Store", self), cast("LogKey", self))
        if case is None:
            service.export_range(file, begin, end)
        else:
            service.export_case(file, case)
        return file.getvalue()

    def _event(self, index: int) -> StoredEvent:
        return StoredEvent(str(index), "t", None, None, "", self.entries[index], MOMENT, index)

    def _note(self, size: int) -> str:
        text = format_checkpoint(Checkpoint(self.key.name, size, log.root(self.storage, size)))
        return self.key.sign(text) + "".join(w.cosign(text, 1_700_000_000 + size) for w in self.cosigners)


def entries(count: int, twist: str = "") -> list[bytes]:
    """Return events of interleaved cases; every fifth is a verdict of no case, on which the next rests."""
    made, sequences = [], dict.fromkeys("abcd", 0)
    for index in range(count):
        members: dict[str, Any] = {"id": f"{index:08x}{twist}", "kind": "case.accepted"}
        if index % 5 == 4:
            members["id"] = event_id_of(EventKind.VERIFICATION_COMPLETED, f"v{index}")
            members |= {"data": {"policy": f"sha256:{index % 2}", "verification": f"v{index}"}}
        else:
            members |= {"data": {"report": f"v{index - 1}"}} if index and index % 5 == 0 else {}
            case = "abcd"[index * 7 % 4]
            sequences[case] += 1
            members |= {"case": case, "seq": sequences[case]}
        made.append(encode_entry(members))
    return made
