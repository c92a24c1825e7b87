"""Agents beyond single cases: in walkthroughs, which say what a case would, and in bundles."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.clock import SHANGHAI, SystemClock
from license_service.demo.people import OTHER_PERSON
from license_service.settings import Settings
from tests.integration.restaurant import BUNDLE, FOOD, SETUP, SOCIAL, add_result, apply, outcomes, restaurant
from tests.integration.restaurant import document as read

_ALL = ["apply", "supplement", "commit", "receive"]
_LICENSE = "genuine/business-license.ofd"


@pytest.fixture
def today() -> date:
    return SystemClock().now().astimezone(SHANGHAI).date()


@pytest.fixture
def agent(today: date) -> dict[str, Any]:
    return {
        "name": OTHER_PERSON.name,
        "id": OTHER_PERSON.id,
        "scope": _ALL,
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=3)).isoformat(),
        "authorization": "ab" * 32,
    }


@pytest.fixture
def application(
    api: Any, headers: dict[str, str], samples_dir: Path, agent: dict[str, Any]
) -> dict[str, Any]:
    """Return an application by the agent, who promises only where a proxy may."""
    body = restaurant(api, headers, samples_dir)
    paper = {"material": "premises-safety-statement", "sha256": "0" * 64, "file_name": "s.pdf"}
    promises = [offer for offer in body["commitments"] if offer["matter"] == SETUP]
    submitted = [*body["submitted"], paper]
    return {**body, "submitted": submitted, "commitments": promises, "agent": agent, "by_agent": True}


def _for_matter(body: dict[str, Any]) -> dict[str, Any]:
    """Return what of an application for the bundle is for setting up the company."""
    shared = {name: body[name] for name in ("applicant", "legal_person", "documents", "agent", "by_agent")}
    mine = [
        {name: value for name, value in offer.items() if name != "matter"} for offer in body["commitments"]
    ]
    papers = [paper for paper in body["submitted"] if paper["material"] == "articles"]
    return {**shared, "commitments": mine, "submitted": papers, "fields": {"prior_approval": False}}


def _changed(agent: dict[str, Any], how: str, today: date) -> dict[str, Any] | None:
    yesterday = (today - timedelta(days=1)).isoformat()
    changes: dict[str, dict[str, Any]] = {
        "agent_not_in_force": {"valid_from": yesterday, "valid_until": yesterday},
        "agent_scope_missing": {"scope": ["apply"]},
        "not_found": {"authorization": None, "verification_id": "0" * 32},
    }
    return None if how == "agent_unknown" else {**agent, **changes[how]}


def _walk(api: Any, headers: dict[str, str], path: str, body: dict[str, Any]) -> Any:
    return api.client.post(f"/v1/{path}/walkthroughs", json=body, headers=headers)


def _acts(api: Any, headers: dict[str, str], answer: Any) -> dict[str, tuple[str, str]]:
    """Return for each matter the role and index of who applied."""
    acts = {}
    for matter in answer.json["matters"]:
        if matter["case"]:
            path = f"/v1/cases/{matter['case']['id']}/timeline"
            actor = api.client.get(path, headers=headers).json["events"][0]["data"]["actor"]
            acts[matter["matter"]] = (actor["role"], actor["index"])
    return acts


@pytest.mark.parametrize("code", ["agent_unknown", "agent_not_in_force", "agent_scope_missing", "not_found"])
def test_a_walkthrough_refuses_an_agent_with_the_code_of_the_case_and_the_bundle(
    api: Any, headers: dict[str, str], application: dict[str, Any], agent: Any, today: date, code: str
) -> None:
    bad = {**application, "agent": _changed(agent, code, today)}
    one = _for_matter(bad)
    case = api.open_case({**one, "matter_code": SETUP}, headers, "k1")
    told = [
        case,
        _walk(api, headers, f"matters/{SETUP}", one),
        apply(api, headers, bad, "k2"),
        _walk(api, headers, f"bundles/{BUNDLE}", bad),
    ]
    assert {(answer.status_code, answer.json["code"]) for answer in told} == {(case.status_code, code)}
    in_person = {**one, "by_agent": False}
    if code == "agent_scope_missing":  # the agent may act later, within the scope
        assert _walk(api, headers, f"matters/{SETUP}", in_person).status_code == 200


def test_a_walkthrough_by_an_agent_says_what_the_case_gets_and_which_acts_are_left_to_the_applicant(
    api: Any, headers: dict[str, str], application: dict[str, Any], agent: Any
) -> None:
    less = {**agent, "scope": ["apply", "commit"]}
    one = _for_matter({**application, "agent": less})
    dry = _walk(api, headers, f"matters/{SETUP}", one).json
    assert {act["act"]: act["code"] for act in dry["agent"]["acts"]} == {
        "apply": None, "commit": None, "supplement": "agent_scope_missing", "receive": "agent_scope_missing",
    }  # fmt: skip
    assert api.app.services.health.readiness()["log"]["waiting"] == 0
    case = api.open_case({**one, "matter_code": SETUP}, headers, "k1").json
    assert dry["outcome"] == case["outcome"] == "accepted_with_obligations"
    alone = _walk(api, headers, f"matters/{SETUP}", {**one, "agent": None, "by_agent": False}).json
    assert alone["agent"] is None


def test_a_promise_by_proxy_that_the_rule_forbids_is_told_by_walkthrough_and_bundle_alike(
    api: Any, headers: dict[str, str], samples_dir: Path, agent: Any
) -> None:
    body = {**restaurant(api, headers, samples_dir), "agent": agent, "by_agent": True}
    dry = _walk(api, headers, f"bundles/{BUNDLE}", body)
    opened = apply(api, headers, body)
    assert outcomes(dry) == outcomes(opened)
    assert outcomes(opened)[FOOD] == "correction_needed"
    for answer in (dry, opened):
        told = {
            o["subject"]: [m["code"] for m in o["messages"]] for o in answer.json["matters"][1]["obstacles"]
        }
        assert told["premises-safety-statement"] == ["PROXY_NOT_ALLOWED"]
    in_person = apply(api, headers, {**body, "by_agent": False}, "k2")
    assert outcomes(in_person)[FOOD] == "waiting_for_result"


def test_each_case_of_a_bundle_names_its_actor_and_the_uses_are_on_authority(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path, agent: Any
) -> None:
    opened = apply(api, headers, application)
    assert outcomes(opened)[FOOD] == "waiting_for_result"
    acts = _acts(api, headers, opened)
    assert {role for role, _ in acts.values()} == {"agent"}
    identifier, license_ = opened.json["id"], read(samples_dir, _LICENSE)
    # The company was made by the result: it authorized nobody yet.
    unknown = add_result(api, headers, identifier, "r1", license_, by_agent=True)
    assert (unknown.status_code, unknown.json["code"]) == (403, "agent_unknown")
    done = add_result(api, headers, identifier, "r2", license_, by_agent=True, agent=agent)
    assert done.json["outcome"] == "accepted"
    acts |= _acts(api, headers, done)
    assert acts.keys() == {SETUP, FOOD, SOCIAL}
    assert len({index for _, index in acts.values()}) == 3  # no two cases are linked
    holder = {"holder": application["applicant"]["id"]}
    uses = api.client.post("/v1/license-uses/search", json=holder, headers=headers).json["uses"]
    assert {use["mode"] for use in uses} == {"authorized"}
    case = next(m["case"]["id"] for m in opened.json["matters"] if m["matter"] == SETUP)
    delivery = {"channel": "window", "by_agent": True}
    path = f"/v1/cases/{case}/papers/acceptance_notice"
    api.client.get(path, headers=headers)
    received = api.client.post(
        f"{path}/deliveries", json=delivery, headers={**headers, "Idempotency-Key": "d1"}
    )
    assert received.json["actor"]["role"] == "agent"


def test_a_promise_made_in_person_stays_so_whoever_hands_in_the_result(
    api: Any, headers: dict[str, str], samples_dir: Path, agent: Any
) -> None:
    opened = apply(api, headers, restaurant(api, headers, samples_dir))
    done = add_result(
        api, headers, opened.json["id"], "r1", read(samples_dir, _LICENSE), by_agent=True, agent=agent
    )
    assert outcomes(done)[FOOD] == "accepted_with_obligations"
    assert {role for role, _ in _acts(api, headers, done).values()} == {"agent"}


def test_an_authorization_that_ended_hands_in_no_result_but_the_applicant_does(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path, settings: Settings
) -> None:
    opened = apply(api, headers, application)
    Path(settings.clock_file).write_text(str(timedelta(days=4).total_seconds()))
    identifier, license_ = opened.json["id"], read(samples_dir, _LICENSE)
    founder = application["applicant"]
    late = add_result(api, headers, identifier, "r1", license_, founder, by_agent=True)
    assert (late.status_code, late.json["code"]) == (403, "agent_not_in_force")
    done = add_result(api, headers, identifier, "r2", license_)
    assert done.json["outcome"] == "accepted"
    assert {role for role, _ in _acts(api, headers, done).values()} == {"applicant"}


def test_the_agent_of_a_bundle_has_the_shape_of_any_agent(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    body = copy.deepcopy(application)
    body["agent"]["scope"] = ["sell"]
    for answer in (apply(api, headers, body), _walk(api, headers, f"bundles/{BUNDLE}", body)):
        assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
