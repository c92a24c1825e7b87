"""A short set of crash rounds; `make crash ENTRIES=50000` runs a long one."""

from __future__ import annotations

import logging
import os
import random
import tempfile
from pathlib import Path

import pytest

from license_service.clock import SystemClock
from license_service.domain.case import Event, EventKind
from license_service.services.recording import record_event
from tests.tamper import crash

_ENTRIES = 3000 if os.environ.get("TAMPER") == "full" else 150


def test_nothing_acknowledged_is_lost_or_doubled() -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    logging.getLogger(__name__).warning("crash: --seed %d --entries %d", seed, _ENTRIES)
    # Not below pytest's own folder: the server runs as a user who may not go there.
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as name:
        found = crash.run(Path(name), _ENTRIES, seed)
    assert found["acknowledged"] >= _ENTRIES, found
    assert found["faults"], found


def test_the_check_finds_what_is_missing(tmp_path: Path, postgresql_url: str) -> None:
    store = crash.ready(postgresql_url, tmp_path)
    with store.begin() as tx:
        event = Event(EventKind.COMMITMENT_CHECKED, {})
        kept = record_event(tx, "county", "c", event, SystemClock().now()).id
    assert crash.check(tmp_path, postgresql_url, [kept])["logged"] == 1
    with pytest.raises(AssertionError, match="missing"):
        crash.check(tmp_path, postgresql_url, [kept, "0" * 32])
