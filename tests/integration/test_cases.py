"""A case over HTTP, from application to close, with time moved by hand and no Redis."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from license_service.clock import SystemClock, parse_instant
from license_service.demo.people import COMPANY, LEGAL_PERSON, OTHER_COMPANY
from license_service.settings import Settings

_MATTER = "food-business-license-new"
_LONGEST_HOLIDAY = 9
"""Days between two working days, at most."""


def _license(samples_dir: Path, name: str) -> dict[str, str]:
    return {"content": base64.b64encode((samples_dir / name).read_bytes()).decode()}


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.fixture
def application(api: Any, headers: dict[str, str], samples_dir: Path) -> dict[str, Any]:
    guide = api.client.get(f"/v1/matters/{_MATTER}", headers=headers).json
    notices = {m["code"]: m.get("by_commitment", {}).get("notice_digest") for m in guide["materials"]}
    statement = "premises-safety-statement"
    return {
        "matter_code": _MATTER,
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "documents": [
            _license(samples_dir, "genuine/business-license.ofd"),
            _license(samples_dir, "genuine/legal-person-id.jws"),
        ],
        "submitted": [{"material": "floor-plan", "sha256": "0" * 64, "file_name": "plan.pdf"}],
        "commitments": [
            {"material": statement, "notice_digest": notices[statement], "acknowledged_by": "示例甲"}
        ],
        "deferrals": [{"material": "health-certificate", "acknowledged_by": "示例甲"}],
    }


def _outcomes(answer: Any) -> dict[str, str]:
    return {finding["material"]: finding["outcome"] for finding in answer.json["materials"]}


def _move_to(settings: Settings, instant: str, before: timedelta) -> None:
    moment = parse_instant(instant) - before
    Path(settings.clock_file).write_text(str((moment - SystemClock().now()).total_seconds()))


def test_two_licenses_a_promise_and_a_debt_are_accepted(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    answer = api.open_case(application, headers, "k1")
    assert (answer.status_code, answer.json["outcome"]) == (201, "accepted_with_obligations")
    assert _outcomes(answer) == {
        "business-license": "exempt",
        "legal-person-id": "exempt",
        "health-certificate": "deferred",
        "premises-safety-statement": "committed",
        "floor-plan": "submitted",
    }
    assert api.client.get(answer.headers["Location"], headers=headers).json["id"] == answer.json["id"]


def test_a_walkthrough_says_the_same_and_stores_nothing(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    body = {name: value for name, value in application.items() if name != "matter_code"}
    dry = api.client.post(f"/v1/matters/{_MATTER}/walkthroughs", json=body, headers=headers)
    assert dry.status_code == 200
    assert api.app.services.health.readiness()["log"]["waiting"] == 0
    assert _outcomes(dry) == _outcomes(api.open_case(application, headers, "k1"))


def test_a_license_of_somebody_else_never_exempts(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    body = copy.deepcopy(application)
    body["documents"][0] = _license(samples_dir, "wrong-holder/business-license.ofd")
    answer = api.open_case(body, headers, "k1")
    assert (answer.json["state"], _outcomes(answer)["business-license"]) == ("correction_needed", "missing")
    assert answer.json["correction_notice"][0]["reasons"] == ["HOLDER_MISMATCH"]
    body["applicant"] = {"name": OTHER_COMPANY.name, "id": OTHER_COMPANY.id}
    assert _outcomes(api.open_case(body, headers, "k2"))["business-license"] == "exempt"


def test_a_verification_made_before_exempts_as_the_file_does(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    sent = {"document": application["documents"][0]["content"]}
    made = api.client.post("/v1/verifications", json=sent, headers=headers).json["id"]
    body = {**application, "documents": [{"verification_id": made}, application["documents"][1]]}
    assert _outcomes(api.open_case(body, headers, "k1"))["business-license"] == "exempt"
    stranger = api.key(tenant="elsewhere")
    assert api.open_case(body, stranger, "k1").json["code"] == "not_found"


def test_everything_that_is_missing_is_told_at_once(api: Any, headers: dict[str, str]) -> None:
    body = {"matter_code": _MATTER, "applicant": {"name": COMPANY.name, "id": COMPANY.id}}
    answer = api.open_case(body, headers, "k1")
    assert answer.json["state"] == "correction_needed"
    assert len(answer.json["correction_notice"]) == 5
    assert all(item["messages"][0]["zh"] for item in answer.json["correction_notice"])


def test_repeating_an_application_opens_one_case(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    first, second = (api.open_case(application, headers, "k1") for _ in range(2))
    assert first.json == second.json
    changed = {**application, "deferrals": []}
    assert api.open_case(changed, headers, "k1").json["code"] == "idempotency_key_reused"
    missing = api.client.post("/v1/cases", json=application, headers=headers)
    assert (missing.status_code, missing.json["code"]) == (400, "idempotency_key_missing")


def test_an_application_sent_many_times_at_once_to_two_services_opens_one_case(
    api: Any, second_api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    services = (api, second_api)
    together = Barrier(20)

    def apply(number: int) -> Any:
        together.wait()
        return services[number % 2].open_case(application, headers, "k1")

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(apply, range(20)))
    opened = [answer.json for answer in answers if answer.status_code == 201]
    refused = [answer.json["code"] for answer in answers if answer.status_code != 201]
    assert opened == [opened[0]] * (20 - len(refused))
    assert set(refused) <= {"idempotency_in_progress"}
    assert api.open_case(application, headers, "k1").json == opened[0]
    # Two verifications, one assessment and one use: what the losers wrote was rolled back.
    assert api.app.services.health.readiness()["log"]["waiting"] == 4


def test_a_database_that_is_gone_is_told_as_a_problem_to_repeat(
    api: Any, headers: dict[str, str], application: dict[str, Any], lose_database: Callable[[], None]
) -> None:
    lose_database()
    answer = api.open_case(application, headers, "k1")
    assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
    assert answer.headers["Retry-After"]
    assert api.client.get("/livez").status_code == 200


def test_a_debt_is_paid_by_a_genuine_license_and_by_no_other(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    case = api.open_case(application, headers, "k1").json
    path = f"/v1/cases/{case['id']}/supplements"
    answers = []
    for number, copy_ in enumerate(("altered", "wrong-holder", "genuine", "genuine")):
        body = {
            "material": "health-certificate",
            "document": _license(samples_dir, f"{copy_}/health-certificate.pdf"),
        }
        keyed = {**headers, "Idempotency-Key": f"s{number}"}
        answers.append(api.client.post(path, json=body, headers=keyed))
    assert [a.status_code for a in answers] == [200, 200, 200, 409]
    assert [a.json["finding"]["outcome"] for a in answers[:3]] == ["missing", "missing", "exempt"]
    assert answers[3].json["code"] == "case_state_conflict"


def test_a_debt_is_reminded_of_and_expires_by_sweep_alone(
    api: Any, headers: dict[str, str], application: dict[str, Any], settings: Settings
) -> None:
    case = api.open_case(application, headers, "k1").json
    debt = next(o for o in case["obligations"] if o["kind"] == "deferral")
    for days in range(_LONGEST_HOLIDAY + 3, 0, -1):
        _move_to(settings, debt["due_at"], timedelta(days=days))
        api.app.follow_ups.run_due()
    path = f"/v1/cases/{case['id']}"
    kinds = [e["kind"] for e in api.client.get(f"{path}/timeline", headers=headers).json["events"]]
    assert kinds.count("supplement.reminded") == 2
    _move_to(settings, debt["due_at"], timedelta(seconds=-1))
    api.app.follow_ups.run_due()
    assert api.client.get(path, headers=headers).json["state"] == "deemed_withdrawn"


def test_every_event_has_a_receipt_once_the_log_is_signed(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    case = api.open_case(application, headers, "k1").json
    events = api.client.get(f"/v1/cases/{case['id']}/timeline", headers=headers).json["events"]
    path = f"/v1/events/{events[0]['id']}/receipt"
    assert api.client.get(path, headers=headers).json["code"] == "receipt_pending"
    api.app.log.integrate()
    assert api.client.get(path, headers=headers).text.startswith("c2sp.org/tlog-proof@v1\n")
    assert api.client.get("/v1/log/checkpoint").text.split("\n")[1] == "4"


def test_a_supplement_for_a_version_that_is_gone_is_refused(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    case_id = api.open_case(application, headers, "k1").json["id"]
    read = api.client.get(f"/v1/cases/{case_id}", headers=headers)
    body = {
        "material": "health-certificate",
        "document": _license(samples_dir, "genuine/health-certificate.pdf"),
    }

    def supply(key: str, etag: str) -> Any:
        sent = {**headers, "Idempotency-Key": key, "If-Match": etag}
        return api.client.post(f"/v1/cases/{case_id}/supplements", json=body, headers=sent)

    stale = supply("s1", '"99"')
    assert (stale.status_code, stale.json["code"]) == (412, "version_conflict")
    assert supply("s2", "99").json["code"] == "request_invalid"
    supplied = supply("s3", read.headers["ETag"])
    assert supplied.status_code == 200
    again = api.client.get(f"/v1/cases/{case_id}", headers=headers)
    assert again.headers["ETag"] == f'"{supplied.json["case"]["version"]}"' != read.headers["ETag"]
