"""Doorbells that ring too often, receivers that behave badly, poison, and restarts under load."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from license_service.adapters.doorbell_rq import RqDoorbell
from license_service.services.following.followups import MAX_ATTEMPTS
from tests.faults.world import World

Wait = Callable[[Callable[[], bool]], None]

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


def _open_cases(world: World, count: int) -> list[str]:
    api = world.start_api()
    ids = [world.post(api, f"k{number}").json()["id"] for number in range(count)]
    api.kill()
    return ids


def _update(world: World, statement: str, **values: object) -> None:
    engine = sa.create_engine(world.settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


def _scalar(world: World, query: str, **values: object) -> object:
    engine = sa.create_engine(world.settings.database_url)
    with engine.connect() as connection:
        found: object = connection.execute(sa.text(query), values).scalar_one()
    engine.dispose()
    return found


@pytest.mark.fault("F12")
def test_a_doorbell_rung_a_thousand_times_has_one_effect(world: World, wait_for: Wait) -> None:
    """F12: four workers hear it, and nothing is swept."""
    redis = world.start_redis()
    (case,) = _open_cases(world, 1)
    check = next(
        row for row in world.app.services.oversight.list(None, None) if row["kind"] == "commitment_check"
    )
    doorbell = RqDoorbell(redis.url)
    for _ in range(1000):
        doorbell.ring(check["id"])
    world.settings = replace(world.settings, sweep_seconds=3600)
    workers = [world.start_worker() for _ in range(4)]
    wait_for(lambda: doorbell._queue.count == 0)  # noqa: SLF001 - how much is left to hear
    assert [worker.stop() for worker in workers] == [0] * 4
    assert world.kinds(case).count("commitment.checked") == 1
    world.check()


@dataclass
class BadReceiver:
    """Take webhooks on a port of its own and answer each as `misbehave` does."""

    misbehave: Callable[[socket.socket, int], None]
    ids: list[bytes] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            Thread(target=self._serve, args=(server,), daemon=True).start()
            yield f"127.0.0.1:{server.getsockname()[1]}"

    def _serve(self, server: socket.socket) -> None:
        with suppress(OSError):  # closed at the end of the test
            while True:
                client, _ = server.accept()
                Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = client.recv(65536)
            headers = dict(line.split(b": ", 1) for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
            self.ids.append({name.lower(): value for name, value in headers.items()}[b"webhook-id"])
            self.misbehave(client, len(self.ids))


def _drips(client: socket.socket, _number: int) -> None:
    for letter in itertools.cycle(_HEADERS):
        client.sendall(bytes([letter]))
        time.sleep(1)  # one byte a second is the fault


def _hangs(client: socket.socket, _number: int) -> None:
    client.recv(1)


def _floods(client: socket.socket, _number: int) -> None:
    client.sendall(b"HTTP/1.1 500 No\r\n\r\n")
    while True:
        client.sendall(bytes(65536))


def _resets(client: socket.socket, _number: int) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _redirects(client: socket.socket, _number: int) -> None:
    client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")


def _is_gone(client: socket.socket, _number: int) -> None:
    client.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")


def _loses_the_first_reply(client: socket.socket, number: int) -> None:
    if number > 1:
        client.sendall(_OK)


def _is_good(client: socket.socket, _number: int) -> None:
    client.sendall(_OK)


_BAD = (_drips, _hangs, _floods, _resets, _redirects, _is_gone, _loses_the_first_reply)


@pytest.mark.fault("F26", "F28")
def test_bad_receivers_hold_up_nobody_else(world: World, wait_for: Wait) -> None:
    """F26, F28: the good one has everything while the others drip and hang; a lost reply is sent again."""
    good, bad = BadReceiver(_is_good), {how: BadReceiver(how) for how in _BAD}
    with ExitStack() as stack:
        hosts = [stack.enter_context(each.listening()) for each in (good, *bad.values())]
        world.settings = replace(world.settings, webhook_hosts=",".join(hosts))
        webhooks = world.app.services.webhooks
        endpoints = [webhooks.add_endpoint("county", f"http://{host}/") for host in hosts]
        cases = _open_cases(world, 3)
        worker = world.start_worker()
        wait_for(lambda: len(set(good.ids)) >= sum(len(world.kinds(case)) for case in cases) > len(cases))
        lost = bad[_loses_the_first_reply]
        wait_for(lambda: lost.ids.count(next(iter(lost.ids), b"")) > 1)
        assert worker.stop() == 0
    assert len(good.ids) == len(set(good.ids))
    gone = endpoints[1 + _BAD.index(_is_gone)].id
    assert not _scalar(world, "SELECT enabled FROM webhook_endpoint WHERE id = :id", id=gone)
    world.check()


@pytest.mark.fault("F31")
def test_poison_rests_after_its_last_attempt(world: World, wait_for: Wait) -> None:
    """F31: whoever checks this commitment dies; who comes after the last attempt lives, and does the rest."""
    (case,) = _open_cases(world, 1)
    almost = "UPDATE follow_up SET attempts = :number WHERE kind = 'commitment_check'"
    _update(world, almost, number=MAX_ATTEMPTS - 1)
    poisoned = world.start_worker(fault="before_commitment_check")
    wait_for(lambda: poisoned.child.poll() is not None)
    poisoned.kill()
    _update(world, "UPDATE follow_up SET lease_until = 1 WHERE lease_until > :none", none=0)
    worker = world.start_worker(fault="before_commitment_check")
    wait_for(lambda: "follow_up.dead" in world.kinds(case) and world.is_quiet())
    assert worker.stop() == 0
    (dead,) = world.app.services.oversight.list(None, "dead")
    explained = world.app.services.oversight.explain(dead["id"])
    codes = [attempt["code"] for attempt in explained["failed_attempts"]]
    assert codes == ["LEASE_ENDED", "ATTEMPTS_EXHAUSTED"]
    world.check()


@pytest.mark.fault("F32")
def test_a_rolling_restart_fails_no_request_and_loses_no_follow_up(world: World, wait_for: Wait) -> None:
    """F32: each process is told to end while others serve; a proxy sends nothing new to one that was told."""
    replicas, stop = [world.start_api(), world.start_api()], Event()
    worker, turns = world.start_worker(), itertools.count()
    loads = [world.load(lambda: replicas[next(turns) % len(replicas)], stop, 0.5) for _ in range(3)]
    for _ in range(2):
        before = len(world.acknowledged)
        wait_for(lambda before=before: len(world.acknowledged) > before + 3)  # type: ignore[misc] # bound now
        _await_check(world, wait_for, world.acknowledged[before])
        leaving = replicas.pop(0)
        time.sleep(0.1)  # a request that was given to it is on its way
        assert leaving.stop() == 0
        assert worker.stop() == 0
        worker = world.start_worker()
        replicas.append(world.start_api())
    stop.set()
    for load in loads:
        load.join()
    assert world.refused == []
    for case in world.acknowledged:
        _await_check(world, wait_for, case)
    assert worker.stop() == 0
    assert world.check().cases == len(world.acknowledged)


def _await_check(world: World, wait_for: Wait, case: str) -> None:
    wait_for(lambda: "commitment.checked" in world.kinds(case))
