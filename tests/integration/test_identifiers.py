"""Identifiers in place of documents, in a form, in batches and in cases: what the register does not give is
undetermined, and never an error of the rest."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.clock import format_instant
from license_service.demo import people
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.services.caller import Scope
from license_service.services.verifying.replay import ReplayOutcome
from license_service.settings import Settings

_FILE = "business-license.ofd"
_LICENSE = people.license_identifier(people.BUSINESS_LICENSE, people.MARKET_REGULATOR, "999900000000001")
_UNKNOWN = people.license_identifier(people.BUSINESS_LICENSE, people.MARKET_REGULATOR, "999900000000009")
_MATTER = "food-business-license-new"
_LINES = "application/x-ndjson"


class Hall:
    """A service with a register of one license and an archive, and a client of it."""

    def __init__(self, settings: Settings) -> None:
        self.app: App = build(settings)
        token = self.app.services.keys.create("county", "test", tuple(Scope))
        self.headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}
        self.client = create_app(self.app.services).test_client()

    def post(self, url: str, **sent: Any) -> Any:
        return self.client.post(url, headers=self.headers, **sent)

    def batch(self, *lines: dict[str, str]) -> list[dict[str, Any]]:
        body = "\n".join(map(json.dumps, lines))
        answer = self.post("/v1/verifications/batches", data=body, content_type=_LINES)
        assert answer.status_code == 202, answer.json
        self.app.follow_ups.run_due()
        url = f"{answer.headers['Location']}/results"
        return [json.loads(line) for line in self.client.get(url, headers=self.headers).text.splitlines()]

    def case(self, *documents: dict[str, str]) -> Any:
        body = {
            "matter_code": _MATTER,
            "applicant": {"name": COMPANY.name, "id": COMPANY.id},
            "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
            "documents": list(documents),
        }
        return self.post("/v1/cases", json=body)


@pytest.fixture
def register(tmp_path: Path, samples_dir: Path, now: Any) -> Path:
    folder = tmp_path / "register"
    folder.mkdir()
    shutil.copy(samples_dir / "genuine" / _FILE, folder)
    row = f'identifier = "{_LICENSE}"\nstatus = "valid"\ndocument = "{_FILE}"\n'
    path = folder / "register.toml"
    path.write_text(f'kind = "file"\nname = "county"\nas_of = "{format_instant(now)}"\n[[licenses]]\n{row}')
    return path


@pytest.fixture
def hall(settings: Settings, tmp_path: Path, register: Path) -> Hall:
    archived = replace(settings, archive_dir=str(tmp_path / "archive"), archive_documents="yes")
    return Hall(replace(archived, register_file=str(register)))


@pytest.fixture
def sent(samples_dir: Path) -> Callable[[str], str]:
    return lambda name: base64.b64encode((samples_dir / name).read_bytes()).decode()


def _finding(answer: Any, material: str) -> dict[str, Any]:
    return next(dict(item) for item in answer.json["materials"] if item["material"] == material)


def _told(answer: Any, material: str) -> list[str]:
    notice = answer.json["correction_notice"]
    return next((list(item["reasons"]) for item in notice if item["material"] == material), [])


def test_a_form_may_name_a_license(hall: Hall, samples_dir: Path) -> None:
    url = "/v1/verifications"
    named = hall.post(url, data={"identifier": _LICENSE}, content_type="multipart/form-data")
    assert (named.status_code, named.json["report"]["indication"]) == (201, "TOTAL_PASSED")
    assert named.json["report"]["presentation"]["identifier"] == _LICENSE
    hall.headers["Idempotency-Key"] = "k2"
    with (samples_dir / "genuine" / _FILE).open("rb") as file:
        both = hall.post(url, data={"identifier": _LICENSE, "file": (file, "x")})
    neither = hall.post(url, data={"holder": "1"}, content_type="multipart/form-data")
    assert {both.json["code"], neither.json["code"]} == {"request_invalid"}


def test_lines_of_a_batch_may_name_licenses(hall: Hall, register: Path, sent: Callable[[str], str]) -> None:
    lines = [
        {"name": "sent", "document": sent(f"genuine/{_FILE}")},
        {"name": "named", "identifier": _LICENSE},
        {"name": "unknown", "identifier": _UNKNOWN},
        {"name": "forged", "document": sent(f"altered/{_FILE}")},
    ]
    told = {row["name"]: row for row in hall.batch(*lines)}
    assert list(told) == [line["name"] for line in lines]
    assert told["named"]["report"]["sha256"] == told["sent"]["report"]["sha256"]
    assert told["named"]["report"]["presentation"]["identifier"] == _LICENSE
    assert [told[name]["codes"] for name in told] == [
        [], [], ["LICENSE_NOT_IN_REGISTER"], ["REFERENCE_MISMATCH"],
    ]  # fmt: skip
    register.unlink()
    hall.headers["Idempotency-Key"] = "k2"
    (silent,) = hall.batch({"name": "silent", "identifier": _LICENSE})
    assert silent["codes"] == ["REGISTER_UNAVAILABLE"]
    assert silent["report"]["sub_indication"] == "TRY_LATER"
    for row in (*told.values(), silent):
        assert hall.app.replays.one(row["id"]).outcome is ReplayOutcome.SAME


def test_each_named_line_is_a_follow_up_of_its_own(hall: Hall, sent: Callable[[str], str]) -> None:
    # A register may take its time, and what one follow-up judges must be done within a lease.
    document = {"document": sent("genuine/legal-person-id.jws")}
    rows = [document, document, {"identifier": _LICENSE}, {"identifier": _LICENSE}, *[document] * 6]
    lines = [{"name": str(number), **row} for number, row in enumerate(rows)]
    body = "\n".join(map(json.dumps, lines))
    url = hall.post("/v1/verifications/batches", data=body, content_type=_LINES).headers["Location"]
    assert hall.app.follow_ups.run_due() == 5  # 2, 1, 1, 5, 1
    progress: Any = hall.client.get(url, headers=hall.headers).json
    assert (progress["state"], progress["indications"]) == ("complete", {"TOTAL_PASSED": 10})
    results = hall.client.get(f"{url}/results", headers=hall.headers).text.splitlines()
    assert len({json.loads(line)["id"] for line in results}) == 10


@pytest.mark.parametrize("line", [{"identifier": ""}, {"identifier": _LICENSE, "document": ""}, {}])
def test_a_line_has_one_of_document_and_identifier(line: dict[str, str], hall: Hall) -> None:
    body = json.dumps({"name": "a", **line})
    answer = hall.post("/v1/verifications/batches", data=body, content_type=_LINES)
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_a_case_takes_a_named_license_as_the_file(hall: Hall, register: Path) -> None:
    answer = hall.case({"identifier": _LICENSE})
    assert answer.status_code == 201
    found = _finding(answer, "business-license")
    assert found["outcome"] == "exempt"
    register.unlink()
    assert hall.app.replays.one(found["report_id"]).outcome is ReplayOutcome.SAME


def test_a_silent_register_leaves_one_material_undetermined(
    hall: Hall, register: Path, sent: Callable[[str], str]
) -> None:
    register.unlink()
    answer = hall.case({"identifier": _LICENSE}, {"content": sent("genuine/legal-person-id.jws")})
    assert answer.status_code == 201
    assert _finding(answer, "business-license")["outcome"] == "manual_review"
    assert _told(answer, "business-license") == ["REGISTER_UNAVAILABLE"]
    assert _finding(answer, "legal-person-id")["outcome"] == "exempt"


def test_an_identifier_nobody_knows_has_its_code(hall: Hall) -> None:
    answer = hall.case({"identifier": _UNKNOWN})
    assert _finding(answer, "business-license")["outcome"] == "manual_review"
    assert _told(answer, "business-license") == ["LICENSE_NOT_IN_REGISTER"]
    of_no_material = "1.2.156.3005.2.T.I.1.001.X"
    hall.headers["Idempotency-Key"] = "k2"
    unused = hall.case({"identifier": of_no_material})
    assert _finding(unused, "business-license")["outcome"] == "missing"
    assert len(unused.json["unused_documents"]) == 1


def test_a_walkthrough_says_the_same(hall: Hall) -> None:
    body = {"applicant": {"name": COMPANY.name, "id": COMPANY.id}, "documents": [{"identifier": _UNKNOWN}]}
    dry = hall.post(f"/v1/matters/{_MATTER}/walkthroughs", json=body)
    assert dry.status_code == 200
    assert _told(dry, "business-license") == ["LICENSE_NOT_IN_REGISTER"]


def test_somebody_elses_license_is_told_as_ever(hall: Hall, register: Path, samples_dir: Path) -> None:
    shutil.copy(samples_dir / "wrong-holder" / _FILE, register.parent)
    answer = hall.case({"identifier": _LICENSE})
    assert _finding(answer, "business-license")["outcome"] == "missing"
    assert "HOLDER_MISMATCH" in _told(answer, "business-license")


@pytest.mark.parametrize("more", [{"content": ""}, {"verification_id": "0" * 32}])
def test_a_document_is_presented_in_one_way(more: dict[str, str], hall: Hall) -> None:
    answer = hall.case({"identifier": _LICENSE, **more})
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")


def test_without_a_register_nothing_can_be_named(settings: Settings) -> None:
    hall = Hall(settings)
    batch = hall.post(
        "/v1/verifications/batches",
        data=json.dumps({"name": "a", "identifier": _LICENSE}),
        content_type=_LINES,
    )
    for answer in (batch, hall.case({"identifier": _LICENSE})):
        assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
