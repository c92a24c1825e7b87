"""Checkpoints, receipts and exports for auditors."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from license_service.audit import log
from license_service.audit.note import NoteVerifier
from license_service.audit.tiles import Tile, bundle_bytes, has_tile, tile_bytes
from license_service.audit.verify import EXPORT_TAG, Receipt, format_receipt
from license_service.clock import format_instant
from license_service.errors import NotFoundError, ReceiptPendingError
from license_service.services.caller import Caller, Scope
from license_service.services.ports import Store, Transaction
from license_service.services.proving.key_records import LogKey
from license_service.services.records import StoredEvent

_PAGE = 500


class ProofService:
    """Answer `GET /v1/log/checkpoint` and `GET /v1/events/{id}/receipt`."""

    def __init__(self, store: Store, key: LogKey) -> None:
        self._store = store
        self._key = key

    def verification_key(self) -> str:
        """Return the log's verifier key."""
        return str(self._key.signer().verifier)

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of all lines the log ever signed with, the SM2 one too."""
        return self._key.verifiers()

    def checkpoint(self) -> str:
        """Return the last signed checkpoint.

        Raises:
            ReceiptPendingError: if there is none yet.
        """
        with self._store.read() as tx:
            last = tx.last_checkpoint()
        if last is None:
            raise ReceiptPendingError("no checkpoint has been signed yet")
        return last[1]

    def receipt(self, caller: Caller, event_id: str) -> str:
        """Return the proof that an event is in the log, under the newest cosigned checkpoint over it.

        Raises:
            NotFoundError: if this tenant has no such event.
            ReceiptPendingError: if no checkpoint covers it yet.
        """
        caller.require(Scope.AUDIT_READ)
        with self._store.read() as tx:
            event = tx.event(caller.tenant, event_id)
            if event is None:
                raise NotFoundError("no such event")
            return receipt_of(tx, event)

    def entry(self, caller: Caller, event_id: str) -> bytes:
        """Return the exact bytes of an event.

        Raises:
            NotFoundError: if this tenant has no such event.
        """
        caller.require(Scope.AUDIT_READ)
        with self._store.read() as tx:
            event = tx.event(caller.tenant, event_id)
        if event is None:
            raise NotFoundError("no such event")
        return event.entry

    def tile(self, tile: Tile) -> bytes:
        """Return a tile of hashes, which tell nothing but that they are there.

        Raises:
            NotFoundError: if the log has not got that far.
        """
        with self._store.read() as tx:
            _require_tile(tx, tile)
            return tile_bytes(tx.hashes(), tile)

    def bundle(self, caller: Caller, tile: Tile) -> bytes:
        """Return the entries below a tile of level 0, of every tenant: for auditors of the whole log.

        Raises:
            ForbiddenError: without the scope.
            NotFoundError: if the log has not got that far.
        """
        caller.require(Scope.LOG_READ)
        with self._store.read() as tx:
            _require_tile(tx, tile)
            return bundle_bytes(tx.logged_entries(tile.begin, tile.begin + tile.width))

    def stamp(self, size: int) -> bytes:
        """Return the timestamp token on the checkpoint of that size.

        Raises:
            NotFoundError: if it has none.
        """
        with self._store.read() as tx:
            found = tx.stamp(size)
        if found is None:
            raise NotFoundError("no checkpoint of that size was stamped")
        return found.token

    def last_stamp(self) -> dict[str, Any]:
        """Say which checkpoint was stamped last, and when.

        Raises:
            NotFoundError: if none was.
        """
        with self._store.read() as tx:
            found = tx.last_stamp()
        if found is None:
            raise NotFoundError("no checkpoint was stamped")
        return {"size": found.size, "time": format_instant(found.time)}

    def export(self) -> Iterator[str]:
        """Yield the whole log as JSON Lines, up to the last checkpoint.

        Raises:
            ReceiptPendingError: if there is no checkpoint yet.
        """
        with self._store.read() as tx:
            last = tx.last_checkpoint()
        if last is None:
            raise ReceiptPendingError("no checkpoint has been signed yet")
        size, note = last
        yield json.dumps({"format": EXPORT_TAG, "origin": self._key.signer().name})
        for begin in range(0, size, _PAGE):
            with self._store.read() as tx:
                entries = tx.logged_entries(begin, min(begin + _PAGE, size))
            yield from map(_line, count(begin), entries)
        yield json.dumps({"checkpoint": note})


def receipt_of(tx: Transaction, event: StoredEvent) -> str:
    """Return the proof that an event is in the log, under the newest cosigned checkpoint over it.

    Raises:
        ReceiptPendingError: if no checkpoint covers it yet.
    """
    last = tx.last_checkpoint()
    if last is None or event.leaf_index is None or event.leaf_index >= last[0]:
        raise ReceiptPendingError("no checkpoint covers this event yet; ask again in a minute")
    size, note = best_checkpoint(tx, event.leaf_index + 1, last)
    proof = log.inclusion_proof(tx.hashes(), event.leaf_index, size)
    return format_receipt(Receipt(event.leaf_index, tuple(proof), note, event.id.encode()))


def best_checkpoint(tx: Transaction, size: int, last: tuple[int, str]) -> tuple[int, str]:
    """Return the newest checkpoint that a quorum cosigned, or the last one where that is not this far yet."""
    witnessed = tx.witnessed_checkpoint()
    return last if witnessed is None or witnessed[0] < size else witnessed


def _require_tile(tx: Transaction, tile: Tile) -> None:
    last = tx.last_checkpoint()
    if last is None or not has_tile(tile, last[0]):
        raise NotFoundError("the log has no such tile")


def _line(index: int, entry: bytes) -> str:
    return json.dumps({"index": index, "entry": base64.b64encode(entry).decode()})
