"""What the entries of a bundle were computed from: reports, documents, policies, trust, evidence, calendars.

An index, an input itself, says which report belongs to which verdict, and which listing is the catalogue's.
What the archive does not hold is left out: whoever recomputes is told that it is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from license_service.audit.bundle import Run
from license_service.clock import Clock
from license_service.errors import ErasedError, NotFoundError
from license_service.services.ports import InputArchive, Store
from license_service.services.proving.operator_events import OperatorEventKind, Reader, record_operator_event
from license_service.verification.canonical import canonical_json

INDEX_TAG = "license-service/bundle-inputs/v1"
_DIGEST = "sha256:"
_ROLES = ("document", "policy", "trust", "evidence", "calendar")
"""Members of an entry's data that name an input by digest."""


@dataclass(frozen=True)
class BundleInputs:
    """Hold inputs by SHA-256, and how each is read when it is its turn; none, unless they are asked for."""

    names: tuple[str, ...] = ()
    index: str = ""
    read: Callable[[str], bytes] = lambda _name: b""


def verdicts_named(entry: Mapping[str, Any]) -> set[str]:
    """Return the verdicts that an event of a case rests on."""
    data = entry.get("data", {})
    return {name for name in (*data.get("reports", ()), data.get("report")) if name is not None}


class InputCollector:
    """Collect the inputs of entries, for operators: documents and reports are personal data."""

    def __init__(self, store: Store, clock: Clock, archive: InputArchive, catalogue_digest: str) -> None:
        self._store = store
        self._clock = clock
        self._archive = archive
        self._catalogue = catalogue_digest

    def collect(self, entries: Iterable[Mapping[str, Any]]) -> BundleInputs:
        """Return the inputs of entries, as far as they are there."""
        named = {("catalogue", self._catalogue)}
        made: dict[str, bytes] = {}
        reports: dict[str, str] = {}
        salts: dict[str, str] = {}
        for entry in entries:
            named.update(_named(entry))
            identifier = entry["data"].get("verification")
            answer = self._answer(identifier) if identifier else None
            if answer is not None:
                report, salts[identifier] = answer["report"], answer.get("salt", "")
                reports[identifier] = _keep(made, canonical_json(report))
                named.add(("content", report["presentation"]["content_sha256"] or ""))
                named.add(("document", report["sha256"]))
        index = {"catalogue": self._catalogue, "format": INDEX_TAG, "reports": reports, "salts": salts}
        name = _keep(made, json.dumps(index, separators=(",", ":"), sort_keys=True).encode())
        kept = {item for role, digest in named for item in self._with_listed(role, digest)}
        return BundleInputs(tuple(sorted({*kept, *made})), name, lambda name: self._read(made, name))

    def note(self, case: str | None, runs: Sequence[Run], reader: Reader) -> None:
        """Say in the log that personal data is about to be taken away."""
        data = {**reader.to_json(), "case": case, "runs": [list(run) for run in runs]}
        with self._store.begin() as tx:
            record_operator_event(tx, OperatorEventKind.INPUTS_EXPORTED, data, self._clock.now())

    def _read(self, made: Mapping[str, bytes], name: str) -> bytes:
        data = made.get(name) or self._archive.get(name)
        if data is None:
            raise NotFoundError(f"the archive lost {name}")
        return data

    def _answer(self, identifier: str) -> Mapping[str, Any] | None:
        try:
            with self._store.read() as tx:
                return tx.any_verification(identifier)
        except ErasedError:
            return None

    def _with_listed(self, role: str, digest: str) -> Iterator[str]:
        """Yield an input that is there and, where it is a listing, every input of it that is."""
        name = digest.removeprefix(_DIGEST)
        data = self._archive.get(name)
        if data is not None:
            yield name
            listed = _LISTINGS[role](data) if role in _LISTINGS else ()
            yield from (item for item in listed if self._archive.get(item) is not None)


def _named(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    data = entry["data"]
    for holder in (data, *data.get("obligations", ())):
        yield from ((role, holder[role]) for role in _ROLES if isinstance(holder.get(role), str))


def _lines(data: bytes) -> list[str]:
    return [line.rpartition(" ")[2] for line in data.decode().splitlines()[1:]]


def _rows(data: bytes) -> list[str]:
    listing = json.loads(data)
    return [row["sha256"] for name in ("anchors", "keys") for row in listing[name]]


_LISTINGS = {"catalogue": _lines, "evidence": _lines, "trust": _rows}


def _keep(made: dict[str, bytes], data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    made[name] = data
    return name
