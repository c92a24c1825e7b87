"""Workers that stop, overlap or meet poison: one effect, and nothing held up."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from rq import Queue
from rq.serializers import JSONSerializer

from license_service.adapters.doorbell_rq import JOB, QUEUE
from license_service.adapters.redis_client import connect_redis
from tests.faults.world import World

Wait = Callable[[Callable[[], bool]], None]


def _end_leases(world: World) -> None:
    """Do to the leases what 30 seconds would do."""
    engine = sa.create_engine(world.settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE follow_up SET lease_until = 1 WHERE lease_until > 0"))
    engine.dispose()


def _rows(world: World, state: str | None = None) -> list[dict[str, Any]]:
    return list(world.app.services.oversight.list(None, state))


def _checks_done(world: World) -> int:
    return sum(row["kind"] == "commitment_check" for row in _rows(world, "done"))


def _open_cases(world: World, count: int) -> list[str]:
    api = world.start_api()
    ids = [world.post(api, f"k{number}").json()["id"] for number in range(count)]
    api.kill()
    return ids


@pytest.mark.fault("F2", "F3")
def test_a_worker_stopped_beyond_its_lease_records_nothing_when_it_goes_on(
    world: World, postgresql_url: str, wait_for: Wait
) -> None:
    """F2, F3: both have asked the source; the one whose token is old is fenced off.

    A process stopped within a transaction of another thread holds all of SQLite, and nobody could go on.
    """
    world.settings = replace(world.settings, database_url=postgresql_url)
    (case,) = _open_cases(world, 1)
    stopped = world.start_worker(fault="after_effect:stop")
    wait_for(lambda: _rows(world)[0]["token"] == 1)
    wait_for(lambda: _is_stopped(stopped.child.pid))
    _end_leases(world)
    other = world.start_worker()
    wait_for(lambda: _checks_done(world) == 1)
    stopped.signal(signal.SIGCONT)
    assert (stopped.stop(), other.stop()) == (0, 0)
    assert world.kinds(case) == ["case.assessed", "license.used", "commitment.checked"]
    (row,) = _rows(world, "done")
    explained = world.app.services.oversight.explain(row["id"])
    assert [attempt["code"] for attempt in explained["failed_attempts"]] == ["LEASE_ENDED"]
    assert world.check().effects == 1


def _is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a line of the kernel
        return file.read().rpartition(")")[2].split()[0] == "T"


@pytest.mark.fault("F11")
def test_what_was_pushed_into_redis_runs_no_code(world: World, wait_for: Wait) -> None:
    """F11: other functions, callbacks, pickles, bytes and unknown ids; then a real one is still run."""
    redis, trap = world.start_redis(), world.directory / "trap"
    connection = connect_redis(redis.url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    queue.enqueue("pathlib.Path.touch", str(trap))
    queue.enqueue(JOB, "0" * 32, on_success="pathlib.Path.touch")
    queue.enqueue(JOB, "no id")
    pickled = queue.enqueue(JOB, "1" * 32)
    connection.hset(pickled.key, "data", b"\x80\x04cposix\nsystem\n(X\x05\x00\x00\x00falsetR.")
    connection.rpush(queue.key, "no such job", b"\x80\x04\xff")
    world.settings = replace(world.settings, sweep_seconds=3600)
    worker = world.start_worker()
    wait_for(lambda: len(queue) == 0)
    (case,) = _open_cases(world, 1)
    wait_for(lambda: "commitment.checked" in world.kinds(case))
    assert worker.stop() == 0
    assert not trap.exists()


@pytest.mark.fault("F33")
def test_a_worker_goes_on_and_starts_beside_a_newer_schema(world: World, wait_for: Wait) -> None:
    """A later release has migrated: who was running goes on, and who starts leaves the schema as it is."""
    running = world.start_worker()
    first, *_ = _open_cases(world, 1)
    wait_for(lambda: _checks_done(world) == 1)
    engine = sa.create_engine(world.settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE follow_up ADD COLUMN later text"))
        connection.execute(sa.text("ALTER TABLE event ADD COLUMN later text NOT NULL DEFAULT 'x'"))
        connection.execute(sa.text("CREATE TABLE later (id text PRIMARY KEY)"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    engine.dispose()
    api = world.start_api()
    second = world.post(api, "beside").json()["id"]
    wait_for(lambda: _checks_done(world) == 2)
    assert running.stop() == 0
    started = world.start_worker()
    third = world.post(api, "after").json()["id"]
    wait_for(lambda: _checks_done(world) == 3)
    assert started.stop() == 0
    assert {case: world.kinds(case).count("commitment.checked") for case in (first, second, third)} == {
        first: 1,
        second: 1,
        third: 1,
    }
    world.check()
