"""Ratings and complaints over HTTP, to their answer or to the end of the time for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.clock import SystemClock, parse_instant
from license_service.demo.people import COMPANY
from license_service.services.caller import Scope
from license_service.settings import Settings

_BODY = {
    "matter_code": "social-security-enrollment",
    "applicant": {"name": COMPANY.name, "id": COMPANY.id},
}
_WORDS = "窗口要我再交一次营业执照复印件"
_BAD = {"channel": "window", "score": 1, "reasons": ["paper-asked-again"], "text": _WORDS}
_COMPLAINT = {"channel": "hotline-12345", "reasons": ["too-slow"]}


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.fixture
def case_id(api: Any, headers: dict[str, str]) -> str:
    return str(api.open_case(_BODY, headers, "k1").json["id"])


def _post(api: Any, headers: dict[str, str], path: str, body: dict[str, Any], key: str) -> Any:
    return api.client.post(path, json=body, headers={**headers, "Idempotency-Key": key})


def _kinds(api: Any, headers: dict[str, str], case_id: str) -> list[str]:
    answer = api.client.get(f"/v1/cases/{case_id}/timeline", headers=headers)
    return [event["kind"] for event in answer.json["events"]]


def _move_to(settings: Settings, instant: str, after: timedelta) -> None:
    moment = parse_instant(instant) + after
    Path(settings.clock_file).write_text(str((moment - SystemClock().now()).total_seconds()))


def test_a_bad_rating_gets_a_deadline_a_trace_as_it_was_and_an_answer(
    api: Any, headers: dict[str, str], case_id: str, settings: Settings
) -> None:
    rated = _post(api, headers, f"/v1/cases/{case_id}/ratings", _BAD, "r1")
    assert (rated.status_code, rated.json["state"]) == (201, "open")
    assert rated.json["deadline"]["explanation"]["count"] == 15
    assert rated.json["basis"]
    seen = api.client.get(rated.json["trace"], headers=headers).json
    assert [step["kind"] for step in seen["steps"]] == ["case.assessed"]
    path = f"/v1/complaints/{rated.json['id']}"
    answered = _post(api, headers, f"{path}/answer", {"text": "已致歉并整改"}, "a1")
    assert (answered.json["state"], answered.json["answer"]) == ("answered", "已致歉并整改")
    assert api.client.get(path, headers=headers).json == answered.json
    again = _post(api, headers, f"{path}/answer", {"text": "再答"}, "a2")
    assert (again.status_code, again.json["code"]) == (409, "case_state_conflict")
    _move_to(settings, rated.json["deadline"]["due_at"], timedelta(seconds=1))
    assert api.app.follow_ups.run_due() == 1
    assert _kinds(api, headers, case_id) == ["case.assessed", "feedback.received", "feedback.answered"]


def test_a_complaint_nobody_answers_goes_to_a_person_and_may_still_be_answered(
    api: Any, headers: dict[str, str], case_id: str, settings: Settings
) -> None:
    made = _post(api, headers, f"/v1/cases/{case_id}/complaints", _COMPLAINT, "c1").json
    _move_to(settings, made["deadline"]["due_at"], timedelta(seconds=-1))
    assert api.app.follow_ups.run_due() == 0
    _move_to(settings, made["deadline"]["due_at"], timedelta(seconds=1))
    assert api.app.follow_ups.run_due() == 1
    path = f"/v1/complaints/{made['id']}"
    assert api.client.get(path, headers=headers).json["state"] == "overdue"
    assert _kinds(api, headers, case_id)[-2:] == ["feedback.overdue", "case.referred"]
    assert _post(api, headers, f"{path}/answer", {"text": "已处理"}, "a1").json["state"] == "answered"
    events = api.client.get(f"/v1/cases/{case_id}/timeline", headers=headers).json["events"]
    assert events[-1]["data"]["late"] is True


def test_a_case_is_rated_once_and_complained_about_as_often_as_need_be(
    api: Any, headers: dict[str, str], case_id: str
) -> None:
    ratings, complaints = f"/v1/cases/{case_id}/ratings", f"/v1/cases/{case_id}/complaints"
    good = _post(api, headers, ratings, {"channel": "online", "score": 5}, "r1")
    assert (good.json["state"], good.json["deadline"]) == ("noted", None)
    assert _post(api, headers, ratings, {"channel": "online", "score": 5}, "r1").json == good.json
    assert _post(api, headers, ratings, _BAD, "r2").json["code"] == "case_state_conflict"
    made = [_post(api, headers, complaints, _COMPLAINT, f"c{number}").status_code for number in range(2)]
    assert made == [201, 201]
    assert _post(api, headers, complaints, _COMPLAINT, "c2").status_code == 201
    path = f"/v1/complaints/{good.json['id']}/answer"
    assert _post(api, headers, path, {"text": "谢谢"}, "a1").json["code"] == "case_state_conflict"


_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("ratings", {"channel": "window", "score": 0}),
    ("ratings", {"channel": "window", "score": 6}),
    ("ratings", {"channel": "window"}),
    ("ratings", {"channel": "pigeon", "score": 3}),
    ("ratings", {"channel": "window", "score": 3, "reasons": ["no-such-reason"]}),
    ("complaints", {"channel": "window", "reasons": []}),
    ("complaints", {"channel": "window", "reasons": ["too-slow"], "score": 1}),
]


def test_what_is_no_rating_or_complaint_is_refused(api: Any, headers: dict[str, str], case_id: str) -> None:
    for what, body in _REFUSED:
        refused = _post(api, headers, f"/v1/cases/{case_id}/{what}", body, "x1")
        assert (refused.status_code, refused.json["code"]) == (422, "request_invalid"), body
    assert _kinds(api, headers, case_id) == ["case.assessed"]


def test_what_people_wrote_is_in_no_event_and_is_their_tenants_alone(
    api: Any, headers: dict[str, str], case_id: str
) -> None:
    made = _post(api, headers, f"/v1/cases/{case_id}/ratings", _BAD, "r1").json
    assert made["text"] == _WORDS
    assert _WORDS not in api.client.get(f"/v1/cases/{case_id}/timeline", headers=headers).text
    assert _WORDS not in api.client.get(f"/v1/cases/{case_id}/trace", headers=headers).text
    stranger = api.key(tenant="elsewhere")
    path = f"/v1/complaints/{made['id']}"
    assert api.client.get(path, headers=stranger).json["code"] == "not_found"
    assert _post(api, stranger, f"{path}/answer", {"text": "x"}, "a1").json["code"] == "not_found"
    elsewhere = _post(api, stranger, f"/v1/cases/{case_id}/ratings", _BAD, "r1")
    assert elsewhere.json["code"] == "not_found"
    reader = api.key(Scope.CASES_READ)
    assert _post(api, reader, f"{path}/answer", {"text": "x"}, "a1").json["code"] == "forbidden"
