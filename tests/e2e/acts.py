"""What people do beside applying: findings and objections, decisions, credit, papers, feedback, bundles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from license_service.client import Client, ConflictError
from license_service.client.shapes import Document, Person

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_OFFICER = "A001"
_COMPANY, _PERSON, _HEALTH = "business-license.ofd", "legal-person-id.jws", "health-certificate.pdf"

_AGENT = {"name": "示例代办人", "id": "11010519491231002X", "scope": ["apply"], "authorization": "ab" * 32}


class Stage(Protocol):
    """The running service, and the people and licenses there are."""

    @property
    def client(self) -> Client: ...

    def person(self, name: str) -> Person: ...

    def issuer(self, name: str) -> str: ...

    def document(self, name: str) -> Document: ...

    def open(self, matter: str) -> Any: ...


def dispute_a_promise(stage: Stage) -> None:
    calls, case = stage.client.obligations, stage.open("small-restaurant-license")
    promise = next(item["id"] for item in case["obligations"] if item["kind"] == "commitment")
    found = calls.find(case["id"], promise, "broken", "现场不符", _OFFICER)
    assert _state(found, promise) == "broken"
    assert _state(calls.object_to(case["id"], promise, "已整改"), promise) == "objected"
    assert _state(calls.rule(case["id"], promise, "upheld", "属实", _OFFICER), promise) == "kept"
    other = stage.open("small-restaurant-license")
    promise = next(item["id"] for item in other["obligations"] if item["kind"] == "commitment")
    assert _state(calls.withdraw(other["id"], promise, "改为提交"), promise) == "withdrawn"


def decide_after_the_debt(stage: Stage) -> None:
    client, case = stage.client, stage.open("food-business-license-new")
    debt = next(item["id"] for item in case["obligations"] if item["kind"] == "deferral")
    with pytest.raises(ConflictError) as refused:
        client.obligations.decide(case["id"], "granted", "合格", _OFFICER)
    assert refused.value.code == "case_owes"
    assert client.obligations.extend(case["id"], debt, "体检排队", _OFFICER)["obligations"]
    with pytest.raises(ConflictError) as again:
        client.obligations.extend(case["id"], debt, "再延", _OFFICER)
    assert again.value.code == "deferral_extended_before"
    client.cases.supplement(case["id"], "health-certificate", document=stage.document(_HEALTH))
    assert client.obligations.decide(case["id"], "granted", "合格", _OFFICER)["state"] == "granted"
    assert client.insights.trace(case["id"])["state"] == "granted"


def repair_credit(stage: Stage) -> None:
    credit, applicant = stage.client.credit, "11010519491231002X"
    last_day = (datetime.now(_SHANGHAI) + timedelta(days=90)).date()
    records = [credit.enter(applicant, last_day, "依据", "列入名单", _OFFICER)["id"] for _ in range(2)]
    assert {item["id"] for item in credit.search(applicant)["records"]} == set(records)
    assert credit.repair(records[0], "已纠正", _OFFICER)["state"] == "repaired"
    assert credit.object_to(records[1], "不符")["state"] == "objected"
    assert not credit.rule(records[1], "upheld", "属实", _OFFICER)["counts"]
    assert not credit.get(records[1])["counts"]


def hand_out_papers(stage: Stage) -> None:
    papers, case = stage.client.papers, stage.open("food-business-license-new")
    kinds = {item["kind"]: item["code"] for item in papers.list(case["id"])["papers"]}
    assert {"acceptance_notice", "notify_text", "commitment_letter", "deferral_notice"} == set(kinds)
    paper = papers.get(case["id"], "acceptance_notice", code=kinds["acceptance_notice"])
    assert papers.look_up(kinds["acceptance_notice"])["state"] == "in_force"
    assert papers.keys()["keys"][0]["alg"] == "ES256"
    assert papers.deliver(case["id"], "acceptance_notice", "window")["actor"]["role"] == "applicant"
    uses, license_ = stage.client.license_uses, stage.person(_COMPANY)
    assert case["id"] in {use["case_id"] for use in uses.of_holder(license_["id"])["uses"]}
    assert case["id"] in {use["case_id"] for use in uses.of_issuer(stage.issuer(_COMPANY))["uses"]}
    assert paper["digest"].startswith("sha256:")


def rate_and_complain(stage: Stage) -> None:
    feedback, case = stage.client.feedback, stage.open("food-business-license-new")
    rated = feedback.rate(case["id"], "window", 1, reasons=["too-slow"], text="慢")
    assert feedback.get(rated["id"])["deadline"]["due_on"]
    assert feedback.answer(rated["id"], "已整改")["state"] == "answered"
    assert feedback.complain(case["id"], "hotline-12345", ["extra-trips"])["id"]
    today = datetime.now(_SHANGHAI).date()
    assert stage.client.insights.blockages(today, today, "matter,material")["cases"] > 0


def do_several_things_at_once(stage: Stage) -> None:
    bundles = stage.client.bundles
    assert "open-a-restaurant" in {item["code"] for item in bundles.list()["bundles"]}
    assert len(bundles.get("open-a-restaurant")["matters"]) == 3
    assert "开餐馆" in bundles.guide_html("open-a-restaurant")
    founder = stage.person(_PERSON)
    application = {
        "applicant": founder,
        "legal_person": founder,
        "documents": [stage.document(_PERSON), stage.document(_HEALTH)],
        "submitted": [
            {"material": name, "sha256": "0" * 64, "file_name": f"{name}.pdf"}
            for name in (
                "articles",
                "floor-plan",
                "employee-list",
                "premises-safety-statement",
                "bank-account",
            )
        ],
        "fields": {"prior_approval": False},
    }
    today = datetime.now(_SHANGHAI).date()
    agent = {**_AGENT, "valid_from": f"{today - timedelta(1)}", "valid_until": f"{today + timedelta(9)}"}
    helped = {**application, "agent": agent, "by_agent": True}
    acts = bundles.walk_through("open-a-restaurant", helped)["agent"]["acts"]
    assert {act["act"] for act in acts if act["may"]} == {"apply"}
    tried = bundles.walk_through("open-a-restaurant", application)
    assert tried["walkthrough"]["effort"]["papers"] < tried["walkthrough"]["ordinary"]["papers"]
    opened = bundles.apply("open-a-restaurant", application)
    assert opened["matters"][0]["outcome"] == "accepted"
    result = stage.document(_COMPANY)
    done = bundles.add_result(opened["id"], result, applicant=stage.person(_COMPANY))
    assert {item["outcome"] for item in done["matters"]} == {"accepted"}
    assert bundles.application(opened["id"])["outcome"] == "accepted"
    other = bundles.apply("open-a-restaurant", application)
    left = bundles.withdraw(other["id"], "另行安排", matters=["social-security-enrollment"])
    assert [item["outcome"] for item in left["matters"]] == ["accepted", "waiting_for_result", "withdrawn"]
    assert {item["outcome"] for item in bundles.withdraw(other["id"], "不再办理")["matters"][1:]} == {
        "withdrawn"
    }


def carry_a_verdict_away(stage: Stage) -> None:
    calls = stage.client.verifications
    identifier = stage.document(_COMPANY)["verification_id"]
    token = calls.validation_token(identifier)
    assert len(token.split(".")) == 3
    assert calls.validation_token_keys()["keys"][0]["alg"] == "ES256"


def follow_the_log(stage: Stage) -> None:
    audit = stage.client.audit
    assert audit.checkpoints()["checkpoints"]
    assert audit.keys()["keys"]
    assert {"policy", "catalogue"} <= {item["entry"]["data"]["input"] for item in audit.inputs()["changes"]}
    assert audit.exports()["exports"] == []
    assert audit.readings()["readings"] == []


def erase_nothing_too_early(stage: Stage) -> None:
    grounds = ("consent_withdrawn", "个人信息保护法第四十七条", _OFFICER)
    erasures, case = stage.client.erasures, stage.open("food-business-license-new")
    with pytest.raises(ConflictError) as refused:
        erasures.dossier(case["id"], *grounds)
    assert refused.value.code == "erasure_case_open"
    with pytest.raises(ConflictError) as kept:
        erasures.person(stage.person(_COMPANY)["id"], *grounds)
    assert kept.value.code in {"erasure_case_open", "erasure_retained"}
    assert stage.client.audit.retention()["replays"] == []


def _state(case: Any, obligation: str) -> str:
    return str(next(item["state"] for item in case["obligations"] if item["id"] == obligation))


ACTS = (
    *(dispute_a_promise, decide_after_the_debt, repair_credit, hand_out_papers, rate_and_complain),
    *(do_several_things_at_once, carry_a_verdict_away, follow_the_log, erase_nothing_too_early),
)
