"""Clocks of a case over HTTP: its version, its decision, and a calendar that comes late."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.cli import main
from license_service.clock import SystemClock, parse_instant
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.services.caller import Scope
from license_service.settings import PREFIX, Settings

_CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue"
_MATTER = "food-business-license-new"
_PAPERS = ("business-license", "legal-person-id", "premises-safety-statement", "floor-plan")
_APPLICATION = {
    "matter_code": _MATTER,
    "applicant": {"name": COMPANY.name, "id": COMPANY.id},
    "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
    "submitted": [{"material": code, "sha256": "0" * 64, "file_name": f"{code}.pdf"} for code in _PAPERS],
    "deferrals": [{"material": "health-certificate", "acknowledged_by": "示例甲"}],
}


class Office:
    """Hold a service on a catalogue of its own, at a time of its own; it may start again on another."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalogue = settings.catalogue_dir
        self.app: App
        self.start()
        token = self.app.services.keys.create("county", "test", tuple(Scope))
        self.headers = {"Authorization": f"Bearer {token}"}

    def start(self) -> None:
        self.app = build(self.settings)
        self.client = create_app(self.app.services).test_client()

    def move_to(self, moment: datetime) -> None:
        Path(self.settings.clock_file).write_text(str((moment - SystemClock().now()).total_seconds()))

    def post(self, path: str, body: Any, key: str, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={**self.headers, "Idempotency-Key": key, **headers})

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers).json

    def command(self, *words: str) -> str:
        given = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(self.settings).items()}
        done = CliRunner().invoke(main, words, env=given)
        assert done.exit_code == 0, done.output
        return done.output

    def kinds(self, case_id: str) -> list[str]:
        return [event["kind"] for event in self.get(f"/v1/cases/{case_id}/timeline")["events"]]


@pytest.fixture
def office(settings: Settings, tmp_path: Path) -> Office:
    catalogue = Path(shutil.copytree(_CATALOGUE, tmp_path / "catalogue"))
    moved = replace(settings, catalogue_dir=catalogue)
    Path(settings.clock_file).write_text("0")
    return Office(moved)


MARCH = datetime(2026, 3, 2, 2, tzinfo=UTC)  # a Monday


def test_a_case_keeps_the_version_it_was_accepted_under(office: Office) -> None:
    office.move_to(MARCH)
    case = office.post("/v1/cases", _APPLICATION, "k1").json
    assert case["matter_version"] == "2026-1"
    # A new version takes effect tomorrow, under which the debt may no longer be paid with a paper.
    old = office.catalogue / "matters" / f"{_MATTER}.yaml"
    text = old.read_text()
    old.write_text(text.replace("effective_until: null", "effective_until: 2026-03-02"))
    debt = text.index("- code: health-certificate")
    strict = text[:debt] + text[debt:].replace("by_submission: true", "by_submission: false", 1)
    new = strict.replace('"2026-1"', '"2026-2"').replace(
        "effective_from: 2026-01-01", "effective_from: 2026-03-03"
    )
    (office.catalogue / "matters" / f"{_MATTER}-2.yaml").write_text(new)
    office.start()
    office.move_to(MARCH + timedelta(days=1))
    assert office.get(f"/v1/matters/{_MATTER}")["version"] == "2026-2"
    paper = {"material": "health-certificate", "sha256": "1" * 64, "file_name": "h.pdf"}
    refused = office.post(
        "/v1/cases", {**_APPLICATION, "submitted": [*_APPLICATION["submitted"], paper], "deferrals": []}, "k2"
    )
    assert (refused.json["matter_version"], refused.json["state"]) == ("2026-2", "correction_needed")
    body = {"material": "health-certificate", "submitted": paper}
    supplied = office.post(f"/v1/cases/{case['id']}/supplements", body, "s1").json
    assert (supplied["finding"]["outcome"], supplied["case"]["state"]) == ("submitted", "complete")
    assert supplied["case"]["matter_version"] == "2026-1"


def test_a_decision_says_by_when_it_is_due_and_how_that_was_counted(office: Office) -> None:
    office.move_to(MARCH)
    case = office.post("/v1/cases", _APPLICATION, "k1").json
    (deadline,) = case["decision"]["deadlines"]
    assert (deadline["due_on"], deadline["provisional"]) == ("2026-03-16", False)
    assert deadline["explanation"]["skipped"] == [
        {"day": f"2026-03-{day:02}", "reason": "weekend"} for day in (7, 8, 14, 15)
    ]
    debt = next(item for item in case["obligations"] if item["kind"] == "deferral")
    assert debt["explanation"]["calendar_digest"] == debt["calendar_digest"]
    assert office.get(f"/v1/cases/{case['id']}")["decision"] == case["decision"]


def test_a_special_procedure_stops_the_clock_and_an_extension_comes_once(office: Office) -> None:
    office.move_to(MARCH)
    path = f"/v1/cases/{office.post('/v1/cases', _APPLICATION, 'k1').json['id']}/clock"
    body = {"procedure": "on-site-inspection", "reason": "现场核查"}
    stopped = office.post(f"{path}/suspensions", body, "s1")
    assert (stopped.status_code, stopped.json["decision"]["deadlines"]) == (200, [])
    assert office.post(f"{path}/suspensions", body, "s1").json == stopped.json
    assert office.post(f"{path}/suspensions", body, "s2").json["code"] == "case_state_conflict"
    office.move_to(MARCH + timedelta(days=3))
    resumed = office.post(f"{path}/resumptions", {"reason": "核查完毕"}, "r1").json
    assert [item["due_on"] for item in resumed["decision"]["deadlines"]] == ["2026-03-19"]
    extended = office.post(f"{path}/extensions", {"reason": "情况复杂"}, "e1").json
    assert [item["due_on"] for item in extended["decision"]["deadlines"]] == ["2026-03-19", "2026-04-02"]
    assert office.post(f"{path}/extensions", {"reason": "再次"}, "e2").json["code"] == "case_state_conflict"
    assert office.kinds(path.split("/")[3])[1:] == ["clock.suspended", "clock.resumed", "clock.extended"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({"procedure": "tender", "reason": "r"}, {}, 409, "case_state_conflict"),
        ({"procedure": "on-site-inspection", "reason": ""}, {}, 422, "request_invalid"),
        ({"procedure": "on-site-inspection"}, {}, 422, "request_invalid"),
        ({"procedure": "on-site-inspection", "reason": "r"}, {"If-Match": '"9"'}, 412, "version_conflict"),
        ({"procedure": "on-site-inspection", "reason": "r"}, {"If-Match": '"1"'}, 200, None),
    ],
)
def test_a_clock_is_stopped_for_a_named_procedure_with_a_reason_on_the_current_version(
    office: Office, body: dict[str, str], headers: dict[str, str], status: int, code: str | None
) -> None:
    office.move_to(MARCH)
    case_id = office.post("/v1/cases", _APPLICATION, "k1").json["id"]
    answer = office.post(f"/v1/cases/{case_id}/clock/suspensions", body, "s1", **headers)
    assert (answer.status_code, answer.json.get("code")) == (status, code)


def test_a_calendar_that_comes_late_moves_provisional_deadlines_when_it_is_asked_to(office: Office) -> None:
    late = datetime(2026, 12, 28, 2, tzinfo=UTC)
    office.move_to(late)
    case = office.post("/v1/cases", _APPLICATION, "k1").json
    path = f"/v1/cases/{case['id']}"

    def debt() -> Any:
        return next(item for item in office.get(path)["obligations"] if item["kind"] == "deferral")

    told = debt()
    assert told["provisional"]
    days = "\n".join(f"  - 2027-01-{day:02}" for day in (1, 2, 3, 11, 12, 13, 14, 15))
    (office.catalogue / "calendars").mkdir()
    (office.catalogue / "calendars" / "2027.yaml").write_text(
        f"year: 2027\nholidays:\n{days}\nmakeup_days: []\nbasis: 国务院办公厅通知\n"
    )
    office.start()
    assert debt() == told  # nothing moves by itself
    told_to_operator = office.command("calendar", "recompute").splitlines()
    assert told_to_operator[0] == case["id"]
    assert told_to_operator[1].startswith("1 cases, 1 changed, calendar sha256:")
    moved = debt()
    assert not moved["provisional"]
    assert moved["due_at"] > told["due_at"]
    assert office.kinds(case["id"])[-1] == "deadline.recomputed"
    assert office.app.recomputation.run().changed == ()
    # The day told before passes, and nothing happens on it.
    office.move_to(parse_instant(told["due_at"]) + timedelta(seconds=1))
    office.app.follow_ups.run_due()
    assert office.get(path)["state"] == "accepted_with_obligations"
    office.move_to(parse_instant(moved["due_at"]) + timedelta(seconds=1))
    office.app.follow_ups.run_due()
    assert office.get(path)["state"] == "deemed_withdrawn"


def test_the_end_of_a_wait_is_counted_again_with_the_calendar_that_came(office: Office) -> None:
    office.move_to(datetime(2026, 11, 30, 2, tzinfo=UTC))
    person = {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id}
    papers = ("articles", "id-card", "legal-person-id", "domicile-proof", *_PAPERS[2:], "health-certificate")
    submitted = [{"material": code, "sha256": "0" * 64, "file_name": f"{code}.pdf"} for code in papers]
    body = {"applicant": person, "fields": {"prior_approval": False}, "submitted": submitted}
    made = office.post("/v1/bundles/open-a-restaurant/applications", body, "b1").json
    path, told = f"/v1/bundle-applications/{made['id']}", made["wait"]
    case = made["matters"][0]["case"]["id"]
    assert told["provisional"]
    days = "\n".join(f"  - 2027-01-{day:02}" for day in (1, 2, 3, 11, 12, 13, 14, 15))
    (office.catalogue / "calendars").mkdir()
    (office.catalogue / "calendars" / "2027.yaml").write_text(
        f"year: 2027\nholidays:\n{days}\nmakeup_days: []\nbasis: 国务院办公厅通知\n"
    )
    office.start()
    assert office.get(path)["wait"] == told  # nothing moves by itself
    assert f"application {made['id']}" in office.command("calendar", "recompute").splitlines()
    moved = office.get(path)["wait"]
    assert (moved["provisional"], moved["basis"]) == (False, told["basis"])
    assert moved["due_at"] > told["due_at"]
    assert office.kinds(case)[-1] == "wait.recomputed"
    assert office.app.recomputation.run().applications == ()
    office.move_to(parse_instant(told["due_at"]) + timedelta(seconds=1))
    office.app.follow_ups.run_due()
    assert office.get(path)["wait"] == moved
    office.move_to(parse_instant(moved["due_at"]) + timedelta(seconds=1))
    office.app.follow_ups.run_due()
    assert office.kinds(case)[-1] == "wait.expired"
    assert office.get(path)["wait"] is None


def test_a_case_whose_version_the_catalogue_lost_is_told_and_not_touched(office: Office) -> None:
    office.move_to(datetime(2026, 12, 28, 2, tzinfo=UTC))
    case = office.post("/v1/cases", _APPLICATION, "k1").json
    matter = office.catalogue / "matters" / f"{_MATTER}.yaml"
    matter.write_text(matter.read_text().replace('"2026-1"', '"2026-9"'))
    office.start()
    found = office.app.recomputation.run()
    assert (found.changed, found.without_rule) == ((), (case["id"],))
