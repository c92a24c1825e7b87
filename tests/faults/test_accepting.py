"""Accepting while things break: what was answered is kept, what was not is repeated under its key."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import urllib3

from tests.faults.servers import Postgresql
from tests.faults.world import World

Wait = Callable[[Callable[[], bool]], None]


@pytest.mark.fault("F5", "F6")
@pytest.mark.parametrize(("point", "kept"), [("accept_before_commit", 0), ("accept_after_commit", 1)])
def test_an_api_killed_around_the_commit_answers_the_repeated_request_once(
    world: World, point: str, kept: int
) -> None:
    """F5, F6: the client cannot know; the same key gives the stored answer, or makes the one case."""
    api = world.start_api(fault=point)
    with pytest.raises(urllib3.exceptions.HTTPError):
        world.post(api, "k1")
    api.kill()
    second = world.start_api()
    assert world.check().cases == kept
    first, again = world.post(second, "k1"), world.post(second, "k1")
    assert (first.status, first.json()["id"]) == (201, again.json()["id"])
    assert world.check().cases == 1


@pytest.mark.fault("F7", "F8", "F9")
def test_a_redis_that_hangs_or_lost_all_delays_and_loses_nothing(world: World, wait_for: Wait) -> None:
    """F7, F8, F9: killed with its data, down, and hanging: cases are accepted, and followed up by sweep."""
    redis = world.start_redis()
    api = world.start_api()
    redis.child.send_signal(signal.SIGSTOP)
    assert world.post(api, "hanging").status == 201
    redis.restart(empty=True)
    assert world.post(api, "empty").status == 201
    redis.kill()
    assert world.post(api, "down").status == 201
    worker = world.start_worker()
    wait_for(world.is_quiet)
    wait_for(lambda: all("commitment.checked" in world.kinds(case) for case in world.acknowledged))
    assert worker.stop() == 0
    assert world.check().effects == 3


@pytest.mark.fault("F14")
def test_a_postgresql_that_crashes_under_load_loses_no_answered_case(world: World, wait_for: Wait) -> None:
    """F14: stopped without a checkpoint twice; the API answers 503 meanwhile and needs no hand to go on."""
    # Its programs run as `nobody`, who cannot reach what is below a test's own folder.
    with tempfile.TemporaryDirectory(prefix="license-service-", ignore_cleanup_errors=True) as home:
        _crash_under_load(world, Postgresql(Path(home)), wait_for)


def _crash_under_load(world: World, server: Postgresql, wait_for: Wait) -> None:
    world.settings = replace(world.settings, database_url=server.url)
    api, stop = world.start_api(), Event()
    loads = [world.load(lambda: api, stop, 0.05) for _ in range(2)]
    for _ in range(2):
        before = len(world.acknowledged)
        wait_for(lambda before=before: len(world.acknowledged) > before + 2)  # type: ignore[misc] # bound now
        server.crash()
        wait_for(lambda: "503" in world.refused)
        world.refused.clear()
        server.start()
    before = len(world.acknowledged)
    wait_for(lambda: len(world.acknowledged) > before)
    stop.set()
    for load in loads:
        load.join()
    found = world.check()
    assert found.cases >= len(world.acknowledged) > 6
    world.close()
    server.crash()


@pytest.mark.fault("F18")
def test_a_full_disk_is_refused_and_harms_nothing(world: World) -> None:
    """F18: the database file may not grow; then it may again."""
    api = world.start_api()
    assert world.post(api, "fits").status == 201
    api.kill()
    database = Path(world.settings.database_url.removeprefix("sqlite:///"))
    full = world.start_api(largest_file=database.stat().st_size)
    statuses = [world.post(full, f"k{number}").status for number in range(5)]
    assert statuses[-1] == 503
    full.kill()
    roomy = world.start_api()
    assert [world.post(roomy, f"k{number}").status for number in range(5)] == [201] * 5
    assert world.check().cases == 6
