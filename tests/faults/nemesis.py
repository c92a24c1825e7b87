"""Random faults under load, from a seed that replays: `python -m tests.faults.nemesis --minutes N --seed S`.

A round kills, crashes, stops or ends one process, and starts it again; nobody waits until it is up, so that
many meet others that are starting. Clients go on all the while. At the end the checker looks at everything
that was answered. `--kills N` ends when that many have been killed or crashed, or given minutes are over.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.neighbors import FireSafetyRegister, Neighbor
from license_service.demo.pki import create_pki, save_pki
from license_service.settings import Settings
from tests.faults.servers import Api, Postgresql, Process
from tests.faults.world import World

_QUIET_SECONDS = 120.0
_HELD_SECONDS = (0.1, 0.3, 1.0, 3.0)
_PAUSE_SECONDS = (0.0, 0.1, 0.3, 1.0, 2.0)
"""Between rounds: a chance to recover, or not."""
_FATAL = ("kill", "crash")


@dataclass
class Nemesis:
    """Hold what can be broken."""

    world: World
    api: Api
    workers: list[Process]
    postgresql: Postgresql | None
    chance: random.Random

    def faults(self) -> list[Callable[[], None]]:
        found = [self.kill_worker] * 4 + [self.kill_redis] * 2 + [self.kill_api]
        found += [self.stop_worker, self.stop_api, self.stop_redis, self.end_worker]
        return [*found, *[self.crash_postgresql] * 3] if self.postgresql else found

    def supervise(self) -> None:
        """Start again what ended by itself, as whoever runs it does: nothing starts without its database."""
        ended = [index for index, worker in enumerate(self.workers) if worker.child.poll() is not None]
        for index in ended:
            self.workers[index] = self.world.start_worker()
        if self.api.child.poll() is not None:
            self.api = self.world.start_api(port=self.api.port, wait=False)

    def await_api(self) -> None:
        """Wait until the API answers, however often it must be started."""
        deadline = time.monotonic() + _QUIET_SECONDS
        while not self.api.is_up():
            assert time.monotonic() < deadline, "the API did not come up"
            self.supervise()
            time.sleep(0.05)  # polling a child that is starting; bounded by the deadline

    def kill_worker(self) -> None:
        index = self.chance.randrange(len(self.workers))
        self.workers[index].kill()
        self.workers[index] = self.world.start_worker()

    def stop_worker(self) -> None:
        self._hold(self.chance.choice(self.workers))

    def end_worker(self) -> None:
        index = self.chance.randrange(len(self.workers))
        # One that was only just started has not yet said what it does on SIGTERM; 1: it had no database.
        expected = {0, -signal.SIGTERM, *([1] if self.postgresql else [])}
        assert self.workers[index].stop() in expected, "a worker did not end as it should"
        self.workers[index] = self.world.start_worker()

    def kill_api(self) -> None:
        self.await_api()  # one that is killed before it is up would never accept anything
        self.api.kill()
        self.api = self.world.start_api(port=self.api.port, wait=False)

    def stop_api(self) -> None:
        self._hold(self.api)

    def kill_redis(self) -> None:
        assert self.world.redis is not None
        self.world.redis.restart(empty=self.chance.random() < 0.5)

    def stop_redis(self) -> None:
        assert self.world.redis is not None
        self.world.redis.child.send_signal(signal.SIGSTOP)
        time.sleep(self.chance.choice(_HELD_SECONDS))  # for how long it hangs is the fault
        self.world.redis.child.send_signal(signal.SIGCONT)

    def crash_postgresql(self) -> None:
        assert self.postgresql is not None
        self.postgresql.crash()
        time.sleep(self.chance.uniform(0, 0.5))  # for how long it is down is the fault
        self.postgresql.start()

    def _hold(self, process: Process) -> None:
        process.signal(signal.SIGSTOP)
        time.sleep(self.chance.choice(_HELD_SECONDS))  # for how long it hangs is the fault
        process.signal(signal.SIGCONT)


def run(world: World, nemesis: Nemesis, minutes: float, kills: int | None = None) -> dict[str, object]:
    """Break things for some minutes, or until so many were killed, heal, and check; return the figures."""
    stop, count = Event(), Counter[str]()
    loads = [world.load(lambda: nemesis.api, stop, 0.2) for _ in range(2)]
    began = time.monotonic()
    while time.monotonic() < began + minutes * 60 and (kills is None or _killed(count) < kills):
        nemesis.supervise()
        fault = nemesis.chance.choice(nemesis.faults())
        fault()
        count[fault.__name__] += 1
        time.sleep(nemesis.chance.choice(_PAUSE_SECONDS))  # a part of the schedule
    broken_seconds = time.monotonic() - began
    nemesis.await_api()
    nemesis.supervise()
    stop.set()
    for load in loads:
        load.join()
    deadline = time.monotonic() + _QUIET_SECONDS
    while not world.is_quiet() and time.monotonic() < deadline:
        time.sleep(0.5)  # polling the workers; bounded by the deadline
    findings = world.check()
    return {
        "seconds": round(broken_seconds), "rounds": count.total(), "killed": _killed(count),
        "faults": dict(count), "acknowledged": len(world.acknowledged), "repeated": len(world.refused),
        **vars(findings),
    }  # fmt: skip


def _killed(count: Counter[str]) -> int:
    return sum(number for name, number in count.items() if name.startswith(_FATAL))


def main() -> None:
    """Run from the command line, on PostgreSQL and on SQLite in turn or on one of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--kills", type=int, default=None)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = parser.parse_args()
    minutes = chosen.minutes or (1.0 if chosen.kills is None else float("inf"))
    print(f"nemesis: --seed {chosen.seed} --engine {chosen.engine}", flush=True)  # noqa: T201 - a program
    with (
        tempfile.TemporaryDirectory(prefix="nemesis-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        nemesis = _set_up(Path(name), chosen.engine, random.Random(chosen.seed), stack)  # noqa: S311 - replays
        print(json.dumps(run(nemesis.world, nemesis, minutes, chosen.kills)), flush=True)  # noqa: T201 - a program


def _set_up(directory: Path, engine: str, chance: random.Random, stack: ExitStack) -> Nemesis:
    directory.chmod(0o755)
    now = SystemClock().now()
    pki = create_pki(now)
    save_pki(pki, directory / "pki")
    issue_all(pki, directory / "samples", now)
    source = stack.enter_context(Neighbor(FireSafetyRegister().respond))
    postgresql = None
    if engine == "postgresql":
        (directory / "postgresql").mkdir()
        postgresql = Postgresql(directory / "postgresql")
        stack.callback(postgresql.crash)
    url = postgresql.url if postgresql else f"sqlite:///{directory / 'service.db'}"
    world = World(directory, world_settings(directory, url, source.host), directory / "samples")
    stack.callback(world.close)
    world.start_redis()
    api = world.start_api()
    return Nemesis(world, api, [world.start_worker() for _ in range(2)], postgresql, chance)


def world_settings(directory: Path, database_url: str, source_host: str, pki: Path | None = None) -> Settings:
    """Return the settings of a world, with an archive so that verdicts can be computed again."""
    keys = pki or directory / "pki"
    return Settings(
        database_url=database_url,
        environment="test",
        log_dir=directory / "published",
        trust_dir=keys / "trust",
        evidence_dir=keys / "evidence",
        private_dir=directory / "private",
        archive_dir=str(directory / "archive"),
        archive_documents="yes",
        data_sources=FireSafetyRegister.declared(directory / "sources.toml", source_host),
        outgoing_networks="127.0.0.0/8",
        sweep_seconds=0.5,
    )


if __name__ == "__main__":
    main()
