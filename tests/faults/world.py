"""The whole service as processes, its neighbors, and clients that repeat what was not answered."""

from __future__ import annotations

import base64
import os
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import urllib3

from license_service.bootstrap import App, build
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.services.caller import Caller, Scope
from license_service.settings import PREFIX, Settings
from tests.faults.checker import Findings, check, logs_of
from tests.faults.servers import Api, Process, Redis

_PROMISED = "premises-safety-statement"
_TENANT = "county"


def wrong_clock(shift: Path) -> dict[str, str]:
    """Return the environment in which C and all above it read the machine's time plus what the file says."""
    spec = find_spec("libfaketime")
    assert spec is not None
    assert spec.origin is not None
    library = Path(spec.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    assert library.exists()
    options = {"NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "TIMESTAMP_FILE": str(shift)}
    return {"LD_PRELOAD": str(library), **{f"FAKETIME_{name}": value for name, value in options.items()}}


@dataclass
class World:
    """Start and end processes of one service, over one database."""

    directory: Path
    settings: Settings
    samples_dir: Path
    processes: list[Process] = field(default_factory=list)
    redis: Redis | None = None
    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    clock_shift: Path | None = None
    """A file such as `+10y`: by how much the clock of processes that are started is wrong, at any moment."""

    @cached_property
    def app(self) -> App:
        return build(replace(self.settings, redis_url=""))

    @cached_property
    def headers(self) -> dict[str, str]:
        key = self.app.services.keys.create(_TENANT, "faults", tuple(Scope))
        return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    @cached_property
    def application(self) -> dict[str, Any]:
        """Return an application whose two licenses are verified once, for all cases."""
        offers = self.app.services.matters.get("food-business-license-new")["materials"]
        notice = next(m["by_commitment"]["notice_digest"] for m in offers if m["code"] == _PROMISED)
        files = ("business-license.ofd", "legal-person-id.jws")
        contents = [(self.samples_dir / "genuine" / name).read_bytes() for name in files]
        return {
            "matter_code": "food-business-license-new",
            "applicant": {"name": COMPANY.name, "id": COMPANY.id},
            "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
            "documents": [{"content": base64.b64encode(content).decode()} for content in contents],
            "submitted": [{"material": "floor-plan", "sha256": "0" * 64, "file_name": "plan.pdf"}],
            "commitments": [
                {"material": _PROMISED, "notice_digest": notice, "acknowledged_by": LEGAL_PERSON.name}
            ],
            "deferrals": [{"material": "health-certificate", "acknowledged_by": LEGAL_PERSON.name}],
        }

    def environment(self, fault: str = "") -> dict[str, str]:
        values = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(self.settings).items()}
        shifted = wrong_clock(self.clock_shift) if self.clock_shift else {}
        return {**os.environ, **values, **shifted, **({f"{PREFIX}FAULT": fault} if fault else {})}

    def start_redis(self) -> Redis:
        self.redis = Redis(self.directory / "redis")
        self.settings = replace(self.settings, redis_url=self.redis.url)
        return self.redis

    def start_api(
        self, fault: str = "", port: int = 0, largest_file: int | None = None, *, wait: bool = True
    ) -> Api:
        _ = self.headers, self.application  # before anything is broken
        api = Api(self.environment(fault), self.directory / "api.log", port, largest_file)
        self.processes.append(api)
        if wait:
            api.await_ready()
        return api

    def start_worker(self, fault: str = "") -> Process:
        command = [sys.executable, "-m", "workers"]
        worker = Process(command, self.environment(fault), self.directory / "worker.log")
        self.processes.append(worker)
        return worker

    def post(self, api: Api, key: str) -> urllib3.BaseHTTPResponse:
        """Send an application once.

        Raises:
            urllib3.exceptions.HTTPError: if nothing came back.
        """
        with urllib3.PoolManager(retries=False, timeout=20.0) as pool:
            answer = pool.request("POST", f"{api.url}/v1/cases", json=self.application,
                                  headers={**self.headers, "Idempotency-Key": key})  # fmt: skip
        if answer.status == 201:
            with self.lock:
                self.acknowledged.append(answer.json()["id"])
        return answer

    def load(self, api: Callable[[], Api], stop: Event, pause: float) -> Thread:
        """Open cases until told to stop, repeating what was not answered under its key."""

        def run() -> None:
            while not stop.is_set():
                self._insist(api, uuid.uuid4().hex, stop)
                stop.wait(pause)

        thread = Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _insist(self, api: Callable[[], Api], key: str, stop: Event) -> None:
        while not stop.is_set():
            try:
                answer = self.post(api(), key)
            except urllib3.exceptions.HTTPError as error:
                found = type(error).__name__
            else:
                if answer.status == 201:
                    return
                found = str(answer.status)
            with self.lock:
                self.refused.append(found)
            stop.wait(0.1)

    def kinds(self, case_id: str) -> list[str]:
        caller = Caller(_TENANT, "faults", frozenset(Scope))
        return [event["kind"] for event in self.app.services.cases.timeline(caller, case_id)]

    def is_quiet(self) -> bool:
        """Tell whether nothing is due any more."""
        return bool(self.app.services.health.readiness()["follow_ups"]["overdue"] == 0)

    def check(self, bound_seconds: float = 60.0) -> Findings:
        dumps = [self.redis.dump()] if self.redis else []
        texts = [*logs_of(self.directory), *dumps]
        return check(self.app, self.acknowledged, bound_seconds=bound_seconds, texts=texts)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        if self.redis:
            self.redis.kill()
