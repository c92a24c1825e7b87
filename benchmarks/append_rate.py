"""Events appended in business transactions a second, beside the same transactions without an event.

On PostgreSQL, with a worker's integrator running: each transaction keeps a verdict and commits; `with` writes
the event of it too, which the integrator then gives its place in the log. Rounds of both alternate, so that
what else the machine does hits both.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from license_service.adapters.log_files import LogFolder
from license_service.adapters.log_key_ring import LogKeyRing
from license_service.adapters.sql.store import SqlStore
from license_service.bootstrap.erasing import open_store
from license_service.clock import SystemClock
from license_service.domain.case import Event as CaseEvent
from license_service.domain.case import EventKind
from license_service.services.proving.log_integration import LogIntegrator
from license_service.services.recording import record_event
from license_service.settings import Settings
from tests.faults.servers import Postgresql
from workers.integrating import keep_integrating

_WRITERS, _ROUNDS, _SECONDS = 3, 10, 2.0
_DIGEST = f"sha256:{'0' * 64}"
_ANSWER = {"report": {"checks": ["x" * 100] * 40}}
"""As large as the answer about one signature is."""
_IDLE_SECONDS, _PATIENCE_SECONDS = 0.1, 60.0


def event(identifier: str) -> CaseEvent:
    """Return what is logged of a verdict."""
    digests = dict.fromkeys(("document", "policy", "trust", "evidence"), _DIGEST)
    data = {"verification": identifier, "indication": "TOTAL_PASSED", "sub_indication": None, **digests}
    return CaseEvent(EventKind.VERIFICATION_COMPLETED, data)


_STORES: list[SqlStore] = []
"""The store of a writing process."""


def begin(url: str, directory: Path) -> None:
    """Open the store of a writing process."""
    settings = Settings(database_url=url, environment="test", private_dir=directory / "private")
    _STORES[:] = [open_store(settings)]


def write(seconds: float, *, logged: bool) -> int:
    """Commit transactions one after another; return how many."""
    store, now, done = _STORES[0], SystemClock().now(), 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        identifier = uuid.uuid4().hex
        with store.begin() as tx:
            tx.add_verification("county", identifier, {"id": identifier, **_ANSWER})
            if logged:
                record_event(tx, "county", None, event(identifier), now)
        done += 1
    return done


def load(pool: Pool, *, logged: bool) -> float:
    """Return transactions a second of all writers, each of which waits for its commits."""
    done = [pool.apply_async(write, (_SECONDS,), {"logged": logged}) for _ in range(_WRITERS)]
    return sum(result.get() for result in done) / _SECONDS


def integrate(url: str, directory: Path) -> None:
    """Integrate as a worker does, until killed."""
    key = LogKeyRing(directory / "private", "log.example/append", SystemClock())
    begin(url, directory)
    log = LogIntegrator(_STORES[0], key, LogFolder(directory / "published"))
    keep_integrating(log, Settings().sweep_seconds, Event())


@contextmanager
def integrator(url: str, directory: Path) -> Iterator[None]:
    """Run an integrator in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.append_rate", "--integrate", url, str(directory)]
    with subprocess.Popen(command, env=dict(os.environ)) as running:  # noqa: S603 - our own
        try:
            yield
        finally:
            running.send_signal(signal.SIGKILL)


def waiting(url: str) -> tuple[int, int]:
    """Return how many events have a place in the log, and how many wait for one."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = sa.text("SELECT count(leaf_index), count(*) - count(leaf_index) FROM event")
        row: Sequence[int] = connection.execute(query).one()
    return row[0], row[1]


def await_integrator(url: str) -> None:
    """Wait until nothing waits for a place in the log."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while waiting(url)[1]:
        if time.monotonic() > deadline:
            raise RuntimeError("the integrator does not come along")
        time.sleep(_IDLE_SECONDS)  # polling another process; bounded by the deadline


def main() -> None:
    """Print both rates, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--integrate", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args().integrate
    if chosen:
        integrate(chosen[0], Path(chosen[1]))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # PostgreSQL runs as another user
        (root / "postgresql").mkdir()
        server = Postgresql(root / "postgresql")
        try:
            begin(server.url, root)
            _STORES[0].close()
            with (
                integrator(server.url, root),
                get_context("fork").Pool(_WRITERS, begin, (server.url, root)) as pool,
            ):
                load(pool, logged=True)
                await_integrator(server.url)  # until everybody is there
                rounds = [(load(pool, logged=False), load(pool, logged=True)) for _ in range(_ROUNDS)]
            logged, late = waiting(server.url)
        finally:
            server.crash()
    bare, appended = (sum(figures) / _ROUNDS for figures in zip(*rounds, strict=True))
    print(f"commits/s  bare {bare:,.0f}  with an event {appended:,.0f}  ratio {appended / bare:.2f}")
    print(f"events     {logged:,} logged meanwhile, {late:,} waiting at the end")


if __name__ == "__main__":
    main()
