"""Promises and debts over HTTP to their end: sources, clerks, objections, consequences, the decision."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.clock import SystemClock, format_instant, parse_instant
from license_service.demo.neighbors import FireSafetyRegister, Neighbor
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.services.caller import Scope
from license_service.settings import Settings

_MATTER, _PROMISED, _OWED = "food-business-license-new", "premises-safety-statement", "health-certificate"
_PAPERS = ("business-license", "legal-person-id", "floor-plan")
_OFFICER = {"reason": "现场核查发现与承诺不符", "officer": "officer-7"}
_EVE = timedelta(seconds=1)


@dataclass
class Register:
    """Answer checks with what the test put into `says`, the last for ever."""

    says: list[str] = field(default_factory=lambda: ["kept"])

    def respond(self, _path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, dict[str, object]]:
        return 200, {"result": self.says.pop(0) if len(self.says) > 1 else self.says[0]}


@dataclass
class Hall:
    """Hold a service with a register of its own, and a clock that is moved by hand."""

    app: App
    client: FlaskClient
    register: Register
    clock_file: Path
    headers: dict[str, str]
    posted: int = 0

    def post(self, path: str, body: Any, **headers: str) -> Any:
        self.posted += 1
        keyed = {**self.headers, "Idempotency-Key": f"k{self.posted}", **headers}
        return self.client.post(path, json=body, headers=keyed)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers).json

    def apply(self, *, owed: bool = False, **offer: Any) -> Any:
        guide = {m["code"]: m for m in self.get(f"/v1/matters/{_MATTER}")["materials"]}
        digest = guide[_PROMISED]["by_commitment"]["notice_digest"]
        promise = {"material": _PROMISED, "notice_digest": digest, "acknowledged_by": "示例甲", **offer}
        papers = _PAPERS if owed else (*_PAPERS, _OWED)
        body = {
            "matter_code": _MATTER,
            "applicant": {"name": COMPANY.name, "id": COMPANY.id},
            "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
            "submitted": [{"material": code, "sha256": "0" * 64, "file_name": "p.pdf"} for code in papers],
            "commitments": [promise],
            "deferrals": [{"material": _OWED, "acknowledged_by": "示例甲"}] if owed else [],
        }
        return self.post("/v1/cases", body)

    def move_to(self, instant: str, before: timedelta = timedelta()) -> None:
        moment = parse_instant(instant) - before
        self.clock_file.write_text(str((moment - SystemClock().now()).total_seconds()))

    def run_at(self, instant: str) -> None:
        self.move_to(instant, -_EVE)
        self.app.follow_ups.run_due()

    def tomorrow(self) -> None:
        offset = float(self.clock_file.read_text())
        self.clock_file.write_text(str(offset + timedelta(days=1, minutes=1).total_seconds()))
        self.app.follow_ups.run_due()

    def promise(self, case: Any) -> Any:
        found = self.get(f"/v1/cases/{case['id']}")["obligations"]
        return next(item for item in found if item["kind"] == "commitment")

    def state(self, case: Any) -> str:
        return str(self.get(f"/v1/cases/{case['id']}")["state"])

    def kinds(self, case: Any) -> list[str]:
        return [e["kind"] for e in self.get(f"/v1/cases/{case['id']}/timeline")["events"]]

    def act(self, case: Any, name: str, body: Any, material: str = _PROMISED, **headers: str) -> Any:
        path = f"/v1/cases/{case['id']}/obligations/{case['id']}.{material}/{name}"
        return self.post(path, body, **headers)

    def found_broken(self) -> Any:
        """Return a case whose promise a clerk has found broken."""
        self.register.says = ["nothing of use"]
        case = self.apply().json
        assert self.act(case, "findings", {**_OFFICER, "result": "broken"}).status_code == 200
        return case


@pytest.fixture
def hall(settings: Settings, tmp_path: Path) -> Iterator[Hall]:
    register = Register()
    with Neighbor(register.respond) as neighbor:
        sources = FireSafetyRegister.declared(tmp_path / "sources.toml", neighbor.host)
        app = build(replace(settings, data_sources=sources, outgoing_networks="127.0.0.0/8"))
        token = app.services.keys.create("county", "test", tuple(Scope))
        clock_file = Path(settings.clock_file)
        clock_file.write_text("0")
        client = create_app(app.services).test_client()
        yield Hall(app, client, register, clock_file, {"Authorization": f"Bearer {token}"})


def test_two_readings_break_a_promise_and_every_consequence_follows_at_its_time(hall: Hall) -> None:
    hall.register.says = ["broken"]
    case = hall.apply().json
    hall.app.follow_ups.run_due()
    assert (hall.promise(case)["state"], hall.kinds(case)[1:]) == ("open", ["commitment.checked"])
    hall.tomorrow()
    promise = hall.promise(case)
    assert (promise["state"], hall.kinds(case)[-1]) == ("broken", "commitment.broken")
    hall.run_at(promise["consequence_at"])
    ordered = hall.promise(case)
    assert (ordered["state"], ordered["due_at"]) == ("rectifying", ordered["consequence_at"])
    hall.run_at(ordered["consequence_at"])
    assert hall.state(case) == "terminated"
    assert hall.kinds(case)[3:] == [
        "commitment.broken", "commitment.rectify", "commitment.enforced", "case.closed", "credit.recorded",
    ]  # fmt: skip
    assert hall.apply().json["correction_notice"][0]["reasons"] == ["STANDING_FORBIDS_COMMITMENT"]


def test_a_source_that_contradicts_itself_breaks_nothing_and_asks_a_person_at_last(hall: Hall) -> None:
    hall.register.says = ["broken", "kept", "broken", "kept", "broken"]
    case = hall.apply().json
    hall.app.follow_ups.run_due()
    for _ in range(3):
        hall.tomorrow()
    assert (hall.promise(case)["state"], hall.state(case)) == ("open", "accepted_with_obligations")
    hall.run_at(hall.promise(case)["due_at"])
    assert (hall.promise(case)["state"], hall.state(case)) == ("open", "manual_review")
    assert "commitment.broken" not in hall.kinds(case)
    found = hall.act(case, "findings", {**_OFFICER, "result": "kept"})
    assert (found.json["state"], hall.promise(case)["state"]) == ("complete", "kept")


def test_a_clerks_finding_is_objected_to_and_the_ruling_decides(hall: Hall) -> None:
    for ruling, state in (("upheld", "complete"), ("rejected", "accepted_with_obligations")):
        case = hall.found_broken()
        window = hall.promise(case)["consequence_at"]
        assert hall.act(case, "objections", {"reason": "消防设施已整改"}).status_code == 200
        again = hall.act(case, "objections", {"reason": "再次异议"})
        assert (again.status_code, again.json["code"]) == (409, "case_state_conflict")
        hall.run_at(window)
        assert hall.promise(case)["state"] == "objected"
        ruled = hall.act(case, "rulings", {**_OFFICER, "ruling": ruling})
        assert ruled.json["state"] == state
        hall.app.follow_ups.run_due()
        assert hall.promise(case)["state"] == ("kept" if ruling == "upheld" else "rectifying")
        acts = [act["kind"] for act in hall.promise(case)["acts"]]
        assert acts == ["finding", "objection", "ruling"]


def test_an_objection_after_its_window_is_refused_with_its_code(hall: Hall) -> None:
    case = hall.found_broken()
    hall.move_to(hall.promise(case)["consequence_at"], -_EVE)
    late = hall.act(case, "objections", {"reason": "迟到的异议"})
    assert (late.status_code, late.json["code"]) == (409, "objection_window_over")


def test_a_withdrawn_promise_sends_this_matter_back_for_correction(hall: Hall) -> None:
    hall.register.says = ["nothing of use"]
    case = hall.apply().json
    withdrawn = hall.act(case, "withdrawal", {"reason": "改为提交材料"}).json
    assert (withdrawn["state"], hall.kinds(case)[-2:]) == (
        "correction_needed", ["commitment.withdrawn", "case.closed"],
    )  # fmt: skip
    finding = next(item for item in withdrawn["materials"] if item["material"] == _PROMISED)
    assert (finding["outcome"], finding["alternatives"]) == (
        "missing", ["license", "submission", "commitment"],
    )  # fmt: skip


def test_a_withdrawn_promise_is_owed_where_the_rule_says_so_and_paid(hall: Hall) -> None:
    matter = "social-security-enrollment"
    guide = {m["code"]: m for m in hall.get(f"/v1/matters/{matter}")["materials"]}
    promised = next(code for code, m in guide.items() if "by_commitment" in m and "by_deferral" in m)
    digest = guide[promised]["by_commitment"]["notice_digest"]
    body = {
        "matter_code": matter,
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "submitted": [
            {"material": code, "sha256": "0" * 64, "file_name": "p.pdf"} for code in guide.keys() - {promised}
        ],
        "commitments": [{"material": promised, "notice_digest": digest, "acknowledged_by": "示例甲"}],
    }
    case = hall.post("/v1/cases", body).json
    assert case["state"] == "accepted_with_obligations", case
    withdrawn = hall.act(case, "withdrawal", {"reason": "改为补交"}, promised).json
    debt = withdrawn["obligations"][1]
    assert (debt["id"], debt["kind"], debt["state"]) == (f"{case['id']}.{promised}.owed", "deferral", "open")
    paper = {"material": promised, "sha256": "1" * 64, "file_name": "a.pdf"}
    paid = hall.post(f"/v1/cases/{case['id']}/supplements", {"material": promised, "submitted": paper}).json
    assert paid["case"]["state"] == "complete"


def test_a_debt_is_extended_once_and_expires_at_its_new_time(hall: Hall) -> None:
    case = hall.apply(owed=True).json
    debt = next(item for item in case["obligations"] if item["kind"] == "deferral")
    longer = hall.act(case, "extension", _OFFICER, _OWED).json
    moved = next(item for item in longer["obligations"] if item["kind"] == "deferral")
    assert moved["due_at"] > debt["due_at"]
    again = hall.act(case, "extension", _OFFICER, _OWED)
    assert (again.status_code, again.json["code"]) == (409, "deferral_extended_before")
    hall.run_at(debt["due_at"])
    assert hall.state(case) == "accepted_with_obligations"
    assert "supplement.reminded" not in hall.kinds(case)
    hall.run_at(moved["due_at"])
    assert hall.state(case) == "deemed_withdrawn"
    assert hall.kinds(case).count("supplement.reminded") == 1
    assert hall.kinds(case)[-3:] == ["supplement.expired", "case.closed", "credit.recorded"]


def test_no_decision_is_made_while_something_is_owed_and_promises_outlast_it(hall: Hall) -> None:
    hall.register.says = ["nothing of use"]
    case = hall.apply(owed=True).json
    path, grant = f"/v1/cases/{case['id']}/decision", {**_OFFICER, "result": "granted"}
    refused = hall.post(path, grant)
    assert (refused.status_code, refused.json["code"]) == (409, "case_owes")
    paper = {"material": _OWED, "sha256": "1" * 64, "file_name": "h.pdf"}
    hall.post(f"/v1/cases/{case['id']}/supplements", {"material": _OWED, "submitted": paper})
    granted = hall.post(path, grant).json
    assert (granted["state"], granted["decided"]["officer"]) == ("granted", "officer-7")
    assert hall.post(path, grant).json["code"] == "case_state_conflict"
    assert hall.promise(case)["state"] == "open"
    hall.act(case, "findings", {**_OFFICER, "result": "broken"})
    for _ in range(2):
        hall.run_at(hall.promise(case)["consequence_at"])
    assert hall.state(case) == "decision_revoked"


def test_a_promise_says_which_notice_was_shown_when_and_where_and_never_by_whom(hall: Hall) -> None:
    shown = format_instant(SystemClock().now() - timedelta(hours=1))
    case = hall.apply(channel="kiosk", shown_at=shown).json
    (record,) = case["commitments"]
    assert (record["channel"], record["shown_at"], record["material"]) == ("kiosk", shown, _PROMISED)
    assert (record["notice_id"], record["notice_version"]) == ("premises-safety", "1")
    event = hall.get(f"/v1/cases/{case['id']}/timeline")["events"][0]
    assert event["data"]["commitments"] == [record]
    assert "示例甲" not in json.dumps([case, event], ensure_ascii=False)
    by_default = hall.apply().json["commitments"][0]
    assert (by_default["channel"], by_default["proxy_authorization"]) == ("online", None)
    later = format_instant(SystemClock().now() + timedelta(hours=1))
    assert hall.apply(shown_at=later).json["code"] == "request_invalid"
    assert hall.apply(channel="telepathy").json["code"] == "request_invalid"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda body: body, 200, None),
        (lambda body: {**body, "officer": LEGAL_PERSON.id}, 422, "request_invalid"),
        (lambda body: {**body, "officer": ""}, 422, "request_invalid"),
        (lambda body: {**body, "reason": ""}, 422, "request_invalid"),
        (lambda body: {**body, "result": "perhaps"}, 422, "request_invalid"),
        (lambda body: {**body, "extra": 1}, 422, "request_invalid"),
    ],
)
def test_a_finding_has_a_result_a_reason_and_an_officer_who_is_no_citizen_id(
    hall: Hall, change: Callable[[Any], Any], status: int, code: str | None
) -> None:
    hall.register.says = ["nothing of use"]
    case = hall.apply().json
    answer = hall.act(case, "findings", change({**_OFFICER, "result": "kept"}))
    assert (answer.status_code, answer.json.get("code")) == (status, code)


def test_an_act_is_done_once_on_the_version_that_was_read_and_for_ones_own_case(hall: Hall) -> None:
    hall.register.says = ["nothing of use"]
    case = hall.apply().json
    body = {**_OFFICER, "result": "broken"}
    assert hall.act(case, "findings", body, **{"If-Match": '"9"'}).json["code"] == "version_conflict"
    once = {"Idempotency-Key": "once"}
    first, second = (hall.act(case, "findings", body, **once).json for _ in range(2))
    assert first == second
    other = hall.act(case, "findings", {**body, "result": "kept"}, **once)
    assert other.json["code"] == "idempotency_key_reused"
    assert hall.kinds(case).count("commitment.broken") == 1
    assert hall.act(case, "findings", body, "floor-plan").json["code"] == "not_found"
    token = hall.app.services.keys.create("elsewhere", "test", tuple(Scope))
    stranger = {"Authorization": f"Bearer {token}"}
    assert hall.act(case, "findings", body, **stranger).json["code"] == "not_found"
