"""Materials settled by what other authorities answer, and the three lists of data sharing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from license_service.bootstrap import build
from license_service.demo.neighbors import Answer, Neighbor
from license_service.demo.people import COMPANY, LEGAL_PERSON, OTHER_PERSON
from license_service.errors import ConfigurationError
from license_service.settings import Settings

_MATTER, _INSURANCE = "birth-registration", "newborn-medical-insurance"
_SOURCES = ("birth-register", "household-register", "marriage-register")
_FIRE = """
[source.fire-safety-register]
title = {{ zh = "消防", en = "Fire safety" }}
owner = "示例县消防救援大队"
uses = ["check"]
endpoint = "http://{host}/fire"
seconds = 1
answer = {{ result = {{ member = "found", yes = ["1"], no = ["0"] }} }}
[source.fire-safety-register.query]
"applicant.id" = "who"
"legal_person.name" = "person"
"case.id" = "case"
"matter.code" = "matter"
material = "material"
"""
_DECLARED = """
[source.{name}]
title = {{ zh = "登记", en = "Register" }}
owner = "示例县公安局"
uses = ["data"]
endpoint = "http://{host}/{name}"
seconds = 0.3
query = {{ "applicant.id" = "id", "other_party.id" = "other" }}
answer = {{ result = {{ member = "found", yes = ["1"], no = ["0"] }} }}
"""


@dataclass
class Registers:
    """Answer each path as told; one that is told nothing is slow."""

    words: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_SOURCES, "1"))
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def respond(self, path: str, _headers: dict[str, str], body: bytes) -> Answer:
        name = path.removeprefix("/")
        self.asked.append(name)
        self.bodies.append(body)
        if name not in self.words:
            time.sleep(0.5)  # longer than the source is given
        return 200, {"found": self.words.get(name, "1"), "name": "示例甲"}


@pytest.fixture
def registers() -> Registers:
    return Registers()


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


@pytest.fixture
def settings(settings: Settings, registers: Registers, tmp_path: Path) -> Iterator[Settings]:
    with Neighbor(registers.respond) as neighbor:
        path = tmp_path / "sources.toml"
        declared = [_DECLARED.format(name=name, host=neighbor.host) for name in _SOURCES]
        path.write_text("".join([*declared, _FIRE.format(host=neighbor.host)]))
        yield replace(settings, data_sources=str(path), outgoing_networks="127.0.0.0/8")


def _application(**changes: Any) -> dict[str, Any]:
    paper = {"material": "id-card", "sha256": "0" * 64, "file_name": "id.pdf"}
    return {
        "matter_code": _MATTER,
        "applicant": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "fields": {"born_in_marriage": True},
        "submitted": [paper],
        **changes,
    }


def _outcomes(case: Any) -> dict[str, str]:
    return {finding["material"]: finding["code"] for finding in case["materials"]}


def test_what_registers_confirm_need_not_be_shown(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    case = api.open_case(_application(), headers, "k1").json
    assert case["outcome"] == "accepted"
    assert list(_outcomes(case).values()).count("EXEMPT_BY_DATA") == 3
    assert sorted(registers.asked) == sorted(_SOURCES)
    used = {finding["report_id"] for finding in case["materials"] if finding["report_id"]}
    assert used == {answer["answer"] for answer in case["data"]}
    events = api.client.get(f"/v1/cases/{case['id']}/timeline", headers=headers).json["events"]
    asked = [event["data"] for event in events if event["kind"] == "data.asked"]
    assert [(e["source"], e["result"]) for e in asked] == [(name, "confirmed") for name in _SOURCES]
    assert all(e["digest"].startswith("salted:") for e in asked)
    assert all(answer["digest"].startswith("sha256:") for answer in case["data"])
    assert LEGAL_PERSON.name not in str(events)
    assert api.open_case(_application(), headers, "k1").json == case
    assert len(registers.asked) == 3


def test_a_bundle_asks_for_each_matter_and_never_for_what_another_is_to_give(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    child = {"name": OTHER_PERSON.name, "id": OTHER_PERSON.id}
    debt = {"matter": _INSURANCE, "material": "bank-account", "acknowledged_by": "示例甲"}
    body = {**_application(other_party=child, deferrals=[debt])}
    del body["matter_code"]
    dry = api.client.post("/v1/bundles/newborn/walkthroughs", json=body, headers=headers).json
    assert registers.asked == []
    first, second = dry["matters"]
    assert (first["outcome"], second["outcome"]) == ("correction_needed", "waiting_for_result")
    assert first["data_not_asked"]
    assert second["data_not_asked"] == []  # what the other is to give is asked of nobody
    asked = {**headers, "Idempotency-Key": "b1"}
    answer = api.client.post("/v1/bundles/newborn/applications", json=body, headers=asked).json
    birth, insurance = answer["matters"]
    assert (birth["outcome"], insurance["outcome"]) == ("accepted", "waiting_for_result")
    assert sorted(registers.asked) == sorted(_SOURCES)
    assert [item["source"] for item in birth["case"]["data"]] == list(_SOURCES)


def test_nobody_is_asked_about_an_applicant_on_the_word_of_an_agent_without_proof(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    days = {"valid_from": "2026-01-01", "valid_until": "2999-12-31"}
    agent = {"name": OTHER_PERSON.name, "id": OTHER_PERSON.id, "scope": ["apply"], **days}
    unproven = _application(agent={**agent, "verification_id": "0" * 32}, by_agent=True)
    assert api.open_case(unproven, headers, "k1").json["code"] == "not_found"
    assert registers.asked == []
    proven = _application(agent={**agent, "authorization": "ab" * 32}, by_agent=True)
    assert api.open_case(proven, headers, "k2").json["outcome"] == "accepted"
    assert sorted(registers.asked) == sorted(_SOURCES)


def test_silence_leaves_the_other_ways_and_says_so(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    del registers.words["birth-register"]
    registers.words["household-register"] = "perhaps"
    registers.words["marriage-register"] = "0"
    case = api.open_case(_application(), headers, "k1").json
    assert {a["source"]: a["reason"] for a in case["data"]} == {
        "birth-register": "SOURCE_SILENT",
        "household-register": "SOURCE_WORD_UNKNOWN",
        "marriage-register": None,
    }
    findings = {finding["material"]: finding for finding in case["materials"]}
    assert findings["birth-certificate"]["outcome"] == "manual_review"
    assert "submission" in findings["birth-certificate"]["alternatives"]
    assert findings["household-register"]["reasons"] == ["DATA_UNDETERMINED"]
    assert findings["marriage-certificate"]["reasons"] == ["DATA_CONTRADICTS"]
    assert case["data"][0]["message"]["zh"]


def test_a_paper_that_is_there_is_not_looked_up(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    materials = ("id-card", "birth-certificate", "household-register")
    papers = [{"material": m, "sha256": "0" * 64, "file_name": "f"} for m in materials]
    fields = {"born_in_marriage": False}
    case = api.open_case(_application(submitted=papers, fields=fields), headers, "k1").json
    assert (case["outcome"], registers.asked, case["data"]) == ("accepted", [], [])


def test_a_walkthrough_asks_nobody_and_says_so(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    body = {name: value for name, value in _application().items() if name != "matter_code"}
    answer = api.client.post(f"/v1/matters/{_MATTER}/walkthroughs", json=body, headers=headers).json
    assert answer["data_not_asked"] == ["birth-certificate", "household-register", "marriage-certificate"]
    assert registers.asked == []


def test_a_source_that_keeps_silent_is_left_alone_for_a_while(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    del registers.words["birth-register"]
    fields = {"born_in_marriage": False}
    cases = [api.open_case(_application(fields=fields), headers, f"k{i}").json for i in range(6)]
    assert cases[-1]["data"][0]["reason"] == "SOURCE_NOT_ASKED"
    assert registers.asked.count("birth-register") == 5
    lists = api.client.get("/v1/data-sharing/lists", headers=headers).json
    birth, _fire, household, _marriage = lists["operations"]
    assert (birth["calls"], birth["availability"], birth["errors"]) == (5, 0.0, {"SOURCE_SILENT": 5})
    assert birth["longest_ms"] >= 300
    assert birth["suspended"]
    assert (household["calls"], household["availability"], household["suspended"]) == (6, 1.0, False)
    assert household["last_answer_at"]


def _promising(api: Any, headers: dict[str, str]) -> dict[str, Any]:
    """Return an application that hands in every paper but one, which it promises."""
    guide = api.client.get("/v1/matters/food-business-license-new", headers=headers).json
    promised = next(m for m in guide["materials"] if m["code"] == "premises-safety-statement")
    papers = [m["code"] for m in guide["materials"] if m is not promised]
    offer = {"material": promised["code"], "acknowledged_by": "示例甲"}
    return {
        "matter_code": "food-business-license-new",
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "submitted": [{"material": m, "sha256": "0" * 64, "file_name": "f"} for m in papers],
        "commitments": [{**offer, "notice_digest": promised["by_commitment"]["notice_digest"]}],
    }


def test_a_promise_is_checked_by_what_is_declared(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    registers.words["fire"] = "1"
    case = api.open_case(_promising(api, headers), headers, "k1").json
    assert case["outcome"] == "accepted_with_obligations"
    api.app.follow_ups.run_due()
    assert json.loads(registers.bodies[0]) == {
        "who": COMPANY.id,
        "person": LEGAL_PERSON.name,
        "case": case["id"],
        "matter": "food-business-license-new",
        "material": "premises-safety-statement",
    }
    assert api.client.get(f"/v1/cases/{case['id']}", headers=headers).json["state"] == "complete"
    operations = api.client.get("/v1/data-sharing/lists", headers=headers).json["operations"]
    assert {o["source"]: o["calls"] for o in operations}["fire-safety-register"] == 1


def test_a_promise_is_not_broken_by_words_nobody_declared(
    api: Any, headers: dict[str, str], registers: Registers
) -> None:
    registers.words["fire"] = "broken"
    case = api.open_case(_promising(api, headers), headers, "k1").json
    api.app.follow_ups.run_due()
    read = api.client.get(f"/v1/cases/{case['id']}", headers=headers).json
    assert (read["state"], read["obligations"][0]["state"]) == ("accepted_with_obligations", "open")
    assert read["obligations"][0]["broken_readings"] == 0


def test_the_lists_say_who_shares_what_for_what(api: Any, headers: dict[str, str]) -> None:
    lists = api.client.get("/v1/data-sharing/lists", headers=headers).json
    shared = {item["source"]: item for item in lists["sharing"]}
    assert shared["birth-register"]["owner"] == "示例县公安局"
    (use,) = shared["birth-register"]["used_by"]
    assert (use["matter"], use["material"], use["use"]) == (_MATTER, "birth-certificate", "data")
    assert "国务院令第716号" in use["basis"]
    assert shared["fire-safety-register"]["used_by"][0]["use"] == "check"
    assert shared["population-register"]["connected"] is False
    assert lists["standards"][0]["query"] == {"applicant.id": "id", "other_party.id": "other"}
    stranger = api.key()
    assert api.client.get("/v1/data-sharing/lists", headers=stranger).status_code == 200
    assert api.client.get("/v1/data-sharing/lists").status_code == 401


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('uses = ["data"]', 'uses = ["check"]', "is not declared for data"),
        ('"applicant.id" = "id"', '"applicant.name" = "id"', "is not asked by applicant.id"),
        ('"applicant.id" = "id"', '"applicant.id" = "id", "material" = "id"', "two values under one name"),
    ],
)
def test_a_catalogue_that_asks_for_what_is_not_declared_stops_the_start(
    settings: Settings, was: str, becomes: str, told: str
) -> None:
    path = Path(settings.data_sources)
    path.write_text(path.read_text().replace(was, becomes))
    with pytest.raises(ConfigurationError) as refused:
        build(settings)
    assert told in refused.value.detail
