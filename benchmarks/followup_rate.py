"""What a sweep costs with 10,000 and 1,000,000 open follow-ups of which 1 % of the former are due.

`python benchmarks/followup_rate.py [LARGE]`; SQLite, one process, claims and completions.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from license_service.adapters.sql.schema import follow_up
from license_service.bootstrap.erasing import open_store
from license_service.settings import Settings

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_DUE = 100


def main() -> None:
    """Print seconds for the same number of due rows, and their ratio."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    small_seconds, large_seconds = _sweep(10_000), _sweep(large)
    print(f"{_DUE} due of 10,000 open: {small_seconds:.3f} s; of {large:,} open: {large_seconds:.3f} s; "
          f"ratio {large_seconds / small_seconds:.2f}")  # fmt: skip


def _sweep(size: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'service.db'}"
        store = open_store(Settings(database_url=url, private_dir=Path(folder) / "private"))
        _fill(url, size)
        with store.begin() as tx:
            tx.overdue(_NOW)  # opens the file, so that neither run pays for it
        begin = time.perf_counter()
        for _ in range(_DUE):
            with store.begin() as tx:
                claimed = tx.claim(_NOW, 30.0)
            assert claimed is not None  # noqa: S101 - a figure of nothing would be no figure
            with store.begin() as tx:
                tx.complete(claimed.id, claimed.token)
        seconds = time.perf_counter() - begin
        store.close()
    return seconds


def _fill(url: str, size: int) -> None:
    due, later = _NOW.timestamp(), (_NOW + timedelta(days=9)).timestamp()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for begin in range(0, size, 10_000):
            rows = [_row(number, due if number < _DUE else later) for number in range(begin, begin + 10_000)]
            connection.execute(sa.insert(follow_up), rows)
    engine.dispose()


def _row(number: int, next_at: float) -> dict[str, object]:
    return {
        "id": f"{number:032x}", "tenant": "county", "kind": "commitment_check", "subject": f"c.{number}",
        "occurrence": "1", "due_at": next_at, "next_at": next_at, "state": "open", "attempts": 0, "token": 0,
        "lease_until": 0.0, "last_error": "", "lane": "",
    }  # fmt: skip


if __name__ == "__main__":
    main()
