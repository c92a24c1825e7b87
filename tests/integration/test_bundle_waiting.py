"""A matter of a bundle that waits: withdrawn, or over when the rule says, and then nothing is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.bootstrap.erasing import open_store
from license_service.clock import SystemClock
from license_service.demo.people import LEGAL_PERSON
from license_service.settings import Settings
from tests.integration.restaurant import FOOD, SETUP, SOCIAL, add_result, apply, outcomes, restaurant
from tests.integration.restaurant import document as read

_LICENSE = "genuine/business-license.ofd"
_GONE = "wait_expired"


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.fixture
def opened(api: Any, headers: dict[str, str], samples_dir: Path) -> Any:
    """Return an application of which two matters wait."""
    answer = apply(api, headers, restaurant(api, headers, samples_dir)).json
    assert [m["matter"] for m in answer["matters"] if m["outcome"] == "waiting_for_result"] == [FOOD, SOCIAL]
    return answer


def _withdraw(api: Any, headers: dict[str, str], identifier: str, key: str, **body: Any) -> Any:
    path = f"/v1/bundle-applications/{identifier}/withdrawal"
    sent = {"reason": "另行安排", **body}
    return api.client.post(path, json=sent, headers={**headers, "Idempotency-Key": key})


def _handed_in(api: Any, identifier: str) -> dict[str, Any]:
    store = open_store(api.app.settings)
    with store.begin() as tx:
        stored = tx.bundle_application("county", identifier)
    store.close()
    assert stored is not None
    return dict(stored.handed_in)


def _events(api: Any, headers: dict[str, str], opened: Any) -> list[dict[str, Any]]:
    path = f"/v1/cases/{opened['matters'][0]['case']['id']}/timeline"
    events = api.client.get(path, headers=headers).json["events"]
    return [event for event in events if event["kind"].startswith("wait.")]


def _move(settings: Settings, opened: Any, seconds: int) -> None:
    """Put the service's clock so many seconds beside the end of the wait."""
    due = datetime.fromisoformat(opened["wait"]["due_at"]) + timedelta(seconds=seconds)
    Path(settings.clock_file).write_text(str((due - SystemClock().now()).total_seconds()))


def test_all_that_waits_is_withdrawn_and_nothing_handed_in_is_kept(
    api: Any, headers: dict[str, str], opened: Any, samples_dir: Path
) -> None:
    identifier = opened["id"]
    assert LEGAL_PERSON.name in str(_handed_in(api, identifier))
    answer = _withdraw(api, headers, identifier, "w1")
    assert (answer.status_code, answer.json["outcome"]) == (200, "partly_accepted")
    assert outcomes(answer) == {SETUP: "accepted_with_obligations", FOOD: "withdrawn", SOCIAL: "withdrawn"}
    assert _handed_in(api, identifier) == {}
    assert (opened["wait"] is None, answer.json["wait"]) == (False, None)
    (act,) = answer.json["acts"]
    assert (act["kind"], act["reason"], act["matters"]) == ("withdrawal", "另行安排", [FOOD, SOCIAL])
    (event,) = _events(api, headers, opened)
    assert event["kind"] == "wait.withdrawn"
    assert event["data"]["matters"] == {FOOD: "withdrawn", SOCIAL: "withdrawn"}
    assert event["data"]["application"] == identifier
    assert "另行安排" not in str(event)  # the log names nobody, and words might
    assert _withdraw(api, headers, identifier, "w1").json == answer.json
    assert api.client.get(f"/v1/bundle-applications/{identifier}", headers=headers).json == answer.json
    late = add_result(api, headers, identifier, "r1", read(samples_dir, _LICENSE))
    assert (late.status_code, late.json["code"]) == (409, "case_state_conflict")


def test_one_is_withdrawn_and_the_other_goes_on_with_its_result(
    api: Any, headers: dict[str, str], opened: Any, samples_dir: Path
) -> None:
    identifier = opened["id"]
    one = _withdraw(api, headers, identifier, "w1", matters=[SOCIAL, SOCIAL])
    assert outcomes(one)[FOOD] == "waiting_for_result"
    assert outcomes(one)[SOCIAL] == "withdrawn"
    assert _handed_in(api, identifier)
    done = add_result(api, headers, identifier, "r1", read(samples_dir, _LICENSE))
    assert outcomes(done) == {FOOD: "accepted_with_obligations"}
    assert done.json["outcome"] == "partly_accepted"
    assert _handed_in(api, identifier) == {}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"matters": [SETUP]}, 409, "case_state_conflict"),
        ({"matters": [FOOD, SETUP]}, 409, "case_state_conflict"),
        ({"matters": ["marriage-registration"]}, 422, "request_invalid"),
        ({"reason": ""}, 422, "request_invalid"),
        ({"more": 1}, 422, "request_invalid"),
    ],
)
def test_only_what_waits_is_withdrawn_and_a_refusal_changes_nothing(
    api: Any, headers: dict[str, str], opened: Any, body: dict[str, Any], status: int, code: str
) -> None:
    before = api.client.get(f"/v1/bundle-applications/{opened['id']}", headers=headers).json
    refused = _withdraw(api, headers, opened["id"], "w1", **body)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert api.client.get(f"/v1/bundle-applications/{opened['id']}", headers=headers).json == before
    assert _withdraw(api, headers, opened["id"], "w2", matters=[FOOD]).status_code == 200
    again = _withdraw(api, headers, opened["id"], "w3", matters=[FOOD])
    assert (again.status_code, again.json["code"]) == (409, "case_state_conflict")


def test_another_tenant_withdraws_nothing_and_a_key_is_needed(
    api: Any, headers: dict[str, str], opened: Any
) -> None:
    stranger = api.key(tenant="elsewhere")
    assert _withdraw(api, stranger, opened["id"], "w1").json["code"] == "not_found"
    path = f"/v1/bundle-applications/{opened['id']}/withdrawal"
    bare = api.client.post(path, json={"reason": "r"}, headers=headers)
    assert bare.json["code"] == "idempotency_key_missing"


def test_a_wait_is_over_when_the_rule_says_and_not_a_moment_before(
    api: Any, headers: dict[str, str], opened: Any, settings: Settings
) -> None:
    identifier, wait = opened["id"], opened["wait"]
    assert (wait["explanation"]["count"], wait["explanation"]["unit"]) == (60, "working_days")
    assert wait["explanation"]["calendar_digest"]
    _move(settings, opened, -30)
    api.app.follow_ups.run_due()
    assert _events(api, headers, opened) == []
    _move(settings, opened, 30)
    api.app.follow_ups.run_due()
    path = f"/v1/bundle-applications/{identifier}"
    found = api.client.get(path, headers=headers).json
    assert {m["matter"]: m["outcome"] for m in found["matters"]} == {
        SETUP: "accepted_with_obligations", FOOD: _GONE, SOCIAL: _GONE,
    }  # fmt: skip
    assert _handed_in(api, identifier) == {}
    (event,) = _events(api, headers, opened)
    assert event["kind"] == "wait.expired"
    assert event["data"]["basis"] == wait["basis"]
    assert event["data"]["matters"] == {FOOD: _GONE, SOCIAL: _GONE}
    trace = api.client.get(f"/v1/cases/{found['matters'][0]['case']['id']}/trace", headers=headers).json
    told = next(step for step in trace["steps"] if step["kind"] == "wait.expired")
    assert (told["actor"], told["rule"]["basis"]) == ("service", wait["basis"])
    assert _withdraw(api, headers, identifier, "w1").json["code"] == "case_state_conflict"


def test_a_result_after_the_end_is_refused_even_where_no_worker_ran(
    api: Any, headers: dict[str, str], opened: Any, samples_dir: Path, settings: Settings
) -> None:
    license_ = read(samples_dir, _LICENSE)
    _move(settings, opened, 30)
    late = add_result(api, headers, opened["id"], "r1", license_)
    assert (late.status_code, late.json["code"]) == (409, "case_state_conflict")
    _move(settings, opened, -30)
    assert add_result(api, headers, opened["id"], "r2", license_).json["outcome"] == "accepted"
    _move(settings, opened, 30)
    api.app.follow_ups.run_due()
    assert _events(api, headers, opened) == []
