"""The log of uses over HTTP: why, by whom and for what each license was used, without naming its holder."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from license_service.demo.people import COMPANY, LEGAL_PERSON, MARKET_REGULATOR, PUBLIC_SECURITY
from license_service.services.blind_index import BlindIndex
from license_service.services.caller import Scope

_MATTER = "food-business-license-new"
_USES = "/v1/license-uses"
_PEOPLE = (COMPANY.name, COMPANY.id, LEGAL_PERSON.name, LEGAL_PERSON.id)


@pytest.fixture
def application(samples_dir: Path) -> dict[str, Any]:
    names = ("business-license.ofd", "legal-person-id.jws")
    contents = [base64.b64encode((samples_dir / "genuine" / name).read_bytes()).decode() for name in names]
    return {
        "matter_code": _MATTER,
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "documents": [{"content": content} for content in contents],
        "deferrals": [{"material": "health-certificate", "acknowledged_by": "示例甲"}],
        "submitted": [
            {"material": code, "sha256": "0" * 64, "file_name": "f.pdf"}
            for code in ("premises-safety-statement", "floor-plan")
        ],
    }


def _of(api: Any, headers: dict[str, str], holder: str, **more: Any) -> Any:
    return api.client.post(f"{_USES}/search", json={"holder": holder, **more}, headers=headers)


def _from(api: Any, headers: dict[str, str], issuer: str, **more: Any) -> Any:
    return api.client.get(_USES, query_string={"issuer": issuer, **more}, headers=headers)


def test_each_license_used_is_found_by_its_holder_and_by_its_issuer(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    case = api.open_case(application, headers, "k1").json
    (use,) = _of(api, headers, COMPANY.id.lower()).json["uses"]
    assert _from(api, headers, MARKET_REGULATOR.id).json["uses"] == [use]
    assert (use["case_id"], use["matter_code"]) == (case["id"], _MATTER)
    assert (use["purpose"], use["mode"], use["officer"]) == ("食品经营许可（新办）", "holder", "")
    assert use["materials"] == ["business-license"]
    assert use["license_identifier"].startswith("1.2.156.3005.2.")
    (other,) = _of(api, headers, LEGAL_PERSON.id).json["uses"]
    assert (other["materials"], other["issuer_code"]) == (["legal-person-id"], PUBLIC_SECURITY.id)
    assert [word for word in _PEOPLE if word in json.dumps([use, other], ensure_ascii=False)] == []


def test_a_use_says_why_by_whom_and_on_whose_word_where_told(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    told = {"purpose": "年度核查", "officer": "窗口三号", "mode": "ex_officio"}
    case = api.open_case({**application, "use": told}, headers, "k1").json
    use = _of(api, headers, COMPANY.id).json["uses"][0]
    assert {name: use[name] for name in told} == told
    events = api.client.get(f"/v1/cases/{case['id']}/timeline", headers=headers)
    (used,) = [event for event in events.json["events"] if event["kind"] == "license.used"]
    assert (used["data"]["mode"], len(used["data"]["uses"])) == ("ex_officio", 2)
    assert [word for word in (*_PEOPLE, "年度核查", "窗口三号") if word in events.text] == []


def test_a_license_handed_in_later_is_used_too_and_one_that_served_nothing_as_well(
    api: Any, headers: dict[str, str], application: dict[str, Any], samples_dir: Path
) -> None:
    case = api.open_case({**application, "documents": []}, headers, "k0").json
    assert case["state"] == "correction_needed"
    case = api.open_case(application, headers, "k1").json
    for number, twin in enumerate(("altered", "genuine")):
        content = (samples_dir / twin / "health-certificate.pdf").read_bytes()
        body = {
            "material": "health-certificate",
            "document": {"content": base64.b64encode(content).decode()},
            "use": {"mode": "authorized"},
        }
        keyed = {**headers, "Idempotency-Key": f"s{number}"}
        api.client.post(f"/v1/cases/{case['id']}/supplements", json=body, headers=keyed)
    uses = _of(api, headers, LEGAL_PERSON.id).json["uses"]
    assert [use["materials"] for use in uses] == [["health-certificate"], [], ["legal-person-id"]]
    assert [use["mode"] for use in uses] == ["authorized", "authorized", "holder"]


def test_repeating_a_request_is_no_second_use_and_looking_is_none(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    body = {name: value for name, value in application.items() if name != "matter_code"}
    api.client.post(f"/v1/matters/{_MATTER}/walkthroughs", json=body, headers=headers)
    assert _of(api, headers, COMPANY.id).json == {"uses": [], "next": None}
    for _ in range(2):
        api.open_case(application, headers, "k1")
    assert len(_of(api, headers, COMPANY.id).json["uses"]) == 1


def test_uses_and_papers_are_announced_like_every_event_of_the_timeline(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    endpoint = api.app.services.webhooks.add_endpoint("county", "https://approval.example/hook")
    path = f"/v1/cases/{api.open_case(application, headers, 'k1').json['id']}"
    api.client.get(f"{path}/papers", headers=headers)
    events = api.client.get(f"{path}/timeline", headers=headers).json["events"]
    sent = {item["subject"] for item in api.app.services.oversight.list("county", None)}
    assert {"case.assessed", "license.used", "paper.issued"} <= {event["kind"] for event in events}
    assert {f"{endpoint.id}:{event['id']}" for event in events} <= sent


def test_pages_put_together_are_the_whole_and_cursors_serve_their_own_list(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    for number in range(5):
        api.open_case(application, headers, f"k{number}")
    whole = [use["id"] for use in _of(api, headers, COMPANY.id).json["uses"]]
    found: list[str] = []
    page = _of(api, headers, COMPANY.id, limit=2).json
    first = page["next"]
    while page["uses"]:
        found += [use["id"] for use in page["uses"]]
        if page["next"] is None:
            break
        page = _of(api, headers, COMPANY.id, limit=2, after=page["next"]).json
    assert (found, len(whole)) == (whole, 5)
    assert _of(api, headers, LEGAL_PERSON.id, after=first).json["code"] == "cursor_invalid"
    assert _from(api, headers, MARKET_REGULATOR.id, after=first).json["code"] == "cursor_invalid"
    assert _of(api, api.key(tenant="elsewhere"), COMPANY.id, after=first).json["code"] == "cursor_invalid"


def test_another_tenant_sees_none_and_the_scope_is_asked_for(
    api: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    api.open_case(application, headers, "k1")
    elsewhere = api.key(tenant="elsewhere")
    assert _of(api, elsewhere, COMPANY.id).json["uses"] == []
    assert _from(api, elsewhere, MARKET_REGULATOR.id).json["uses"] == []
    assert _of(api, api.key(Scope.CASES_READ), COMPANY.id).json["code"] == "forbidden"


def test_an_index_needs_its_key_and_links_no_two_cases() -> None:
    index, other = BlindIndex(bytes(32)), BlindIndex(b"x" * 32)
    assert index.of_holder(COMPANY.id) == index.of_holder(COMPANY.id.lower()) != other.of_holder(COMPANY.id)
    indexes = {
        index.of_holder(COMPANY.id),
        *(index.of_actor(case, "salt", COMPANY.id) for case in ("c1", "c2")),
    }
    assert len(indexes) == 3
    # What is stored: HMAC-SHA256 over the tag, the use and the id, on lines of their own.
    kept = "dfdb82a32bf84b0d1a6633684267f7d54f27b84e2f3953c7a6b6fd599f66abec"
    assert index.of_holder("91999900MADEM0AX2A") == kept
    assert repr(index) == repr(other) == "BlindIndex()"
