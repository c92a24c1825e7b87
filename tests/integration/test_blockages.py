"""The report of blockages over HTTP, on each engine, against the events it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from license_service.bootstrap.erasing import open_store
from license_service.clock import SHANGHAI, SystemClock
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.domain.case import Event, EventKind
from license_service.services.caller import Scope
from license_service.services.cases import blockages
from license_service.services.recording import record_event

_SOCIAL = "social-security-enrollment"
_PAPER = {"sha256": "0" * 64, "file_name": "a.pdf"}


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


def _open(api: Any, headers: dict[str, str], key: str, *materials: str) -> Any:
    body = {
        "matter_code": _SOCIAL,
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "submitted": [{"material": name, **_PAPER} for name in materials],
        "deferrals": [{"material": "bank-account", "acknowledged_by": LEGAL_PERSON.name}],
    }
    return api.open_case(body, headers, key).json


def _report(api: Any, headers: dict[str, str], **query: str) -> Any:
    today = SystemClock().now().astimezone(SHANGHAI).date()
    days = {"from": (today - timedelta(days=1)).isoformat(), "to": today.isoformat()}
    return api.client.get("/v1/reports/blockages", query_string={**days, **query}, headers=headers)


def test_a_report_counts_what_is_missing_owed_and_refused_the_worst_first(
    api: Any, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blockages, "_PAGE", 2)
    whole = _open(api, headers, "k0", "business-license", "employee-list")
    for number in range(3):
        _open(api, headers, f"k{number + 1}", "business-license")
    sent = {**headers, "Idempotency-Key": "s1"}
    path = f"/v1/cases/{whole['id']}/supplements"
    api.client.post(path, json={"material": "bank-account"}, headers=sent)
    paper = {"material": "bank-account", "submitted": {"material": "bank-account", **_PAPER}}
    api.client.post(path, json=paper, headers={**headers, "Idempotency-Key": "s2"})
    report = _report(api, headers, by="material,reason").json
    assert report["cases"] == 4
    lines = {
        (line["material"], line["reason"]): (line["failed"], line["begun"], line["settled"])
        for line in report["blockages"]
    }
    assert lines == {
        ("employee-list", "MATERIAL_MISSING"): (3, 0, 0),
        ("bank-account", "MATERIAL_MISSING"): (1, 0, 0),
        ("bank-account", ""): (0, 1, 1),
    }
    assert report["blockages"][0]["material"] == "employee-list"
    (counts,) = report["materials"]
    assert (counts["cases"], counts["submitted"], counts["deferred"], counts["missing"]) == (4, 5, 4, 3)
    assert sum(counts[name] for name in ("exempt", "committed", "manual_review", "not_needed")) == 0


def test_only_the_days_asked_for_and_ones_own_cases_are_counted(api: Any, headers: dict[str, str]) -> None:
    _open(api, headers, "k1")
    assert _report(api, headers).json["blockages"][0]["failed"] == 2
    past = _report(api, headers, **{"from": "2020-01-01", "to": "2020-12-31"}).json
    assert (past["cases"], past["blockages"], past["materials"]) == (0, [], [])
    assert _report(api, api.key(tenant="elsewhere")).json["cases"] == 0
    assert _report(api, api.key(Scope.VERIFY)).json["code"] == "forbidden"


_REFUSED = [
    {"by": "nothing"},
    {"by": "matter,"},
    {"from": "2026-13-01"},
    {"from": "2020-01-01"},
    {"to": "2020-01-01"},
]


def test_what_cannot_be_counted_is_refused(api: Any, headers: dict[str, str]) -> None:
    for query in _REFUSED:
        answer = _report(api, headers, **query)
        assert (answer.status_code, answer.json["code"]) == (422, "request_invalid"), query


def test_what_was_logged_of_a_case_that_is_lost_disturbs_no_count(api: Any, headers: dict[str, str]) -> None:
    store = open_store(api.app.settings)
    with store.begin() as tx:
        dead = Event(EventKind.FOLLOW_UP_DEAD, {"code": "not_found", "attempts": 10})
        record_event(tx, "county", "lost", dead, SystemClock().now())
    store.close()
    _open(api, headers, "k1")
    report = _report(api, headers, by="reason").json
    assert (report["cases"], {line["reason"] for line in report["blockages"]}) == (1, {"MATERIAL_MISSING"})


def test_pages_of_events_leave_none_out_and_repeat_none(api: Any, headers: dict[str, str]) -> None:
    for number in range(4):
        _open(api, headers, f"k{number}")
    store = open_store(api.app.settings)
    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    with store.begin() as tx:
        whole = [event.id for _, event in tx.case_events("county", begin, end, None, 100)]
        found, place = [], None
        while page := tx.case_events("county", begin, end, place, 3):
            found += [event.id for _, event in page]
            place = page[-1][0]
        assert found == whole
        assert len(whole) == 4
        assert tx.case_events("elsewhere", begin, end, None, 100) == []
        assert {event.seq for event in tx.first_events("county", [])} == set()
    store.close()
