"""What a sweep costs with 10,000 and with 1,000,000 open follow-ups while the same number of them is due.

`python -m benchmarks.followup_rate [LARGE]`; SQLite and PostgreSQL, one process, claims and completions.
Rounds on both sizes alternate, so that what else the machine does hits both; the ratio is that of the
medians. Then 1 % of the large table is made due, and as many as fit in some seconds are run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from license_service.adapters.sql.store import SqlStore
from license_service.bootstrap.erasing import open_store
from license_service.settings import Settings
from tests.faults.servers import Postgresql

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_SMALL, _DUE, _ROUNDS = 10_000, 100, 5
_LONG_SECONDS = 5.0
_COLUMNS = (
    "id, tenant, kind, subject, occurrence, due_at, next_at, state, attempts, token, lease_until, "
    "last_error, lane"
)
_ROW = "'county', 'commitment_check', 'c.' || n, '1', :later, :later, 'open', 0, 0, 0.0, '', ''"
_FILL = {
    "sqlite": f"WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n + 1 < :size) "  # noqa: S608 - our own
    f"INSERT INTO follow_up ({_COLUMNS}) SELECT printf('%032x', n), {_ROW} FROM t",
    "postgresql": f"INSERT INTO follow_up ({_COLUMNS}) SELECT lpad(to_hex(n), 32, '0'), {_ROW} "  # noqa: S608 - our own
    "FROM generate_series(0, CAST(:size AS int) - 1) AS t(n)",
}


@dataclass
class Table:
    """Hold one database with its open follow-ups."""

    engine: sa.Engine
    store: SqlStore

    def make_due(self, count: int) -> None:
        """Open again what is done, and make the first so many due."""
        with self.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "UPDATE follow_up SET state = 'open', lease_until = 0, next_at = :now WHERE id < :limit"
                ),
                {"now": _NOW.timestamp(), "limit": f"{count:032x}"},
            )

    def sweep(self, count: int) -> float:
        """Claim and complete so many; return the seconds."""
        begin = time.perf_counter()
        for _ in range(count):
            self.run_one()
        return time.perf_counter() - begin

    def run_one(self) -> None:
        """Claim and complete one."""
        with self.store.begin() as tx:
            claimed = tx.claim(_NOW, 30.0)
        if claimed is None:
            raise RuntimeError("a figure of nothing would be no figure")
        with self.store.begin() as tx:
            tx.complete(claimed.id, claimed.token)


@contextmanager
def table(url: str, size: int, private: Path) -> Iterator[Table]:
    """Make a database of so many open follow-ups, none of them due."""
    store = open_store(Settings(database_url=url, private_dir=private))
    engine = sa.create_engine(url)
    later = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
    with engine.begin() as connection:
        connection.execute(sa.text(_FILL[engine.dialect.name]), {"size": size, "later": later})
    with engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))
    yield Table(engine, store)
    engine.dispose()
    store.close()


def measure(root: Path, name: str, small_url: str, large_url: str, large: int) -> None:
    """Print both sizes on one engine, their ratio, and what 1 % due costs."""
    private = root / "private"
    with table(small_url, _SMALL, private) as few, table(large_url, large, private) as many:
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(_ROUNDS):
            for kept, figures in zip((few, many), seconds, strict=True):
                kept.make_due(_DUE)
                figures.append(kept.sweep(_DUE))
        small, big = (statistics.median(figures) for figures in seconds)
        many.make_due(large // 100)
        done, begin = 0, time.perf_counter()
        while done < large // 100 and time.perf_counter() < begin + _LONG_SECONDS:
            many.run_one()
            done += 1
        rate = done / (time.perf_counter() - begin)
    print(f"{name:12}{_DUE} due of {_SMALL:,}: {small:.3f} s   of {large:,}: {big:.3f} s   "
          f"ratio {big / small:.2f}   with {large // 100:,} due: {rate:.0f}/s")  # fmt: skip


def main() -> None:
    """Measure both engines."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # PostgreSQL runs as another user
        measure(root, "SQLite", f"sqlite:///{root / 'small.db'}", f"sqlite:///{root / 'large.db'}", large)
        (root / "postgresql").mkdir()
        server = Postgresql(root / "postgresql")
        try:
            with sa.create_engine(server.url, isolation_level="AUTOCOMMIT").connect() as connection:
                connection.execute(sa.text("CREATE DATABASE large"))
            measure(root, "PostgreSQL", server.url, server.url.replace("/postgres?", "/large?"), large)
        finally:
            server.crash()


if __name__ == "__main__":
    main()
