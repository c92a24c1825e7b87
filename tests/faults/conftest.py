"""Real processes over one database, a real data source and, where asked for, a real Redis.

The database is SQLite; a module that overrides `database_url` by `any_database_url` runs on both engines.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from license_service.bootstrap import App, build
from license_service.demo.neighbors import FireSafetyRegister, Neighbor
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.domain.application import CommitmentOffer, DeferralRequest, Person, SubmittedDocument
from license_service.services.accepting.inputs import ApplicationInput, DocumentInput
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.settings import PREFIX, Settings
from tests.faults.nemesis import world_settings
from tests.faults.world import World

_CALLER = Caller("county", "key", frozenset(Scope))
_PROMISED = "premises-safety-statement"


@dataclass(frozen=True)
class House:
    """One service whose processes come and go."""

    settings: Settings
    register: FireSafetyRegister

    @cached_property
    def _app(self) -> App:
        return build(self.settings)

    def app(self) -> App:
        return self._app

    def worker(self, fault: str = "") -> subprocess.Popen[bytes]:
        values = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(self.settings).items()}
        environment = {**os.environ, **values, **({f"{PREFIX}FAULT": fault} if fault else {})}
        return subprocess.Popen([sys.executable, "-m", "workers"], env=environment)

    def open_case(self, samples_dir: Path) -> str:
        genuine = samples_dir / "genuine"
        app = self.app()
        notice = next(m for m in app.services.matters.get("food-business-license-new")["materials"]
                      if m["code"] == _PROMISED)["by_commitment"]["notice_digest"]  # fmt: skip
        files = ("business-license.ofd", "legal-person-id.jws")
        application = ApplicationInput(
            matter_code="food-business-license-new",
            applicant=Person(COMPANY.name, COMPANY.id),
            legal_person=Person(LEGAL_PERSON.name, LEGAL_PERSON.id),
            documents=tuple(DocumentInput((genuine / name).read_bytes()) for name in files),
            submitted=(SubmittedDocument("floor-plan", "0" * 64, "plan.pdf"),),
            commitments=(CommitmentOffer(_PROMISED, notice, "示例甲"),),
            deferrals=(DeferralRequest("health-certificate", "示例甲"),),
        )
        claim = IdempotencyClaim("/v1/cases", "k1", base64.b64encode(b"f").decode())
        return str(app.services.cases.open(_CALLER, application, claim)["id"])

    def kinds(self, case_id: str) -> list[str]:
        return [event["kind"] for event in self.app().services.cases.timeline(_CALLER, case_id)]

    def case(self, case_id: str) -> dict[str, Any]:
        return self.app().services.cases.get(_CALLER, case_id)

    def let_leases_end(self) -> None:
        """Do to the leases what 30 seconds would do."""
        with sa.create_engine(self.settings.database_url).begin() as connection:
            connection.execute(sa.text("UPDATE follow_up SET lease_until = 0"))

    def with_sweep(self, seconds: float) -> House:
        return replace(self, settings=replace(self.settings, sweep_seconds=seconds))

    def with_redis(self, url: str) -> House:
        return replace(self, settings=replace(self.settings, redis_url=url))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is marked `full` to `make faults-all`."""
    if os.environ.get("FAULTS") == "full":
        return
    left = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(tmp_path: Path, pki_dir: Path, database_url: str) -> Iterator[House]:
    register = FireSafetyRegister()
    with Neighbor(register.respond) as source:
        settings = Settings(
            database_url=database_url,
            environment="test",
            log_dir=tmp_path / "log",
            trust_dir=pki_dir / "trust",
            evidence_dir=pki_dir / "evidence",
            private_dir=tmp_path / "private",
            data_sources=register.declared(tmp_path / "sources.toml", source.host),
            outgoing_networks="127.0.0.0/8",
            sweep_seconds=0.2,
        )
        yield House(settings, register)


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)  # polling another process; bounded by the deadline

    return wait


@pytest.fixture
def world(tmp_path: Path, pki_dir: Path, samples_dir: Path, sqlite_url: str) -> Iterator[World]:
    """Return a service of processes over SQLite; whatever still runs is killed."""
    with Neighbor(FireSafetyRegister().respond) as source:
        made = World(tmp_path, world_settings(tmp_path, sqlite_url, source.host, pki_dir), samples_dir)
        yield made
        made.close()
