"""The published log as static files outside the database (c2sp.org/tlog-tiles).

The last checkpoint in it is what the service told the world: whatever the database says later must extend
it. Any web server can serve the folder, and any medium carry it away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from license_service.audit.bundle import split_entries
from license_service.audit.errors import AuditError
from license_service.audit.tiles import WIDTH, Tile
from license_service.errors import ConfigurationError

_CHECKPOINT, _LOCK = "checkpoint", ".lock"


class LogFolder:
    """Keep the published files below a folder that every integrator shares."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"cannot make {directory}: {error.strerror}") from error

    def checkpoint(self) -> str | None:
        """Return the last published checkpoint."""
        try:
            return (self._directory / _CHECKPOINT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def entries(self, size: int) -> Iterator[bytes]:
        """Yield the first `size` entries."""
        for begin in range(0, size, WIDTH):
            tile = Tile(0, begin // WIDTH, min(WIDTH, size - begin))
            try:
                data = (self._directory / tile.bundle_path).read_bytes()
            except FileNotFoundError as error:
                raise AuditError("TILE_MISSING", tile.bundle_path) from error
            yield from split_entries(iter([data]))

    def publish(self, files: Iterable[tuple[str, bytes]], size: int, checkpoint: str) -> None:
        """Write tiles, then the checkpoint that needs them; each appears whole or not at all.

        One integrator writes at a time, and none puts a smaller checkpoint over a larger one.
        """
        with (self._directory / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed
            if self._size() >= size:
                return
            for path, content in files:
                self._write(path, content)
            self._write(_CHECKPOINT, checkpoint.encode())

    def add_cosignatures(self, size: int, checkpoint: str) -> None:
        """Write a checkpoint with more signatures over the same one with fewer."""
        with (self._directory / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._size() == size:
                self._write(_CHECKPOINT, checkpoint.encode())

    def add_stamp(self, size: int, token: bytes) -> None:
        """Write a timestamp on the checkpoint of that size."""
        with (self._directory / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._write(f"stamps/{size}", token)

    def _size(self) -> int:
        published = self.checkpoint()
        return -1 if published is None else int(published.split("\n")[1])

    def _write(self, path: str, content: bytes) -> None:
        target = self._directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.draft")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
