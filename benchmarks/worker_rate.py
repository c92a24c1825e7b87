"""Follow-ups a second of two workers, beside bare RQ: two SimpleWorkers and jobs that do nothing.

`python benchmarks/worker_rate.py [DATABASE_URL]`; SQLite by default. Each follow-up is a reminder: claimed,
done and recorded with its event in a transaction that is on disk; some time after, its leaf is in the log.
Timed from the first that is done to the last, so that the start of processes does not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis
import sqlalchemy as sa
from rq import Queue

from license_service.adapters.embedded_redis import start_redis
from license_service.adapters.sql.schema import follow_up
from license_service.bootstrap.erasing import open_store
from license_service.domain.application import Person
from license_service.domain.case import Case, CaseState
from license_service.domain.obligation import FollowUpKind, Obligation, ObligationKind, ObligationState
from license_service.services.records import NewFollowUp, StoredCase
from license_service.settings import Settings

_JOBS = 4_000
_APPLICANT = Person("示例乙", "91999900MADEM0AY10")
_WORKERS = 2
_POLLED_SECONDS = 0.05
_WORKER = [sys.executable, "-m", "workers"]
_BARE = [sys.executable, "-m", "rq.cli", "worker", "--burst", "-w", "rq.SimpleWorker", "-q"]


def nothing() -> None:
    """Do nothing: the peer's job."""


def rate(command: Sequence[str], environment: dict[str, str], left: Callable[[], int]) -> float:
    """Start the workers and return how many jobs they did in a second."""
    everything = left()
    quiet = subprocess.DEVNULL
    children = [subprocess.Popen(command, env=environment, stderr=quiet) for _ in range(_WORKERS)]  # noqa: S603 - our own
    try:
        while left() == everything:
            time.sleep(_POLLED_SECONDS)
        began, at_begin = time.monotonic(), left()
        while left():
            time.sleep(_POLLED_SECONDS)
        return at_begin / (time.monotonic() - began)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


def ours(root: Path, database_url: str, redis_url: str) -> float:
    """Run reminders, which the sweeps of both workers find."""
    _fill(root / "private", database_url)
    settings = {
        "LICENSE_SERVICE_DATABASE_URL": database_url,
        "LICENSE_SERVICE_REDIS_URL": redis_url,
        "LICENSE_SERVICE_PRIVATE_DIR": str(root / "private"),
        "LICENSE_SERVICE_LOG_DIR": str(root / "log"),
    }
    engine = sa.create_engine(database_url)
    waiting = sa.select(sa.func.count()).select_from(follow_up).where(follow_up.c.state != "done")

    def left() -> int:
        with engine.connect() as connection:
            return int(connection.execute(waiting).scalar_one())

    return rate(_WORKER, {**os.environ, **settings}, left)


def bare(redis_url: str) -> float:
    """Run the same number of jobs that do nothing."""
    queue = Queue("bare", connection=redis.Redis.from_url(redis_url))
    for _ in range(_JOBS):
        queue.enqueue("benchmarks.worker_rate.nothing", result_ttl=0)
    return rate([*_BARE, "--url", redis_url, "bare"], dict(os.environ), lambda: queue.count)


def _fill(private: Path, database_url: str) -> None:
    now, store = datetime.now(UTC), open_store(Settings(database_url=database_url, private_dir=private))
    for begin in range(0, _JOBS, 500):
        with store.begin() as tx:
            for number in range(begin, begin + 500):
                case = _case(f"{number:032x}", now)
                tx.add_case(StoredCase("county", case, 1, _APPLICANT, None, "5a17"))
                subject = case.obligations[0].id
                tx.add_follow_ups(NewFollowUp("county", FollowUpKind.SUPPLEMENT_REMINDER, subject, "1", now))
    store.close()


def _case(identifier: str, now: datetime) -> Case:
    due = now + timedelta(days=3)
    debt = Obligation(
        id=f"{identifier}.health-certificate",
        kind=ObligationKind.DEFERRAL,
        material="health-certificate",
        state=ObligationState.OPEN,
        due_on=due.date().isoformat(),
        due_at=due,
        provisional=False,
        calendar_digest="",
    )
    state = CaseState.ACCEPTED_WITH_OBLIGATIONS
    return Case(identifier, "food-business-license-new", "2026-1", state, (), (debt,), now)


def main() -> None:
    """Print both rates and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        database_url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{root / 'service.db'}"
        server, redis_url = start_redis(root / "redis")
        try:
            followed, bare_jobs = ours(root, database_url, redis_url), bare(redis_url)
        finally:
            server.terminate()
            server.wait()
    print(f"follow-ups/s {followed:.0f}, bare RQ jobs/s {bare_jobs:.0f}, ratio {followed / bare_jobs:.2f}")


if __name__ == "__main__":
    main()
