"""Credit records over HTTP: entered, counted, objected to, repaired; and no id of anybody in what is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from license_service.clock import SystemClock
from license_service.demo.people import COMPANY, LEGAL_PERSON, OTHER_COMPANY
from license_service.services.caller import Scope
from license_service.settings import Settings

_MATTER, _OWED = "food-business-license-new", "health-certificate"
_PAPERS = ("business-license", "legal-person-id", "premises-safety-statement", "floor-plan")
_OFFICER = {"reason": "已完成整改", "officer": "officer-7"}


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


class Desk:
    """Hold what the tests do again and again."""

    def __init__(self, api: Any) -> None:
        self.api, self.headers, self.posted = api, api.key(), 0

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        self.posted += 1
        keyed = {**(headers or self.headers), "Idempotency-Key": f"k{self.posted}"}
        return self.api.client.post(path, json=body, headers=keyed)

    def enter(self, applicant: str = COMPANY.id, **changes: Any) -> Any:
        entry = {
            "applicant_id": applicant,
            "last_day": (SystemClock().now() + timedelta(days=90)).date().isoformat(),
            "basis": "列入严重失信主体名单",
            "reason": "法院判决",
            "officer": "officer-7",
        }
        return self.post("/v1/credit-records", {**entry, **changes})

    def found(self, applicant: str = COMPANY.id) -> list[Any]:
        body = {"applicant_id": applicant}
        answer = self.api.client.post("/v1/credit-records/searches", json=body, headers=self.headers)
        return list(answer.json["records"])

    def apply(self, company: Any = COMPANY) -> Any:
        body = {
            "matter_code": _MATTER,
            "applicant": {"name": company.name, "id": company.id},
            "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
            "submitted": [{"material": code, "sha256": "0" * 64, "file_name": "p.pdf"} for code in _PAPERS],
            "deferrals": [{"material": _OWED, "acknowledged_by": "示例甲"}],
        }
        return self.post("/v1/cases", body).json

    def owes(self, company: Any = COMPANY) -> bool:
        answer = self.apply(company)
        reasons = [item["reasons"] for item in answer["correction_notice"]]
        assert reasons in ([], [["STANDING_FORBIDS_DEFERRAL"]])
        return not reasons


@pytest.fixture
def desk(api: Any) -> Desk:
    return Desk(api)


def test_serious_dishonesty_is_entered_by_an_officer_and_closes_the_way_until_repaired(desk: Desk) -> None:
    assert desk.owes()
    entered = desk.enter()
    assert (entered.status_code, entered.json["mark"]) == (201, "serious_dishonesty")
    record = f"/v1/credit-records/{entered.json['id']}"
    assert entered.headers["Location"] == record
    assert not desk.owes()
    assert desk.owes(OTHER_COMPANY)
    repaired = desk.post(f"{record}/repair", _OFFICER).json
    assert (repaired["state"], repaired["counts"]) == ("repaired", False)
    assert [act["kind"] for act in repaired["acts"]] == ["entry", "repair"]
    assert desk.owes()
    again = desk.post(f"{record}/repair", _OFFICER)
    assert (again.status_code, again.json["code"]) == (409, "credit_record_state_conflict")


def test_a_record_counts_in_its_matter_until_its_last_day(desk: Desk, settings: Settings) -> None:
    desk.enter(matter="vehicle-registration")
    assert desk.owes()
    desk.enter(matter=_MATTER)
    assert not desk.owes()
    Path(settings.clock_file).write_text(str(timedelta(days=92).total_seconds()))
    assert desk.owes()
    assert [record["counts"] for record in desk.found()] == [False, False]
    assert desk.enter(last_day="2026-01-01").json["code"] == "request_invalid"


@pytest.mark.parametrize(("ruling", "counts"), [("upheld", False), ("rejected", True)])
def test_an_objection_ends_nothing_until_it_is_ruled_on(desk: Desk, ruling: str, *, counts: bool) -> None:
    record = f"/v1/credit-records/{desk.enter().json['id']}"
    assert desk.post(f"{record}/objections", {"reason": "并非本人"}).json["state"] == "objected"
    assert not desk.owes()
    assert desk.post(f"{record}/repair", _OFFICER).json["code"] == "credit_record_state_conflict"
    ruled = desk.post(f"{record}/rulings", {**_OFFICER, "ruling": ruling}).json
    assert ruled["counts"] is counts
    assert desk.owes() is not counts
    second = desk.post(f"{record}/objections", {"reason": "再次异议"})
    assert second.json["code"] == "credit_record_state_conflict"


def test_an_unpaid_debt_enters_a_record_that_names_its_cause(desk: Desk, settings: Settings) -> None:
    case = desk.apply()
    due = case["obligations"][0]["due_at"]
    Path(settings.clock_file).write_text(str(timedelta(days=40).total_seconds()))
    desk.api.app.follow_ups.run_due()
    (record,) = desk.found()
    assert (record["mark"], record["matter"], record["since"] > due) == ("expired_debt", _MATTER, True)
    assert record["cause"] == f"{case['id']}.{_OWED}"
    assert not desk.owes()
    desk.post(f"/v1/credit-records/{record['id']}/repair", _OFFICER)
    assert desk.owes()
    timeline = desk.api.client.get(f"/v1/cases/{case['id']}/timeline", headers=desk.headers).json["events"]
    assert [event["kind"] for event in timeline[-2:]] == ["credit.recorded", "credit.repaired"]


def test_neither_log_nor_table_holds_an_id_and_another_tenant_finds_nothing(
    desk: Desk, settings: Settings
) -> None:
    identifier = desk.enter(COMPANY.id.lower()).json["id"]
    assert [record["id"] for record in desk.found(COMPANY.id)] == [identifier]
    engine = sa.create_engine(settings.database_url)
    with engine.connect() as connection:
        (row,) = connection.execute(sa.text("SELECT * FROM credit_record")).mappings()
        events = [bytes(e) for e in connection.execute(sa.text("SELECT entry FROM event")).scalars()]
    engine.dispose()
    assert COMPANY.id not in str(dict(row)).upper()
    assert b"credit.recorded" in events[-1]
    assert not any(COMPANY.id.encode() in e or row["subject"].encode() in e for e in events)
    stranger = Desk(desk.api)
    stranger.headers = desk.api.key(tenant="elsewhere")
    assert stranger.found() == []
    path = f"/v1/credit-records/{identifier}"
    assert desk.api.client.get(path, headers=stranger.headers).json["code"] == "not_found"
    assert stranger.post(f"{path}/repair", _OFFICER).json["code"] == "not_found"
    assert desk.api.client.get(path, headers=desk.headers).json["id"] == identifier


def test_credit_has_scopes_of_its_own(desk: Desk) -> None:
    reader = desk.api.key(Scope.CREDIT_READ)
    clerk = desk.api.key(Scope.CASES_READ, Scope.CASES_WRITE)
    body = {"applicant_id": COMPANY.id}
    search = "/v1/credit-records/searches"
    assert desk.api.client.post(search, json=body, headers=reader).status_code == 200
    assert desk.api.client.post(search, json=body, headers=clerk).json["code"] == "forbidden"
    record = f"/v1/credit-records/{desk.enter().json['id']}"
    assert desk.post(f"{record}/repair", _OFFICER, reader).json["code"] == "forbidden"
