"""What a worker does at each look at the log."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from license_service.services.proving.log_integration import LogIntegrator
from license_service.settings import Settings
from workers.integrating import LOOK_SECONDS, keep_integrating, rest_after


class Looks(Event):
    """Be told before each look what happens until then, and to stop after the last; waits for nothing."""

    def __init__(self, *happens: Callable[[], object] | None) -> None:
        super().__init__()
        self._happens = iter(happens)

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        assert timeout >= LOOK_SECONDS
        for happen in self._happens:
            if happen is not None:
                happen()
            return False
        return True


class Counted(LogIntegrator):
    """Keep how many events each call integrated, and -1 where it failed."""

    calls: list[int]

    def integrate(self) -> int:
        self.calls.append(-1)
        self.calls[-1] = super().integrate()
        return self.calls[-1]


@pytest.fixture
def log(api: Any) -> Counted:
    parts = (getattr(api.app.log, f"_{name}") for name in ("store", "key", "publication"))
    log = Counted(*parts)
    log.calls = []
    return log


@pytest.fixture
def happen(api: Any) -> Callable[[], None]:
    headers = api.key()

    def call() -> None:
        sent = {"file": (io.BytesIO(b"not a license"), "f")}
        assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201

    return call


def test_what_happens_is_integrated_at_the_next_look(log: Counted, happen: Callable[[], None]) -> None:
    keep_integrating(log, 3600, Looks(None, None, happen, None, happen, None))
    assert log.calls == [0, 1, 1]


def test_the_log_is_checked_every_sweep_though_nothing_happens(log: Counted) -> None:
    keep_integrating(log, 2 * LOOK_SECONDS, Looks(*[None] * 5))
    assert log.calls == [0, 0, 0]


def test_a_log_that_does_not_add_up_is_tried_again_at_the_next_sweep_alone(
    log: Counted, happen: Callable[[], None], settings: Settings
) -> None:
    happen()
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    backup = database.with_suffix(".backup")
    shutil.copy(database, backup)
    log.integrate()
    shutil.copy(backup, database)  # what was published is no longer there
    keep_integrating(log, 3 * LOOK_SECONDS, Looks(*[None] * 5))
    assert log.calls == [1, -1, -1]


@pytest.mark.parametrize(
    ("took", "events", "rest"),
    [
        (0.001, 0, LOOK_SECONDS),
        (0.005, 1, LOOK_SECONDS),
        (0.02, 60, 0.4),
        (0.06, 999, 1.0),
        (0.06, 1000, LOOK_SECONDS),
        (9.0, 1, 1.0),
    ],
)
def test_the_more_a_batch_takes_the_longer_until_the_next(took: float, events: int, rest: float) -> None:
    assert rest_after(took, events) == pytest.approx(rest)


def test_more_than_a_batch_takes_several_looks(
    log: Counted, happen: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("license_service.services.proving.log_integration.BATCH", 2)
    for _ in range(5):
        happen()
    keep_integrating(log, 3600, Looks(*[None] * 5))
    assert log.calls == [2, 2, 1]
