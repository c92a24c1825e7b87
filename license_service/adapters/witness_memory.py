"""What a witness has seen, in a SQLite file: one row for each origin."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from license_service.audit.checkpoint import Checkpoint

_PATIENCE_SECONDS = 10.0
_TABLE = "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER, root BLOB)"


class SqliteWitnessMemory:
    """Keep checkpoints in a file. The rollback journal is kept: old write-ahead logs can lose."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with closing(self._connect()) as connection:
            connection.execute(_TABLE)

    def advance(self, origin: str, judge: Callable[[Checkpoint | None], Checkpoint]) -> None:
        """Read, judge and write in one transaction that no other overlaps; closing rolls back."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT size, root FROM seen WHERE origin = ?", (origin,)).fetchone()
            new = judge(Checkpoint(origin, *row) if row else None)
            connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (origin, new.size, new.root))
            connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = EXTRA")
        return connection
