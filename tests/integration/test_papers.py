"""Papers over HTTP: which there are, that they never change, and that they say what was decided."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from license_service.clock import SystemClock, parse_instant
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.domain.paper_code import read_code
from license_service.services.papers.sheet import SEAL_HINT
from license_service.settings import Settings
from license_service.verification.canonical import canonical_json

_MATTER = "food-business-license-new"
_PAPERS = ("business-license", "legal-person-id", "floor-plan")
_OWED = "health-certificate"
_KINDS = ["acceptance_notice", "commitment_letter", "deferral_notice", "notify_text"]


@pytest.fixture
def application(api: Any, headers: dict[str, str]) -> dict[str, Any]:
    guide = api.client.get(f"/v1/matters/{_MATTER}", headers=headers).json
    notices = {m["code"]: m.get("by_commitment", {}).get("notice_digest") for m in guide["materials"]}
    promised = "premises-safety-statement"
    return {
        "matter_code": _MATTER,
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "submitted": [{"material": code, "sha256": "0" * 64, "file_name": f"{code}.pdf"} for code in _PAPERS],
        "commitments": [
            {"material": promised, "notice_digest": notices[promised], "acknowledged_by": "示例甲"}
        ],
        "deferrals": [{"material": _OWED, "acknowledged_by": "示例甲"}],
    }


@pytest.fixture
def case(api: Any, headers: dict[str, str], application: dict[str, Any]) -> dict[str, Any]:
    answer = api.open_case(application, headers, "k1")
    assert answer.json["state"] == "accepted_with_obligations"
    return dict(answer.json)


@pytest.fixture
def get(api: Any, headers: dict[str, str]) -> Callable[..., Any]:
    def call(path: str, accept: str = "application/json") -> Any:
        return api.client.get(path, headers={**headers, "Accept": accept})

    return call


def _papers(get: Callable[..., Any], case: dict[str, Any]) -> list[dict[str, Any]]:
    return list(get(f"/v1/cases/{case['id']}/papers").json["papers"])


def _expire(api: Any, settings: Settings, case: dict[str, Any], after: timedelta) -> None:
    debt = next(o for o in case["obligations"] if o["kind"] == "deferral")
    moment = parse_instant(debt["due_at"]) + after
    Path(settings.clock_file).write_text(str((moment - SystemClock().now()).total_seconds()))
    api.app.follow_ups.run_due()


def test_an_accepted_case_has_the_papers_its_outcome_calls_for(get: Any, case: dict[str, Any]) -> None:
    papers = _papers(get, case)
    assert [paper["kind"] for paper in papers] == _KINDS
    assert {paper["state"] for paper in papers} == {"in_force"}
    assert all(read_code(paper["code"]) == paper["code"] for paper in papers)
    assert len({paper["number"] for paper in papers}) == len(papers)


def test_a_paper_asked_for_again_has_the_same_bytes_whatever_became_of_the_case(
    api: Any, get: Any, case: dict[str, Any], settings: Settings
) -> None:
    first = _papers(get, case)
    bodies = {kind: get(f"/v1/cases/{case['id']}/papers/{kind}").json for kind in _KINDS}
    _expire(api, settings, case, timedelta(seconds=1))
    for kind in _KINDS:
        assert get(f"/v1/cases/{case['id']}/papers/{kind}").json == bodies[kind]
    unchanging = ("kind", "code", "number", "digest", "date", "event")
    again = [{name: paper[name] for name in unchanging} for paper in _papers(get, case)]
    assert again[: len(first)] == [{name: paper[name] for name in unchanging} for paper in first]


def test_a_paper_first_asked_for_late_says_what_was_true_at_its_event(
    api: Any, get: Any, case: dict[str, Any], settings: Settings
) -> None:
    _expire(api, settings, case, timedelta(seconds=1))
    papers = _papers(get, case)
    kinds = [paper["kind"] for paper in papers]
    assert kinds == [*_KINDS, "reminder", "termination_notice"]
    notice = get(f"/v1/cases/{case['id']}/papers/acceptance_notice").json["paper"]
    assert notice["date"] == papers[0]["date"] < papers[-1]["date"]
    assert any("容缺" in line or "补交" in line for s in notice["sections"] for line in s["lines"])


def test_what_was_handed_out_no_longer_holds_once_an_application_counts_as_withdrawn(
    api: Any, get: Any, case: dict[str, Any], settings: Settings
) -> None:
    _expire(api, settings, case, timedelta(seconds=1))
    states = {(p["kind"], p["title"]["zh"]): p["state"] for p in _papers(get, case)}
    assert states["termination_notice", "视为撤回申请告知书"] == "in_force"
    assert states["acceptance_notice", "受理通知书"] == "withdrawn"


def test_a_second_reminder_supersedes_the_first(
    api: Any, get: Any, case: dict[str, Any], settings: Settings
) -> None:
    for days in range(14, 0, -1):
        _expire(api, settings, case, timedelta(days=-days))
    reminders = [paper for paper in _papers(get, case) if paper["kind"] == "reminder"]
    assert [paper["state"] for paper in reminders] == ["superseded", "in_force"]
    path = f"/v1/cases/{case['id']}/papers/reminder"
    assert get(path).json["paper"]["code"] == reminders[1]["code"]
    assert get(f"{path}?code={reminders[0]['code']}").json["paper"]["code"] == reminders[0]["code"]


def test_what_must_be_corrected_is_on_one_notice_with_every_way_open(
    api: Any, get: Any, headers: dict[str, str]
) -> None:
    body = {"matter_code": _MATTER, "applicant": {"name": COMPANY.name, "id": COMPANY.id}}
    case = api.open_case(body, headers, "k1").json
    assert [paper["kind"] for paper in _papers(get, case)] == ["correction_notice"]
    paper = get(f"/v1/cases/{case['id']}/papers/correction_notice").json["paper"]
    text = "\n".join(line for section in paper["sections"] for line in section["lines"])
    names = {item["name"]["zh"] for item in case["correction_notice"]}
    assert [name for name in names if name not in text] == []
    assert "告知承诺" in text


def test_numbers_of_a_kind_are_counted_without_gaps(
    api: Any, get: Any, headers: dict[str, str], application: dict[str, Any]
) -> None:
    numbers = []
    for key in ("a", "b", "c"):
        case = api.open_case(application, headers, key).json
        numbers.append(_papers(get, case)[0]["number"])
    assert [number.rpartition("〕")[2] for number in numbers] == ["1号", "2号", "3号"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) reads the PDF again")
def test_a_paper_comes_as_a_page_and_as_pdf_with_its_chinese(
    get: Any, case: dict[str, Any], tmp_path: Path
) -> None:
    for kind in _KINDS:
        path = f"/v1/cases/{case['id']}/papers/{kind}"
        paper = get(path).json["paper"]
        page, pdf = get(path, "text/html"), get(path, "application/pdf")
        assert (page.mimetype, pdf.mimetype) == ("text/html", "application/pdf")
        (tmp_path / "paper.pdf").write_bytes(pdf.data)
        done = subprocess.run(["pdftotext", tmp_path / "paper.pdf", "-"], capture_output=True, check=True)
        written = "".join(done.stdout.decode().split())
        lines = [line for section in paper["sections"] for line in section["lines"]]
        for part in (paper["title"]["zh"], paper["number"], COMPANY.name, *lines):
            assert "".join(part.split()) in written
            assert part in page.text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) reads the PDF again")
def test_a_paper_ends_with_who_issued_it_and_draws_no_seal_that_nobody_set(
    get: Any, case: dict[str, Any], tmp_path: Path
) -> None:
    for kind in _KINDS:
        path = f"/v1/cases/{case['id']}/papers/{kind}"
        paper = get(path).json["paper"]
        page, pdf = get(path, "text/html").text, get(path, "application/pdf")
        (tmp_path / "paper.pdf").write_bytes(pdf.data)
        done = subprocess.run(["pdftotext", tmp_path / "paper.pdf", "-"], capture_output=True, check=True)
        last = "".join(done.stdout.decode().rstrip("\f").split("\f")[-1].split())
        by_applicant = paper["signed_by"] == "applicant"
        whom = paper["authority"] if by_applicant else COMPANY.name
        for part in ("承诺人（签字或者盖章）：" if by_applicant else paper["authority"], SEAL_HINT):
            assert part in last  # on the page of the last words, not on one of its own
            assert part in page
        assert "".join(paper["sections"][-1]["lines"][-1].split()) in last
        assert f'<p class="addressee">{whom}：</p>' in page
        assert ("（印章处）" in last) is ("（印章处）" in page) is not by_applicant
        assert page.count("<img") == 1  # the QR code


def test_the_statement_is_signed_and_names_the_paper_by_its_digest(
    api: Any, get: Any, case: dict[str, Any]
) -> None:
    answer = get(f"/v1/cases/{case['id']}/papers/acceptance_notice").json
    body = canonical_json(answer["paper"])
    key = ECKey.import_key(api.client.get("/v1/papers/keys").json["keys"][0])
    signed = jws.deserialize_compact(answer["jws"], key, algorithms=["ES256"])
    statement = json.loads(signed.payload)
    assert statement["digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert statement["applicant"] == "示例*公司"
    head, payload, signature = answer["jws"].split(".")
    changed = payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1]
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(f"{head}.{changed}.{signature}", key, algorithms=["ES256"])
    assert f"sha256:{hashlib.sha256(body[:-1] + b' ').hexdigest()}" != statement["digest"]


def test_papers_of_others_and_unknown_ones_are_not_found(api: Any, get: Any, case: dict[str, Any]) -> None:
    stranger = api.key(tenant="elsewhere")
    path = f"/v1/cases/{case['id']}/papers"
    for asked in (path, f"{path}/acceptance_notice"):
        assert api.client.get(asked, headers=stranger).json["code"] == "not_found"
    for unknown in ("termination_notice", "nonsense"):
        assert get(f"{path}/{unknown}").json["code"] == "not_found"


def test_events_addresses_and_logs_name_nobody(
    get: Any, case: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    papers = _papers(get, case)
    api_log = caplog.text
    timeline = get(f"/v1/cases/{case['id']}/timeline").text
    issued = [e for e in json.loads(timeline)["events"] if e["kind"] == "paper.issued"]
    assert {e["data"]["digest"] for e in issued} == {paper["digest"] for paper in papers}
    said = timeline + api_log + "".join(paper["page"] for paper in papers)
    assert [
        word for word in (COMPANY.name, COMPANY.id, LEGAL_PERSON.name, LEGAL_PERSON.id) if word in said
    ] == []
