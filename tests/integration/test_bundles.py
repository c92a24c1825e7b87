"""A bundle over HTTP: one application, each document verified once, one case a matter."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from license_service.bootstrap.erasing import open_store
from license_service.demo.people import OTHER_COMPANY
from tests.integration.restaurant import (
    BUNDLE,
    FOOD,
    FOUNDER,
    NEW_COMPANY,
    SETUP,
    SOCIAL,
    add_result,
    apply,
    outcomes,
    restaurant,
)
from tests.integration.restaurant import document as read


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.fixture
def application(api: Any, headers: dict[str, str], samples_dir: Path) -> dict[str, Any]:
    return restaurant(api, headers, samples_dir)


def _verified(api: Any) -> int:
    """Count what was verified by what is kept, not by what an answer says."""
    store = open_store(api.app.settings)
    with store.begin() as tx:
        kept = len(tx.verifications_after("", 100))
    store.close()
    return kept


def test_the_guide_says_each_material_once_with_every_matter_that_uses_it(
    api: Any, headers: dict[str, str]
) -> None:
    listed = api.client.get("/v1/bundles", headers=headers).json["bundles"]
    assert {item["code"] for item in listed} >= {BUNDLE, "newborn"}
    guide = api.client.get(f"/v1/bundles/{BUNDLE}", headers=headers).json
    codes = [material["code"] for material in guide["materials"]]
    assert len(codes) == len(set(codes))
    used = {m["code"]: [rule["matter"] for rule in m["used_by"]] for m in guide["materials"]}
    assert used["business-license"] == [FOOD, SOCIAL]
    for matter in guide["matters"]:
        own = api.client.get(f"/v1/matters/{matter['code']}", headers=headers).json
        told = [code for code, matters in used.items() if matter["code"] in matters]
        assert sorted(told) == sorted(material["code"] for material in own["materials"])
    assert api.client.get("/v1/bundles/nothing", headers=headers).json["code"] == "not_found"


def test_one_application_opens_what_can_be_accepted_and_says_what_waits_for_which_result(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    answer = apply(api, headers, application)
    assert (answer.status_code, answer.json["outcome"]) == (201, "partly_accepted")
    assert outcomes(answer) == {
        SETUP: "accepted_with_obligations",
        FOOD: "waiting_for_result",
        SOCIAL: "waiting_for_result",
    }
    setup, food, _ = answer.json["matters"]
    assert setup["case"]["decision"]["deadlines"]
    assert {item["outcome"] for item in setup["case"]["materials"] if "id" in item["material"]} == {"exempt"}
    assert food["case"] is None
    (obstacle,) = food["obstacles"]
    assert (obstacle["subject"], obstacle["result_of"]) == ("business-license", SETUP)
    assert [item["code"] for item in obstacle["messages"]] == ["AWAITS_RESULT"]
    assert _verified(api) == 1
    timeline = api.client.get(f"/v1/cases/{setup['case']['id']}/timeline", headers=headers).json["events"]
    assert [event["kind"] for event in timeline] == ["case.assessed", "license.used", "case.bundled"]
    assert timeline[2]["data"]["application"] == answer.json["id"]
    assert api.client.get(answer.headers["Location"], headers=headers).json["outcome"] == "partly_accepted"


def test_the_result_lets_what_waited_go_on_and_nothing_is_sent_twice(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    identifier = apply(api, headers, application).json["id"]
    license_ = read(samples_dir, "genuine/business-license.ofd")
    answer = add_result(api, headers, identifier, "r1", license_)
    assert (answer.status_code, answer.json["outcome"]) == (200, "accepted")
    assert outcomes(answer) == {
        FOOD: "accepted_with_obligations", SOCIAL: "accepted_with_obligations",
    }  # fmt: skip
    assert add_result(api, headers, identifier, "r1", license_).json == answer.json
    assert _verified(api) == 2
    used = {
        finding["report_id"]
        for matter in answer.json["matters"]
        for finding in matter["case"]["materials"]
        if finding["material"] == "business-license"
    }
    assert len(used) == 1
    assert answer.json["unused_documents"] == []
    whole = api.client.get(f"/v1/bundle-applications/{identifier}", headers=headers).json
    assert {m["case"]["state"] for m in whole["matters"]} == {"accepted_with_obligations"}
    assert len({m["case"]["id"] for m in whole["matters"]}) == 3
    assert len({m["case"]["decision"]["deadlines"][0]["due_on"] for m in whole["matters"]}) > 1
    again = add_result(api, headers, identifier, "r2", license_)
    assert (again.status_code, again.json["code"]) == (409, "case_state_conflict")


def test_a_result_that_does_not_serve_leaves_what_waits_waiting_and_says_why(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    identifier = apply(api, headers, application).json["id"]
    forged = add_result(api, headers, identifier, "r1", read(samples_dir, "altered/business-license.ofd"))
    assert set(outcomes(forged).values()) == {"waiting_for_result"}
    codes = {m["code"] for matter in forged.json["matters"] for m in matter["obstacles"][0]["messages"]}
    assert {"REFERENCE_MISMATCH", "AWAITS_RESULT"} <= codes
    genuine = read(samples_dir, "genuine/business-license.ofd")
    stranger = {"name": OTHER_COMPANY.name, "id": OTHER_COMPANY.id}
    other = add_result(api, headers, identifier, "r2", genuine, stranger)
    assert set(outcomes(other).values()) == {"waiting_for_result"}
    assert add_result(api, headers, identifier, "r3", genuine).json["outcome"] == "accepted"


def test_where_the_first_matter_is_not_accepted_the_others_say_that_its_result_will_not_come(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    body = copy.deepcopy(application)
    body["submitted"] = [item for item in body["submitted"] if item["material"] != "articles"]
    answer = apply(api, headers, body)
    assert answer.json["outcome"] == "not_accepted"
    setup, food, _ = answer.json["matters"]
    assert [(o["subject"], o["ways"]) for o in setup["obstacles"]] == [("articles", ["submission"])]
    assert [m["code"] for m in food["obstacles"][0]["messages"]] == ["RESULT_NOT_COMING"]
    assert set(outcomes(answer).values()) == {"correction_needed"}
    assert all(matter["case"]["obligations"] == [] for matter in answer.json["matters"])


def test_what_a_waiting_matter_lacks_beside_the_result_is_told_at_once(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    body = copy.deepcopy(application)
    body["submitted"] = [item for item in body["submitted"] if item["material"] != "employee-list"]
    answer = apply(api, headers, body)
    assert outcomes(answer)[FOOD] == "waiting_for_result"
    assert outcomes(answer)[SOCIAL] == "correction_needed"
    assert {o["subject"] for o in answer.json["matters"][2]["obstacles"]} == {
        "business-license", "employee-list",
    }  # fmt: skip


def test_a_company_that_is_there_already_is_accepted_for_everything_at_once(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    body = copy.deepcopy(application)
    identity, license_ = body["documents"][0], read(samples_dir, "genuine/business-license.ofd")
    paper = {"material": "id-card", "sha256": "1" * 64, "file_name": "id.pdf"}
    body |= {"applicant": NEW_COMPANY, "submitted": [*body["submitted"], paper]}
    answers = [
        apply(api, headers, {**body, "documents": documents}, key)
        for key, documents in (("k1", [identity, license_, license_]), ("k2", [license_, identity]))
    ]
    assert [answer.json["outcome"] for answer in answers] == ["accepted", "accepted"]
    assert outcomes(answers[0]) == outcomes(answers[1])
    assert len(answers[0].json["documents"]) == 2
    assert answers[0].json["unused_documents"] == []
    assert _verified(api) == 4


def test_a_document_no_matter_needs_is_said_to_be_so(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    stranger = read(samples_dir, "wrong-holder/legal-person-id.jws")
    answer = apply(api, headers, {**application, "documents": [stranger, *application["documents"]]})
    assert answer.json["unused_documents"] == answer.json["documents"][:1]


def test_an_application_is_made_once_and_names_only_what_there_is(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    first = apply(api, headers, application)
    assert apply(api, headers, application).json == first.json
    assert _verified(api) == 1
    assert apply(api, headers, {**application, "fields": {}}).json["code"] == "idempotency_key_reused"
    no_key = api.client.post(f"/v1/bundles/{BUNDLE}/applications", json=application, headers=headers)
    assert no_key.json["code"] == "idempotency_key_missing"
    paper = {"material": "no-such", "sha256": "0" * 64, "file_name": "x"}
    debt = {"matter": "no-such", "material": "bank-account", "acknowledged_by": "示例甲"}
    later = {**application["commitments"][0], "shown_at": "2099-01-01T00:00:00Z"}
    wrongs: list[dict[str, Any]] = [
        {"commitments": [later]},
        {"fields": {"nothing": True}}, {"submitted": [paper]}, {"deferrals": [debt]},
    ]  # fmt: skip
    for number, wrong in enumerate(wrongs):
        refused = apply(api, headers, {**application, **wrong}, f"w{number}")
        assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")


def test_another_tenant_neither_sees_an_application_nor_adds_to_it(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    answer = apply(api, headers, application)
    stranger = api.key(tenant="elsewhere")
    assert api.client.get(answer.headers["Location"], headers=stranger).json["code"] == "not_found"
    document = read(samples_dir, "genuine/business-license.ofd")
    assert add_result(api, stranger, answer.json["id"], "r1", document).json["code"] == "not_found"


def test_a_walkthrough_says_what_the_application_gets_with_every_step_and_stores_nothing(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    dry = api.client.post(f"/v1/bundles/{BUNDLE}/walkthroughs", json=application, headers=headers)
    assert (dry.status_code, _verified(api)) == (200, 0)
    assert api.app.services.health.readiness()["log"]["waiting"] == 0
    assert outcomes(dry) == outcomes(apply(api, headers, application))
    whole, setup = dry.json["walkthrough"], dry.json["matters"][0]["walkthrough"]
    assert whole["effort"] == {
        "papers": 5, "trips": 0, "working_days": 11, "statutory_working_days": 23,
    }  # fmt: skip
    assert (whole["ordinary"]["papers"], whole["ordinary"]["trips"]) == (12, 6)
    assert [step["number"] for step in setup["steps"]] == list(range(1, len(setup["steps"]) + 1))
    assert {item["material"] for item in setup["skipped"]} == {"id-card", "legal-person-id"}
    food = dry.json["matters"][1]["walkthrough"]["steps"]
    assert ("await_result", "authority") in {(step["step"], step["actor"]) for step in food}


def test_a_walkthrough_of_one_matter_says_each_step_too(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    body = {"applicant": FOUNDER, "documents": application["documents"]}
    answer = api.client.post(f"/v1/matters/{FOOD}/walkthroughs", json=body, headers=headers).json
    walked = answer["walkthrough"]
    assert answer["outcome"] == "correction_needed"
    assert [step["step"] for step in walked["steps"]] == ["apply", "correct", "accept", "decide", "issue"]
    assert walked["effort"]["papers"] == walked["ordinary"]["papers"] == 5
