"""Agents over HTTP: each act asks for an authorization that covers it, and its event says who acted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.clock import SHANGHAI, SystemClock
from license_service.demo.containers import sign_jws
from license_service.demo.issuer import samples
from license_service.demo.people import LEGAL_PERSON, OTHER_PERSON, Party
from license_service.demo.pki import DemoPki
from license_service.settings import Settings

_STRICT, _LENIENT = "food-business-license-new", "elderly-allowance"
_PROMISED = {_STRICT: "premises-safety-statement", _LENIENT: "life-proof"}
_OWED = {_STRICT: "health-certificate", _LENIENT: "bank-account"}
_APPLICANT, _AGENT = LEGAL_PERSON, OTHER_PERSON
_ALL = ["apply", "supplement", "commit", "receive"]


def _paper(code: str) -> dict[str, str]:
    return {"material": code, "sha256": "0" * 64, "file_name": "f.pdf"}


@pytest.fixture
def today() -> date:
    return SystemClock().now().astimezone(SHANGHAI).date()


@pytest.fixture
def agent(today: date) -> dict[str, Any]:
    return {
        "name": _AGENT.name,
        "id": _AGENT.id,
        "scope": _ALL,
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=3)).isoformat(),
        "authorization": "ab" * 32,
    }


@pytest.fixture
def application(api: Any, headers: dict[str, str], agent: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Return an application for a matter, with a promise and a debt, handed in by the agent."""

    def build(code: str = _LENIENT, **changes: Any) -> dict[str, Any]:
        materials = api.client.get(f"/v1/matters/{code}", headers=headers).json["materials"]
        notice = next(m for m in materials if m["code"] == _PROMISED[code])["by_commitment"]["notice_digest"]
        others = [m["code"] for m in materials if m["code"] not in {_PROMISED[code], _OWED[code]}]
        promise = {"material": _PROMISED[code], "notice_digest": notice, "acknowledged_by": _AGENT.name}
        return {
            "matter_code": code,
            "applicant": {"name": _APPLICANT.name, "id": _APPLICANT.id},
            "legal_person": {"name": _APPLICANT.name, "id": _APPLICANT.id},
            "fields": {"age": 85, "locally_registered": True} if code == _LENIENT else {},
            "submitted": [_paper(material) for material in others],
            "commitments": [promise],
            "deferrals": [{"material": _OWED[code], "acknowledged_by": _AGENT.name}],
            "agent": agent,
            "by_agent": True,
            **changes,
        }

    return build


@pytest.fixture
def post(api: Any, headers: dict[str, str]) -> Callable[[str, Any, str], Any]:
    return lambda path, body, key: api.client.post(
        path, json=body, headers={**headers, "Idempotency-Key": key}
    )


def _events(api: Any, headers: dict[str, str], case: Any) -> list[dict[str, Any]]:
    return list(api.client.get(f"/v1/cases/{case['id']}/timeline", headers=headers).json["events"])


def test_an_agent_applies_promises_supplies_and_receives_within_the_authorization(
    api: Any, headers: dict[str, str], application: Any, post: Any
) -> None:
    case = post("/v1/cases", application(), "k1").json
    assert case["state"] == "accepted_with_obligations"
    path = f"/v1/cases/{case['id']}"
    api.client.get(f"{path}/papers", headers=headers)
    supply = {"material": "bank-account", "submitted": _paper("bank-account"), "by_agent": True}
    assert post(f"{path}/supplements", supply, "s1").json["finding"]["outcome"] == "submitted"
    receipt = {"channel": "window", "by_agent": True}
    received = post(f"{path}/papers/acceptance_notice/deliveries", receipt, "d1")
    assert (received.status_code, received.json["actor"]["role"]) == (201, "agent")
    assert post(f"{path}/papers/acceptance_notice/deliveries", receipt, "d1").json == received.json
    acts = {e["kind"]: e["data"]["actor"] for e in _events(api, headers, case) if "actor" in e["data"]}
    assert set(acts) == {"case.assessed", "supplement.received", "paper.delivered"}
    assert len({actor["index"] for actor in acts.values()}) == 1


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("apply", "/v1/cases"),
        ("commit", "/v1/cases"),
        ("supplement", "supplements"),
        ("receive", "deliveries"),
    ],
)
def test_each_act_asks_for_its_scope(
    api: Any, headers: dict[str, str], application: Any, agent: Any, post: Any, scope: str, path: str
) -> None:
    less = {**agent, "scope": [act for act in _ALL if act != scope]}
    opened = post("/v1/cases", application(agent=less), "k1")
    if path == "/v1/cases":
        assert (opened.status_code, opened.json["code"]) == (403, "agent_scope_missing")
        return
    case = f"/v1/cases/{opened.json['id']}"
    api.client.get(f"{case}/papers", headers=headers)
    acts: dict[str, tuple[str, dict[str, Any]]] = {
        "supplements": (
            f"{case}/supplements",
            {"material": "bank-account", "submitted": _paper("bank-account")},
        ),
        "deliveries": (f"{case}/papers/acceptance_notice/deliveries", {"channel": "post"}),
    }
    place, body = acts[path]
    refused = post(place, {**body, "by_agent": True}, "a1")
    assert (refused.status_code, refused.json["code"]) == (403, "agent_scope_missing")
    assert post(place, body, "a2").status_code in {200, 201}  # the applicant may


def test_an_authorization_that_ended_or_has_not_begun_covers_nothing(
    application: Any, agent: Any, post: Any, today: date, settings: Settings
) -> None:
    early, late = today - timedelta(days=2), today + timedelta(days=2)
    over = {**agent, "valid_from": early.isoformat(), "valid_until": (early + timedelta(1)).isoformat()}
    coming = {**agent, "valid_from": late.isoformat()}
    for number, refused in enumerate((over, coming)):
        answer = post("/v1/cases", application(agent=refused), f"k{number}")
        assert (answer.status_code, answer.json["code"]) == (403, "agent_not_in_force")
    case = post("/v1/cases", application(), "k2").json
    Path(settings.clock_file).write_text(str(timedelta(days=4).total_seconds()))
    supply = {"material": "bank-account", "submitted": _paper("bank-account"), "by_agent": True}
    path = f"/v1/cases/{case['id']}/supplements"
    assert post(path, supply, "s1").json["code"] == "agent_not_in_force"
    assert post(path, {**supply, "by_agent": False}, "s2").status_code == 200


def test_nobody_acts_as_an_agent_whom_the_case_does_not_name(application: Any, post: Any) -> None:
    assert post("/v1/cases", application(agent=None), "k1").json["code"] == "agent_unknown"
    case = post("/v1/cases", application(agent=None, by_agent=False), "k2").json
    supply = {"material": "bank-account", "submitted": _paper("bank-account"), "by_agent": True}
    assert post(f"/v1/cases/{case['id']}/supplements", supply, "s1").json["code"] == "agent_unknown"


def test_an_agent_promises_only_where_the_rule_allows_a_proxy(application: Any, post: Any) -> None:
    strict = post("/v1/cases", application(_STRICT), "k1").json
    (told,) = strict["correction_notice"]
    assert (told["material"], told["reasons"]) == ("premises-safety-statement", ["PROXY_NOT_ALLOWED"])
    own = post("/v1/cases", application(_STRICT, by_agent=False), "k2").json
    assert own["state"] == "accepted_with_obligations"


def test_an_agent_of_another_shape_is_refused(application: Any, agent: Any, post: Any) -> None:
    changes: list[dict[str, Any]] = [
        {"id": _AGENT.id[:-1] + ("0" if _AGENT.id[-1] != "0" else "1")},
        {"id": "12345"},
        {"scope": []},
        {"scope": ["sell"]},
        {"authorization": None},
        {"verification_id": "0" * 32},
        {"valid_until": "2020-01-01"},
    ]
    for number, change in enumerate(changes):
        refused = post("/v1/cases", application(agent={**agent, **change}), f"k{number}")
        assert (refused.status_code, refused.json["code"]) == (422, "request_invalid"), change
    assert post("/v1/cases", application(), "good").status_code == 201


def test_a_genuine_license_that_names_both_proves_the_authorization_and_no_other(
    application: Any, agent: Any, post: Any, pki: DemoPki, now: datetime, settings: Settings
) -> None:
    def verified(named: Party, key: str, *, altered: bool = False, days: int = 100) -> str:
        details = replace(
            samples(now)[2].details,
            extra={"KZ_DLRSFZH": named.id},
            valid_until=now.date() + timedelta(days=days),
        )
        signed = sign_jws(details.fields(), pki["identity-signer"], pki.chain("identity-signer"), now)
        document = signed[:-4] + b"AAAA" if altered else signed
        sent = {"document": base64.b64encode(document).decode()}
        answer = post("/v1/verifications", sent, key).json
        assert answer["report"]["indication"] == ("TOTAL_FAILED" if altered else "TOTAL_PASSED")
        return str(answer["id"])

    def apply(verification: str, key: str) -> Any:
        proven = {**agent, "authorization": None, "verification_id": verification}
        return post("/v1/cases", application(agent=proven), key)

    assert apply(verified(_AGENT, "v1"), "k1").status_code == 201
    assert apply(verified(_APPLICANT, "v2"), "k2").json["code"] == "agent_proof_invalid"
    assert apply(verified(_AGENT, "v3", altered=True), "k3").json["code"] == "agent_proof_invalid"
    assert apply("0" * 32, "k4").json["code"] == "not_found"
    ending = verified(_AGENT, "v5", days=1)
    assert apply(ending, "k5").status_code == 201
    Path(settings.clock_file).write_text(str(timedelta(days=2).total_seconds()))
    assert apply(ending, "k6").json["code"] == "agent_proof_invalid"


def test_events_name_who_acted_by_role_and_index_and_nobody_by_name(
    api: Any, headers: dict[str, str], application: Any, post: Any
) -> None:
    actors = []
    for number, by_agent in enumerate((True, False, True)):
        case = post("/v1/cases", application(by_agent=by_agent), f"k{number}").json
        events = _events(api, headers, case)
        actors.append(events[0]["data"]["actor"])
        text = json.dumps(events, ensure_ascii=False)
        people = (_AGENT.name, _AGENT.id, _APPLICANT.name, _APPLICANT.id)
        assert [word for word in people if word in text] == []
    assert [actor["role"] for actor in actors] == ["agent", "applicant", "agent"]
    assert len({actor["index"] for actor in actors}) == 3  # no two cases are linked


def test_papers_name_the_agent_masked_and_who_stays_responsible(
    api: Any, headers: dict[str, str], application: Any, post: Any
) -> None:
    case = post("/v1/cases", application(), "k1").json
    path = f"/v1/cases/{case['id']}/papers/commitment_letter"
    paper = api.client.get(path, headers=headers).json["paper"]
    assert paper["agent"] == {"name": _AGENT.name, "id": f"{_AGENT.id[:3]}{'*' * 13}{_AGENT.id[-2:]}"}
    assert any("由申请人承担责任" in line for section in paper["sections"] for line in section["lines"])
    page = api.client.get(path, headers={**headers, "Accept": "text/html"}).text
    assert "代办人" in page


def test_a_license_an_agent_presents_is_used_on_authority(
    api: Any, headers: dict[str, str], application: Any, post: Any, samples_dir: Path
) -> None:
    content = base64.b64encode((samples_dir / "genuine" / "legal-person-id.jws").read_bytes()).decode()
    for key, by_agent in (("k1", True), ("k2", False)):
        post("/v1/cases", application(documents=[{"content": content}], by_agent=by_agent), key)
    search = {"holder": _APPLICANT.id}
    uses = api.client.post("/v1/license-uses/search", json=search, headers=headers).json["uses"]
    assert [use["mode"] for use in uses] == ["holder", "authorized"]
