"""What one case costs from accepting to followed up, and what many come to: processor time, rows, bytes.

`python -m benchmarks.unit_costs [--cases N] [--cases-per-day N]`; SQLite, PostgreSQL. Each case shows two
licenses that are verified, promises one thing and owes another; the promise is checked at once, every
event enters the log. Processor time is what the kernel counted for each process, so it hardly depends on
what else the machine does. The calculation takes the costs on PostgreSQL, a working day of eight hours
and a peak hour of twice its mean.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.neighbors import FireSafetyRegister, Neighbor
from license_service.demo.pki import create_pki, save_pki
from tests.faults.nemesis import world_settings
from tests.faults.servers import Postgresql
from tests.faults.world import World

_WARM, _CLIENTS = 10, 4
_TICKS = os.sysconf("SC_CLK_TCK")
_QUIET_SECONDS = 120.0
_HOURS, _PEAK, _WORKING_DAYS = 8, 2.0, 250


@dataclass(frozen=True)
class Costs:
    """Hold what one case costs."""

    api_seconds: float
    worker_seconds: float
    database_seconds: float
    octets: float
    events: float
    follow_ups: float


def processor_seconds(session: int) -> float:
    """Return what all processes of a session, or below one process, have used."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if session in {int(stat.parent.name), int(fields[1]), int(fields[3])}:
            total += sum(map(int, fields[11:13])) / _TICKS
    return total


def measure(root: Path, url: str, pki: Path, server: Postgresql | None, cases: int) -> Costs:
    """Return the costs on one engine."""
    with Neighbor(FireSafetyRegister().respond) as source:
        world = World(root, world_settings(root, url, source.host, pki), pki.parent / "samples")
        try:
            return _of(world, server, cases)
        finally:
            world.close()


def _of(world: World, server: Postgresql | None, cases: int) -> Costs:
    world.start_redis()
    api, worker = world.start_api(), world.start_worker()

    def accept(names: Iterable[str]) -> None:
        with ThreadPoolExecutor(_CLIENTS) as clients:
            statuses = {answer.status for answer in clients.map(lambda name: world.post(api, name), names)}
        if statuses != {201}:
            raise RuntimeError(f"not every case was accepted: {statuses}")
        deadline = time.monotonic() + _QUIET_SECONDS
        while not world.is_quiet() or world.app.services.health.readiness()["log"]["waiting"]:
            if time.monotonic() > deadline:
                raise RuntimeError("what was accepted is not followed up")
            time.sleep(0.1)

    def state() -> list[float]:
        sessions = (api.child.pid, worker.child.pid, *([server.server.pid] if server else []))
        used = [processor_seconds(session) for session in sessions]
        return [*used, *([] if server else [0.0]), *_sizes(world.settings.database_url)]

    accept(f"warm-{number}" for number in range(_WARM))
    before = state()
    accept(f"case-{number}" for number in range(cases))
    return Costs(*((after - begin) / cases for begin, after in zip(before, state(), strict=True)))


def _sizes(url: str) -> tuple[float, float, float]:
    queries = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    engine = sa.create_engine(url)
    asked = (queries[engine.dialect.name], "SELECT count(*) FROM event", "SELECT count(*) FROM follow_up")
    with engine.connect() as connection:
        octets, events, follow_ups = (float(connection.execute(sa.text(q)).scalar_one()) for q in asked)
    engine.dispose()
    return octets, events, follow_ups


def show(name: str, costs: Costs) -> None:
    """Print the costs on one engine."""
    spent = (costs.api_seconds, costs.worker_seconds, costs.database_seconds)
    api, workers, database = (seconds * 1000 for seconds in spent)
    print(
        f"{name:12}a case: API {api:6.1f} ms   workers {workers:6.1f} ms   database {database:5.1f} ms   ",
        end="",
    )
    print(f"{costs.octets / 1000:6.1f} kB   {costs.events:.1f} events   {costs.follow_ups:.1f} follow-ups")


def simulate(costs: Costs, cases_per_day: float) -> None:
    """Print what so many cases a day take in the peak hour, at half load, and in a year."""
    peak = cases_per_day / (_HOURS * 3600) * _PEAK
    spent = (costs.api_seconds, costs.worker_seconds, costs.database_seconds)
    api, workers, database = (2 * peak * seconds for seconds in spent)
    terabytes = cases_per_day * _WORKING_DAYS * costs.octets / 1e12
    print(
        f"{cases_per_day:12,.0f} cases a day   {peak:8,.0f}/s at peak   {terabytes:7.2f} TB a year   ", end=""
    )
    print(f"cores at half load: API {api:,.0f}, workers {workers:,.0f}, database {database:,.0f}")


def main() -> None:
    """Measure both engines, and calculate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases-per-day", type=float, default=1_000_000)
    parser.add_argument("--cases", type=int, default=100, help="more of them share what idle workers use")
    chosen = parser.parse_args()
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # PostgreSQL runs as another user
        pki = create_pki(now)
        save_pki(pki, root / "pki")
        issue_all(pki, root / "samples", now)
        for name in ("sqlite", "run", "postgresql"):
            (root / name).mkdir()
        show(
            "SQLite",
            measure(root / "sqlite", f"sqlite:///{root / 'service.db'}", root / "pki", None, chosen.cases),
        )
        server = Postgresql(root / "postgresql")
        try:
            costs = measure(root / "run", server.url, root / "pki", server, chosen.cases)
        finally:
            server.crash()
        show("PostgreSQL", costs)
        for factor in (1, 10):
            simulate(costs, factor * chosen.cases_per_day)


if __name__ == "__main__":
    main()
