"""Append while what keeps the log is killed: `python -m tests.tamper.crash --entries N --seed S`.

Writers commit transactions of one to twenty events, and note what was acknowledged in files of their own.
Meanwhile the integrator is killed with SIGKILL and PostgreSQL stopped as by `pg_ctl stop -m immediate`, at
moments drawn from the seed. At the end nothing acknowledged may be missing, nothing be there twice, no index
and no number of a case be left out, and the log must verify as an auditor would do it.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import random
import tempfile
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from license_service.adapters.log_files import LogFolder
from license_service.adapters.log_key_ring import LogKeyRing
from license_service.adapters.sql.store import SqlStore
from license_service.audit.policy import trusting
from license_service.audit.verify import verify_export
from license_service.bootstrap.erasing import open_store
from license_service.clock import SystemClock
from license_service.domain.case import Event, EventKind
from license_service.errors import StoreUnavailableError
from license_service.services.proving.log_integration import LogIntegrator
from license_service.services.proving.proofs import ProofService
from license_service.services.recording import record_event
from license_service.settings import Settings
from tests.faults.servers import Postgresql

_WRITERS, _LARGEST, _ID_LINE = 3, 20, 33
_ORIGIN = "log.example/crash"
_WAIT_SECONDS, _IDLE_SECONDS = 0.05, 0.02

# Children are told to import this program again, and have it already.
warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy")
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.tamper.crash"])  # a child then works at once, and can be killed at work


def ready(url: str, directory: Path) -> SqlStore:
    """Open the store of the world in a folder, however often the server is down meanwhile."""
    settings = Settings(database_url=url, environment="test", private_dir=directory / "private")
    while True:
        try:
            return open_store(settings)
        except StoreUnavailableError:
            time.sleep(_WAIT_SECONDS)


def write(url: str, directory: Path, notes: Path, stop: Path, seed: int) -> None:
    """Commit events until told to stop; note the ids of those whose commit was acknowledged."""
    store, chance, clock = ready(url, directory), random.Random(seed), SystemClock()  # noqa: S311 - replays
    with notes.open("a") as file:
        while not stop.exists():
            case, data = uuid.uuid4().hex, {"outcome": "kept"}
            for _ in range(chance.randint(1, 4)):
                try:
                    with store.begin() as tx:
                        event = Event(EventKind.COMMITMENT_CHECKED, data)
                        written = [
                            record_event(tx, "county", case, event, clock.now()).id
                            for _ in range(chance.randint(1, _LARGEST))
                        ]
                except StoreUnavailableError:
                    time.sleep(_WAIT_SECONDS)
                    continue
                file.write("".join(f"{identifier}\n" for identifier in written))
                file.flush()


def integrator_of(store: SqlStore, directory: Path) -> LogIntegrator:
    """Return an integrator of the world."""
    return LogIntegrator(store, _key(directory), LogFolder(directory / "published"))


def integrate(url: str, directory: Path) -> None:
    """Integrate until killed; an `AuditError` ends it, and is found at the end."""
    integrator = integrator_of(ready(url, directory), directory)
    while True:
        try:
            if not integrator.integrate():
                time.sleep(_IDLE_SECONDS)
        except StoreUnavailableError:
            time.sleep(_WAIT_SECONDS)


def _key(directory: Path) -> LogKeyRing:
    return LogKeyRing(directory / "private", _ORIGIN, SystemClock())


@dataclass
class Round:
    """Hold what runs and what is broken."""

    directory: Path
    server: Postgresql
    chance: random.Random
    faults: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.notes = [self.directory / f"acknowledged-{number}" for number in range(_WRITERS)]
        self.stop = self.directory / "stop"
        self.integrator = self._started(integrate, self.server.url, self.directory)

    def run(self, entries: int) -> list[str]:
        """Break things until so many entries are acknowledged; return their ids."""
        seeds = [self.chance.randrange(1 << 30) for _ in self.notes]
        writers = [
            self._started(write, self.server.url, self.directory, note, self.stop, seed)
            for note, seed in zip(self.notes, seeds, strict=True)
        ]
        faults = (*[self.kill_integrator] * 6, self.crash_server)
        while self._acknowledged() < entries:
            time.sleep(self.chance.uniform(0.05, 1.5))  # how long things go well is part of the fault
            self.chance.choice(faults)()
            assert all(writer.exitcode is None for writer in writers), "a writer ended by an error"
        self.stop.touch()
        for writer in writers:
            writer.join(60)
            assert writer.exitcode == 0, "a writer ended by an error"
        self.kill_integrator()
        self.integrator.kill()
        self.integrator.join()
        return [line for note in self.notes for line in note.read_text().splitlines()]

    def kill_integrator(self) -> None:
        """Kill it at whatever it does; it must have ended by nothing else."""
        assert self.integrator.exitcode is None, "the integrator ended by itself"
        self.integrator.kill()
        self.integrator.join()
        self.faults["integrator killed"] += 1
        self.integrator = self._started(integrate, self.server.url, self.directory)

    def crash_server(self) -> None:
        """Stop PostgreSQL without a checkpoint, and let it recover."""
        self.server.crash()
        time.sleep(self.chance.uniform(0, 0.3))  # for how long it is down is the fault
        self.server.start()
        self.faults["server stopped"] += 1

    def _acknowledged(self) -> int:
        return sum(note.stat().st_size for note in self.notes if note.exists()) // _ID_LINE

    @staticmethod
    def _started(function: Callable[..., None], *arguments: object) -> ForkServerProcess:
        process = _FORK.Process(target=function, args=arguments, daemon=True)
        process.start()
        return process


def check(directory: Path, url: str, acknowledged: list[str]) -> dict[str, int]:
    """Compare the log with what was acknowledged, as the database, the folder and an auditor see it."""
    store = ready(url, directory)
    integrator, proofs = integrator_of(store, directory), ProofService(store, _key(directory))
    while integrator.integrate():
        pass
    lines = list(proofs.export())
    logged = Counter(_ids(lines))
    missing = [identifier for identifier in acknowledged if not logged[identifier]]
    double = [identifier for identifier, count in logged.items() if count > 1]
    assert not missing, f"{len(missing)} acknowledged entries are missing, {missing[0]} first"
    assert not double, f"{len(double)} entries are there twice, {double[0]} first"
    assert len(set(acknowledged)) == len(acknowledged)
    state = verify_export(lines, trusting(proofs.verifiers()))
    size = integrator.check()
    published = LogFolder(directory / "published").checkpoint()
    assert published is not None
    assert state.size == logged.total() == size == int(published.split("\n")[1])
    return {"logged": size, "never acknowledged": size - len(acknowledged), "cases": len(state.sequences)}


def _ids(lines: list[str]) -> Iterator[str]:
    rows = map(json.loads, lines)
    return (json.loads(base64.b64decode(row["entry"]))["id"] for row in rows if "entry" in row)


def run(directory: Path, entries: int, seed: int) -> dict[str, Any]:
    """Make a world in an empty folder, break it, and check; return the figures."""
    directory.chmod(0o755)  # PostgreSQL runs as another user
    (directory / "postgresql").mkdir()
    with ExitStack() as stack:
        server = Postgresql(directory / "postgresql")
        stack.callback(server.crash)
        ready(server.url, directory).close()
        _key(directory)
        round_ = Round(directory, server, random.Random(seed))  # noqa: S311 - replays
        began = time.monotonic()
        acknowledged = round_.run(entries)
        written = time.monotonic()
        found = check(directory, server.url, acknowledged)
        checked = time.monotonic()
    figures: dict[str, Any] = {
        "seed": seed,
        "acknowledged": len(acknowledged),
        **found,
        "seconds": round(written - began),
        "seconds of the check": round(checked - written),
    }
    return {**figures, "faults": dict(round_.faults)}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    chosen = parser.parse_args()
    print(f"crash: --seed {chosen.seed} --entries {chosen.entries}", flush=True)  # noqa: T201 - a program
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as name:
        print(json.dumps(run(Path(name), chosen.entries, chosen.seed)))  # noqa: T201 - a program


if __name__ == "__main__":
    main()
