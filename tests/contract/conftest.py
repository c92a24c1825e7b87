"""What the contract tests of the store share: an open store on each engine, and rows to keep in it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.domain.application import Person
from license_service.domain.case import Case, CaseState
from license_service.services.records import StoredCase, StoredEvent

MOMENT = datetime(2026, 3, 2, 1, 2, 3, 456789, UTC)


@pytest.fixture
def moment() -> datetime:
    return MOMENT


@pytest.fixture
def store(any_database_url: str, sealing: Sealing) -> Iterator[SqlStore]:
    opened = SqlStore(any_database_url, sealing)
    yield opened
    opened.close()


@pytest.fixture
def a_case() -> Callable[..., StoredCase]:
    def build(case_id: str = "c1", *, legal_person: Person | None = None) -> StoredCase:
        case = Case(case_id, "matter", "2026-1", CaseState.COMPLETE, (), (), MOMENT)
        return StoredCase("county", case, 1, Person("示例乙", "91999900MADEM0AY10"), legal_person, "5a17")

    return build


@pytest.fixture
def an_event() -> Callable[..., StoredEvent]:
    def build(case_id: str | None = None, seq: int | None = None) -> StoredEvent:
        entry = json.dumps({"case": case_id, "seq": seq}).encode() + b"\x00\xff"
        return StoredEvent(uuid.uuid4().hex, "county", case_id, seq, "case.assessed", entry, MOMENT)

    return build
