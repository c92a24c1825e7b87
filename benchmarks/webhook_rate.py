"""Webhooks delivered a second by two workers to receivers on this machine: to one, and to twenty.

`python -m benchmarks.webhook_rate`; SQLite and PostgreSQL. A delivery is claimed, signed, sent over a
connection of its own, answered, and recorded as done. One receiver gets two at once, whoever sends them;
twenty do not wait for one another. Timed from the first that is done to the last, so that the start of
processes does not count.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.worker_rate import rate
from license_service.adapters.sql.schema import follow_up
from license_service.bootstrap import build
from license_service.bootstrap.erasing import open_store
from license_service.demo.neighbors import Answer, Neighbor
from license_service.domain.case import Event, EventKind
from license_service.services.recording import record_event
from license_service.settings import Settings
from tests.faults.servers import Postgresql

_DELIVERIES, _RECEIVERS = 400, 20


@dataclass
class Receiver:
    """Take webhooks, and remember their ids."""

    ids: set[str] = field(default_factory=set)

    def respond(self, _path: str, headers: dict[str, str], _body: bytes) -> Answer:
        """Take it."""
        self.ids.add(headers["webhook-id"])
        return 200, {}


def measure(root: Path, name: str, database_url: str, receivers: int) -> None:
    """Print how many were delivered in a second to so many receivers."""
    taken = [Receiver() for _ in range(receivers)]
    with ExitStack() as stack:
        hosts = [stack.enter_context(Neighbor(each.respond)).host for each in taken]
        settings = Settings(
            database_url=database_url,
            log_dir=root / f"log-{name}-{receivers}",
            private_dir=root / f"private-{name}-{receivers}",
            webhook_hosts=",".join(hosts),
            outgoing_networks="127.0.0.0/8",
            sweep_seconds=0.2,
        )
        _fill(settings, hosts)
        variables = {f"LICENSE_SERVICE_{key.upper()}": str(value) for key, value in vars(settings).items()}
        figure = rate([sys.executable, "-m", "workers"], {**os.environ, **variables}, _left(database_url))
    if sum(len(each.ids) for each in taken) != _DELIVERIES:
        raise RuntimeError("not every webhook arrived")
    print(f"{name:12}{receivers:3} receivers   {figure:6.0f} deliveries/s")


def _fill(settings: Settings, hosts: list[str]) -> None:
    webhooks, store, now = (
        build(settings).services.webhooks,
        open_store(settings),
        datetime.now(UTC),
    )
    for host in hosts:
        webhooks.add_endpoint("county", f"http://{host}/")
    with store.begin() as tx:
        for number in range(_DELIVERIES // len(hosts)):
            event = Event(EventKind.SUPPLEMENT_REMINDED, {"number": number})
            record_event(tx, "county", f"{number:032x}", event, now)
    store.close()


def _left(database_url: str) -> Callable[[], int]:
    engine = sa.create_engine(database_url)
    waiting = sa.select(sa.func.count()).select_from(follow_up).where(follow_up.c.state != "done")

    def left() -> int:
        with engine.connect() as connection:
            return int(connection.execute(waiting).scalar_one())

    return left


def main() -> None:
    """Measure both engines."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # PostgreSQL runs as another user
        for receivers in (1, _RECEIVERS):
            measure(root, "SQLite", f"sqlite:///{root / f'{receivers}.db'}", receivers)
        (root / "postgresql").mkdir()
        server = Postgresql(root / "postgresql")
        try:
            for receivers in (1, _RECEIVERS):
                with sa.create_engine(server.url, isolation_level="AUTOCOMMIT").connect() as connection:
                    connection.execute(sa.text(f"CREATE DATABASE to{receivers}"))
                measure(root, "PostgreSQL", server.url.replace("/postgres?", f"/to{receivers}?"), receivers)
        finally:
            server.crash()


if __name__ == "__main__":
    main()
