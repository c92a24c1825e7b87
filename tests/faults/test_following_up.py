"""Workers that stop, overlap or meet poison: one effect, and nothing held up."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from rq import Queue
from rq.serializers import JSONSerializer

from license_service.adapters.doorbell_rq import JOB, QUEUE, RqDoorbell
from license_service.adapters.redis_client import connect_redis
from license_service.adapters.sql.store import SqlStore
from license_service.clock import SystemClock
from license_service.demo.neighbors import Neighbor
from license_service.services.ports import NewFollowUp
from tests.faults.world import World

Wait = Callable[[Callable[[], bool]], None]


def _end_leases(world: World) -> None:
    """Do to the leases what 30 seconds would do."""
    engine = sa.create_engine(world.settings.database_url, connect_args={"timeout": 10})
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


def test_a_worker_stopped_beyond_its_lease_records_nothing_when_it_goes_on(
    world: World, wait_for: Wait
) -> None:
    """F2, F3: both have asked the source; the one whose token is old is fenced off."""
    (case,) = _open_cases(world, 1)
    stopped = world.start_worker(fault="after_effect:stop")
    wait_for(lambda: _rows(world)[0]["token"] == 1)
    wait_for(lambda: _is_stopped(stopped.child.pid))
    _end_leases(world)
    other = world.start_worker()
    wait_for(lambda: _checks_done(world) == 1)
    stopped.signal(signal.SIGCONT)
    assert (stopped.stop(), other.stop()) == (0, 0)
    assert world.kinds(case) == ["case.assessed", "commitment.checked"]
    (row,) = _rows(world, "done")
    explained = world.app.services.oversight.explain(row["id"])
    assert [attempt["code"] for attempt in explained["failed_attempts"]] == ["LEASE_ENDED"]
    assert world.check().effects == 1


def _is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a line of the kernel
        return file.read().rpartition(")")[2].split()[0] == "T"


def test_many_doorbells_for_one_follow_up_have_one_effect(world: World, wait_for: Wait) -> None:
    """F12: two workers, each with an RQ worker, and a queue full of the same id."""
    redis = world.start_redis()
    (case,) = _open_cases(world, 1)
    doorbell = RqDoorbell(redis.url)
    for _ in range(200):
        doorbell.ring(_rows(world)[0]["id"])
    workers = [world.start_worker() for _ in range(2)]
    queue = Queue(QUEUE, connection=connect_redis(redis.url), serializer=JSONSerializer)
    wait_for(lambda: len(queue) == 0)
    assert [worker.stop() for worker in workers] == [0, 0]
    assert world.kinds(case) == ["case.assessed", "commitment.checked"]
    assert world.check().effects == 1


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


@pytest.mark.parametrize(("days", "ran"), [(-1, 0), (0, 1), (3650, 2)])
def test_a_clock_that_jumps_runs_nothing_before_its_time(
    world: World, wait_for: Wait, days: int, ran: int
) -> None:
    """F23: a day back nothing is due; ten years on all is, and the log goes on."""
    clock = world.directory / "clock"
    world.settings = replace(world.settings, clock_file=str(clock))
    (case,) = _open_cases(world, 1)
    clock.write_text(str(timedelta(days=days).total_seconds()))
    worker = world.start_worker()
    log = world.app.services.health.readiness
    wait_for(lambda: log()["log"]["waiting"] == 0 and world.is_quiet())
    assert worker.stop() == 0
    kinds = world.kinds(case)
    effects = {"commitment.checked", "supplement.expired"}
    assert len([kind for kind in kinds if kind in effects]) == ran
    world.check()


@contextmanager
def _receiver(mode: str, received: list[str], free: Event) -> Iterator[str]:
    def respond(_path: str, headers: dict[str, str], _body: bytes) -> tuple[int, dict[str, object]]:
        received.append(headers["webhook-id"])
        if mode == "hangs":
            free.wait(60)
        if mode == "loses the answer" and received.count(headers["webhook-id"]) == 1:
            raise ConnectionResetError
        return 200, {}

    with Neighbor(respond) as neighbor:
        yield neighbor.host
        free.set()


def test_a_receiver_that_hangs_delays_no_other(world: World, wait_for: Wait) -> None:
    """F26, F28: two hang, one loses its first answers; the rest get everything meanwhile."""
    received: dict[str, list[str]] = {mode: [] for mode in ("hangs", "hangs too", "loses the answer", "good")}
    free = Event()
    with ExitStack() as stack:
        modes = {mode: mode.removesuffix(" too") for mode in received}
        hosts = {m: stack.enter_context(_receiver(modes[m], received[m], free)) for m in received}
        world.settings = replace(world.settings, webhook_hosts=",".join(hosts.values()))
        for host in hosts.values():
            world.app.services.webhooks.add_endpoint("county", f"http://{host}/hook")
        _open_cases(world, 5)
        begin, worker = time.monotonic(), world.start_worker()
        wait_for(lambda: len(set(received["good"])) == 10)
        assert time.monotonic() - begin < 11  # less than one that hangs is waited for
        wait_for(lambda: len(set(received["loses the answer"])) == 10)
        wait_for(lambda: _delivered(world, "loses the answer", hosts))
        free.set()
        assert worker.stop() == 0
    assert len(received["loses the answer"]) > 10
    assert len(received["good"]) == 10


def _delivered(world: World, mode: str, hosts: dict[str, str]) -> bool:
    store = SqlStore(world.settings.database_url)
    with store.begin() as tx:
        (endpoint,) = [e for e in tx.endpoints_of("county") if hosts[mode] in e.url]
    store.close()
    lanes = [row["lane"] for row in _rows(world, "done")]
    return lanes.count(f"webhook:{endpoint.id}") == 10


def test_poison_spends_its_attempts_and_holds_up_nobody(world: World, wait_for: Wait) -> None:
    """F31: one that always raises beside one that is run."""
    store, now = SqlStore(world.settings.database_url), SystemClock().now()
    with store.begin() as tx:
        tx.add_follow_up(NewFollowUp("county", "webhook_delivery", "no subject of ours", "1", now))
    _open_cases(world, 1)
    worker = world.start_worker()
    wait_for(lambda: _checks_done(world) == 1 and _rows(world)[0]["attempts"] > 0)
    assert worker.stop() == 0
    codes = {row["kind"]: row["last_error"] for row in _rows(world)}
    assert codes["webhook_delivery"] == "UNEXPECTED"
    store.close()
