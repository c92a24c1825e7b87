"""Turn committed events into leaves, sign checkpoints over them, and publish them.

1. Lock the log, so that one integrator works at a time.
2. Check that the hashes kept still give the root of the last checkpoint, and that they extend the last
   one published outside the database: a restored backup is shorter, a fork has another root.
3. Give each new event the next index, hashing the bytes as stored.
4. Sign a checkpoint, commit, then publish the new tiles and the checkpoint.

Where a check fails nothing is signed until somebody has looked; accepting goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from license_service.audit import log
from license_service.audit.checkpoint import Checkpoint, format_checkpoint, open_checkpoint
from license_service.audit.errors import AuditError
from license_service.audit.merkle import join_pairs, leaf_hash, leaf_hashes
from license_service.audit.note import NoteSigner, NoteVerifier
from license_service.audit.storage import DeferredStorage, HashStorage
from license_service.audit.tiles import bundle_bytes, tile_bytes, tiles_between
from license_service.services.ports import LogPublication, Store, Transaction
from license_service.services.proving.key_records import LogKey

BATCH = 1000
"""As many events as are integrated at once; fewer were all there was."""
_PAGE = 500


class LogIntegrator:
    """Integrate what has been committed."""

    def __init__(self, store: Store, key: LogKey, publication: LogPublication) -> None:
        self._store = store
        self._key = key
        self._publication = publication

    def is_behind(self) -> bool:
        """Tell whether events wait for their place: a look that costs little, for whoever looks often."""
        with self._store.read() as tx:
            return tx.count_unlogged(1) > 0

    def integrate(self) -> int:
        """Integrate one batch and publish it; return how many events it had.

        Raises:
            AuditError: `LOG_DIVERGED`, `LOG_ROLLED_BACK` or `LOG_FORKED`; the code is kept for `/readyz`.
        """
        try:
            with self._store.begin() as tx:
                hashes, published, size = self._checked(tx)
                count = self._append(tx, hashes, size)
                if tx.log_problem():
                    tx.set_log_problem("")
            self._publish(published, size + count)
        except AuditError as error:
            with self._store.begin() as tx:
                tx.set_log_problem(error.code)
            raise
        return count

    def check(self) -> int:
        """Hash every stored entry again and compare every node and checkpoint; return the log's size.

        Raises:
            AuditError: with the index of the first entry that is not what was logged.
        """
        with self._store.read() as tx:
            last = tx.last_checkpoint()
            size = _checked_size(tx.hashes(), last, self._key.verifiers())
        for begin in range(0, size, _PAGE):
            with self._store.read() as tx:
                _check_page(tx, begin, min(begin + _PAGE, size))
        return size

    def _checked(self, tx: Transaction) -> tuple[DeferredStorage, int, int]:
        """Lock and check the log; return its hashes, how many entries are published, and how many it has."""
        tx.lock_log()
        hashes, verifiers = DeferredStorage(tx.hashes()), self._key.verifiers()
        size = _checked_size(hashes, tx.last_checkpoint(), verifiers)
        note = self._publication.checkpoint()
        if note is None:
            return hashes, 0, size
        published = open_checkpoint(note, verifiers)
        if published.size > size:
            raise AuditError("LOG_ROLLED_BACK", f"{size} entries are left of {published.size} published")
        if log.root(hashes, published.size) != published.root:
            raise AuditError("LOG_FORKED", f"at size {published.size}")
        return hashes, published.size, size

    def _append(self, tx: Transaction, hashes: DeferredStorage, size: int) -> int:
        waiting = tx.unlogged_entries(BATCH)
        if waiting:
            tx.set_leaves([event_id for event_id, _ in waiting], size)
            for _, entry in waiting:
                size = log.append(hashes, size, leaf_hash(entry))
            tx.add_hashes(hashes.written())
            tx.add_checkpoint(size, _sign(self._key.signer(), hashes, size))
        return len(waiting)

    def _publish(self, published: int, size: int) -> None:
        """Publish checkpoint by checkpoint, so that catching up takes no more memory than one batch."""
        while published < size:
            with self._store.read() as tx:
                following = tx.checkpoint_after(published)
                if following is None:
                    return
                files = list(_files(tx, published, following[0]))
            self._publication.publish(files, *following)
            published = following[0]


def _sign(signer: NoteSigner, hashes: HashStorage, size: int) -> str:
    return signer.sign(format_checkpoint(Checkpoint(signer.name, size, log.root(hashes, size))))


def _checked_size(
    hashes: HashStorage, last: tuple[int, str] | None, verifiers: Sequence[NoteVerifier]
) -> int:
    if last is None:
        return 0
    size, note = last
    if log.root(hashes, size) != open_checkpoint(note, verifiers).root:
        raise AuditError("LOG_DIVERGED", f"at size {size}")
    return size


def _files(tx: Transaction, old: int, new: int) -> Iterator[tuple[str, bytes]]:
    for tile in tiles_between(old, new):
        yield tile.path, tile_bytes(tx.hashes(), tile)
        if tile.level == 0:
            yield tile.bundle_path, bundle_bytes(tx.logged_entries(tile.begin, tile.begin + tile.width))


def _check_page(tx: Transaction, begin: int, end: int) -> None:
    entries = tx.logged_entries(begin, end)
    if len(entries) != end - begin:
        raise AuditError("INDEX_GAP", index=begin)
    differing = list(_differing(tx.hashes(), leaf_hashes(entries), begin))
    if differing:
        raise AuditError("LOG_DIVERGED", index=min(differing))


def _differing(hashes: HashStorage, leaves: Sequence[bytes], begin: int) -> Iterator[int]:
    """Yield which leaves complete a subtree, be it a leaf alone, that is not kept as its halves give it."""
    level, first, last, expected = 0, begin, begin + len(leaves), leaves
    while first < last:
        kept = hashes.read_row(level, first, last)
        for index, pair in enumerate(zip(kept, expected, strict=True), first):
            if pair[0] != pair[1]:
                yield ((index + 1) << level) - 1
        level, first, last = level + 1, first // 2, last // 2
        expected = join_pairs(hashes.read_row(level - 1, 2 * first, 2 * last))
