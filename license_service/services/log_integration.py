"""Turn committed events into leaves, and sign checkpoints over them.

1. Lock the log, so that one integrator works at a time.
2. Check that the hashes kept still give the root of the last checkpoint.
3. Give each new event the next index, hashing the bytes as stored.
4. Sign a checkpoint.
"""

from __future__ import annotations

from license_service.audit import log
from license_service.audit.checkpoint import Checkpoint, NoteSigner, format_checkpoint, open_checkpoint
from license_service.audit.errors import AuditError
from license_service.audit.merkle import leaf_hash
from license_service.services.ports import LogKey, Store, Transaction

_BATCH = 1000


class LogIntegrator:
    """Integrate what has been committed."""

    def __init__(self, store: Store, key: LogKey) -> None:
        self._store = store
        self._key = key

    def integrate(self) -> int:
        """Integrate one batch; return how many events it had.

        Raises:
            AuditError: `LOG_DIVERGED` if the kept hashes do not give the last checkpoint's root: then
                nothing is signed until somebody has looked.
        """
        signer = self._key.signer()
        with self._store.begin() as tx:
            tx.lock_log()
            events = tx.unlogged_events(_BATCH)
            if not events:
                return 0
            size = _checked_size(tx, signer)
            hashes = tx.hashes()
            for event in events:
                tx.set_leaf(event.id, size)
                size = log.append(hashes, size, leaf_hash(event.entry))
            text = format_checkpoint(Checkpoint(signer.name, size, log.root(hashes, size)))
            tx.add_checkpoint(size, signer.sign(text))
        return len(events)


def _checked_size(tx: Transaction, signer: NoteSigner) -> int:
    last = tx.last_checkpoint()
    if last is None:
        return 0
    size, note = last
    if log.root(tx.hashes(), size) != open_checkpoint(note, [signer.verifier]).root:
        raise AuditError("LOG_DIVERGED", f"at size {size}")
    return size
