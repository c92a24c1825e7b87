"""Write evidence bundles: some entries of the log with all that proves them, for whoever trusts nobody.

Entries are read twice, page by page: once for what the manifest says of them, once to be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO

from license_service.audit import log
from license_service.audit.bundle import (
    MANIFEST,
    Manifest,
    Run,
    checkpoint_name,
    consistency_name,
    encode_hashes,
    input_name,
    policies_of,
    run_name,
    stamp_name,
)
from license_service.audit.bundle_tar import BundleWriter
from license_service.audit.entry import decode_entry
from license_service.audit.frontier import run_proof
from license_service.audit.tiles import bundle_bytes
from license_service.domain.case import EventKind
from license_service.errors import InvalidRequestError, NotFoundError, ReceiptPendingError
from license_service.services.ports import Store, Transaction
from license_service.services.proving.evidence_inputs import BundleInputs, InputCollector, verdicts_named
from license_service.services.proving.key_records import LogKey
from license_service.services.proving.operator_events import Reader
from license_service.services.proving.proofs import best_checkpoint
from license_service.services.recording import event_id_of
from license_service.services.records import StoredEvent

_PAGE = 500
_MOST_CHECKPOINTS = 64
"""Enough to see where a log went wrong; each costs a cosigned note and a proof."""

Signed = tuple[int, str]


class EvidenceService:
    """Answer `license-service audit export`."""

    def __init__(self, store: Store, key: LogKey, collector: InputCollector | None = None) -> None:
        self._store = store
        self._key = key
        self._collector = collector

    def export_range(
        self, file: BinaryIO, begin: int, end: int | None, inputs: Reader | None = None
    ) -> Manifest:
        """Write the entries from `begin` up to, without, `end`; None: up to the best checkpoint.

        Raises:
            NotFoundError: if there are no such entries.
            ReceiptPendingError: if no checkpoint covers them yet.
        """
        with self._store.read() as tx:
            last = _last(tx)
            size, _ = best_checkpoint(tx, begin + 1 if end is None else end, last)
        if not 0 <= begin < (size if end is None else end):
            raise NotFoundError("the range holds no entry")
        if end is not None and end > size:
            raise ReceiptPendingError("no checkpoint covers the range yet")
        return self._write(file, None, [(begin, size if end is None else end)], inputs)

    def export_case(self, file: BinaryIO, case_id: str, inputs: Reader | None = None) -> Manifest:
        """Write the entries of a case, and what the log says of the verdicts that it rests on.

        Raises:
            NotFoundError: if there is no such case.
            ReceiptPendingError: if no checkpoint covers all of it yet.
        """
        with self._store.read() as tx:
            events = tx.any_events_of(case_id)
            indexes = [event.leaf_index for event in (*events, *_about_verdicts(tx, events))]
            size, _ = _last(tx)
        if not indexes:
            raise NotFoundError("no such case")
        known = [index for index in indexes if index is not None and index < size]
        if len(known) != len(indexes):
            raise ReceiptPendingError("no checkpoint covers the case yet; ask again in a minute")
        return self._write(file, case_id, _runs(known), inputs)

    def _write(
        self, file: BinaryIO, case: str | None, runs: Sequence[Run], inputs: Reader | None
    ) -> Manifest:
        along = self._collect(case, runs, inputs) if inputs else BundleInputs()
        with self._store.read() as tx:
            checkpoints, stamps = _checkpoints(tx, runs[0][0], runs[-1][1])
            hashes, sizes = tx.hashes(), [size for size, _ in checkpoints]
            links = {
                consistency_name(old, new): log.consistency_proof(hashes, old, new)
                for old, new in pairwise(sizes)
            }
            proofs = {run: run_proof(hashes, *run, sizes[-1]) for run in runs}
        policies, lengths = self._survey(runs)
        name, ends = self._key.signer().name, (tuple(sizes), tuple(runs))
        manifest = Manifest(name, case, *ends, policies, tuple(stamps), along.names, along.index)
        tar = BundleWriter(file)
        _add(tar, MANIFEST, manifest.encode())
        for size, note in checkpoints:
            _add(tar, checkpoint_name(size), note.encode())
        for name, link in links.items():
            _add(tar, name, encode_hashes(link))
        for size, token in stamps.items():
            _add(tar, stamp_name(size), token)
        for sha256 in along.names:
            _add(tar, input_name(sha256), along.read(sha256))
        for run, length in zip(runs, lengths, strict=True):
            _add(tar, run_name(run, "proof"), encode_hashes(proofs[run]))
            tar.add(run_name(run, "entries"), length, map(bundle_bytes, self._pages(run)))
        tar.end()
        return manifest

    def _collect(self, case: str | None, runs: Sequence[Run], reader: Reader) -> BundleInputs:
        if self._collector is None:
            raise InvalidRequestError("no archive is set, so there are no inputs to export")
        entries = (decode_entry(entry) for run in runs for page in self._pages(run) for entry in page)
        self._collector.note(case, runs, reader)
        return self._collector.collect(entries)

    def _survey(self, runs: Sequence[Run]) -> tuple[tuple[str, ...], list[int]]:
        policies: set[str] = set()
        lengths = []
        for run in runs:
            length = 0
            for page in self._pages(run):
                length += len(bundle_bytes(page))
                policies.update(policies_of(map(decode_entry, page)))
            lengths.append(length)
        return tuple(sorted(policies)), lengths

    def _pages(self, run: Run) -> Iterator[Sequence[bytes]]:
        for begin in range(*run, _PAGE):
            with self._store.read() as tx:
                entries = tx.logged_entries(begin, min(begin + _PAGE, run[1]))
            yield entries


def _about_verdicts(tx: Transaction, events: Sequence[StoredEvent]) -> Iterator[StoredEvent]:
    """Yield what was found of each verdict that events name, and that it was erased."""
    tenant = {name: event.tenant for event in events for name in verdicts_named(decode_entry(event.entry))}
    for name in sorted(tenant):
        for kind in (EventKind.VERIFICATION_COMPLETED, EventKind.DATA_ERASED):
            event = tx.event(tenant[name], event_id_of(kind, name))
            if event is not None:
                yield event


def _add(tar: BundleWriter, name: str, data: bytes) -> None:
    tar.add(name, len(data), [data])


def _last(tx: Transaction) -> Signed:
    last = tx.last_checkpoint()
    if last is None:
        raise ReceiptPendingError("no checkpoint has been signed yet")
    return last


def _checkpoints(tx: Transaction, begin: int, end: int) -> tuple[list[Signed], dict[int, bytes]]:
    """Choose checkpoints from the first over the first entry to the best, evenly where there are many.

    With the first stamped one that covers all, which says by when all was there; and return every stamp on
    what was chosen.
    """
    best = best_checkpoint(tx, end, _last(tx))
    witnessed = best == tx.witnessed_checkpoint()
    step = max(1, (best[0] - begin) // _MOST_CHECKPOINTS)
    chosen: dict[int, str] = {}
    size = begin
    while (found := tx.checkpoint_after(size, witnessed=witnessed)) and found[0] < best[0]:
        chosen.update([found])
        size = max(found[0], size + step)
    stamps = {stamp.size: stamp.token for stamp in tx.stamps(begin, best[0], witnessed=witnessed)}
    covering = next((size for size in stamps if size >= end), best[0])
    stamped = tx.checkpoint_after(covering - 1)
    chosen.update(filter(None, [stamped, best]))
    return sorted(chosen.items()), {size: stamps[size] for size in sorted(stamps.keys() & chosen)}


def _runs(indexes: Sequence[int]) -> list[Run]:
    """Join indexes that follow on into runs."""
    runs: list[Run] = []
    for index in sorted(indexes):
        if runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs
