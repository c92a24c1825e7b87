"""Follow a log that somebody else runs: each new checkpoint must extend the one kept from the last look.

1. Open the checkpoint it publishes under the watcher's own policy.
2. Rebuild the tree at the kept size from its tiles: it must still give the kept root.
3. Append every new leaf, from the tiles of level 0: that must give the new root.

So consistency is not taken from a proof the log makes, but from the tiles every reader gets. They come
from a stranger: one of another length ends the look.
Clause: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from license_service.audit.checkpoint import Checkpoint
from license_service.audit.errors import AuditError
from license_service.audit.frontier import Frontier, subtrees_before
from license_service.audit.merkle import root_of
from license_service.audit.policy import TrustPolicy
from license_service.audit.tiles import HEIGHT, WIDTH, Tile

_HASH_BYTES = 32


class RemoteLog(Protocol):
    """Read a published log."""

    def checkpoint(self) -> str:
        """Return the checkpoint.

        Raises:
            AuditError: `LOG_UNREACHABLE`.
        """
        ...

    def tile(self, tile: Tile) -> bytes:
        """Return a tile.

        Raises:
            AuditError: `LOG_UNREACHABLE`, or `TILE_MISSING` where the log says that it has none.
        """
        ...


def watch(remote: RemoteLog, policy: TrustPolicy, kept: str | None) -> tuple[Checkpoint, str]:
    """Return the log's checkpoint, and its note to keep, once it is shown to extend what was kept.

    Raises:
        AuditError: `LOG_ROLLED_BACK`, `LOG_FORKED`, `ORIGIN_CHANGED`, `ROOT_MISMATCH`, `TILE_MALFORMED`,
            or as `TrustPolicy.open` and `RemoteLog`.
    """
    old = policy.open(kept) if kept else None
    note = remote.checkpoint()
    new = policy.open(note)
    size = old.size if old else 0
    if old and old.origin != new.origin:
        raise AuditError("ORIGIN_CHANGED")
    if new.size < size:
        raise AuditError("LOG_ROLLED_BACK", index=new.size)
    tiles = _Tiles(remote, new.size)
    frontier = Frontier(size, [tiles.subtree(*named) for named in subtrees_before(size)])
    if old and frontier.root() != old.root:
        raise AuditError("LOG_FORKED", f"at size {size}")
    for leaf in tiles.leaves(size):
        frontier.append_subtree(0, leaf)
    if frontier.root() != new.root:
        raise AuditError("ROOT_MISMATCH", index=size)
    return new, note


class _Tiles:
    def __init__(self, remote: RemoteLog, size: int) -> None:
        self._remote = remote
        self._size = size

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree, from the part of a tile below it."""
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        hashes = self._hashes(tile_level, first // WIDTH)
        place = first % WIDTH
        return root_of(hashes[place : place + (1 << height)])

    def leaves(self, begin: int) -> Iterator[bytes]:
        """Yield leaf hashes from `begin` on."""
        for index in range(begin // WIDTH, -(-self._size // WIDTH)):
            yield from self._hashes(0, index)[max(0, begin - index * WIDTH) :]

    def _hashes(self, level: int, index: int) -> list[bytes]:
        width = min(WIDTH, (self._size >> (HEIGHT * level)) - index * WIDTH)
        data = self._remote.tile(Tile(level, index, width))
        if len(data) != width * _HASH_BYTES:
            raise AuditError("TILE_MALFORMED", index=index * WIDTH)
        return [data[i : i + _HASH_BYTES] for i in range(0, len(data), _HASH_BYTES)]
