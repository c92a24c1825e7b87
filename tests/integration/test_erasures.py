"""Erasing over HTTP and by command: nothing that names a person is left, and every proof still holds."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from license_service.adapters.sql.dossier_tables import SqlDossierTable
from license_service.cli import main
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.services.caller import Scope
from license_service.services.erasing.dossiers import Dossier
from license_service.settings import PREFIX, Settings
from tests.integration.erasing_office import GROUNDS, MATTER, Office

_CITIZEN = "11010519491231002X"
_CANARIES = [text.encode() for text in (COMPANY.id, COMPANY.name, LEGAL_PERSON.id, LEGAL_PERSON.name)]
_TEXT = "我是示例甲，请尽快办理"
_TEN_YEARS = timedelta(days=3651)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, archive_dir=str(tmp_path / "archive"), archive_documents="yes")


@pytest.fixture
def office(api: Any, settings: Settings, samples_dir: Path) -> Office:
    return Office(api, settings, samples_dir)


def _raw(settings: Settings) -> bytes:
    """Return every byte of the database's files and of the archive."""
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    files = [*database.parent.glob(f"{database.name}*"), *Path(settings.archive_dir).rglob("*")]
    return b"".join(path.read_bytes() for path in files if path.is_file())


def _canaries_in(data: bytes) -> list[bytes]:
    return [canary for canary in _CANARIES if canary in data]


def _life_of_a_case(office: Office) -> str:
    """Let a case leave something in every table that can name a person."""
    case_id = str(office.open()["id"])
    office.post(f"/v1/cases/{case_id}/ratings", {"channel": "online", "score": 5, "text": _TEXT})
    assert office.get(f"/v1/cases/{case_id}/papers").status_code == 200
    entry = {"applicant_id": COMPANY.id, "last_day": "2199-12-31", "basis": "依据", "reason": _TEXT}
    assert office.post("/v1/credit-records", {**entry, "officer": "officer-7"}).status_code == 201
    content = office.document("business-license.ofd")["content"]
    line = json.dumps({"name": f"{LEGAL_PERSON.name}.ofd", "document": content}).encode()
    sent = office.api.client.post(
        "/v1/verifications/batches",
        data=line,
        headers={**office.headers, "Idempotency-Key": "batch", "Content-Type": "application/x-ndjson"},
    )
    assert sent.status_code in (201, 202), sent.json
    office.api.app.follow_ups.run_due()
    return case_id


def test_no_file_of_the_service_names_anybody_before_erasing_or_after(office: Office) -> None:
    case_id = _life_of_a_case(office)
    assert office.get(f"/v1/cases/{case_id}").status_code == 200
    assert _canaries_in(_raw(office.settings)) == []
    office.later(_TEN_YEARS)
    assert office.erase(dossier=case_id).status_code == 201
    assert _canaries_in(_raw(office.settings)) == []
    assert _TEXT.encode() not in _raw(office.settings)


def test_the_search_would_find_what_is_in_the_clear(office: Office) -> None:
    _life_of_a_case(office)
    database = office.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE case_file SET people = ?", (COMPANY.name,))
    assert _canaries_in(_raw(office.settings)) == [COMPANY.name.encode()]


def test_what_was_erased_is_gone_and_the_steps_and_lists_stay(office: Office) -> None:
    case_id = _life_of_a_case(office)
    verdict = office.verification_of(case_id)
    rating = office.post(
        f"/v1/cases/{case_id}/complaints", {"channel": "online", "reasons": ["too-slow"]}
    ).json
    assert office.erase(dossier=case_id).json["code"] == "erasure_case_open"  # a complaint waits
    office.post(f"/v1/complaints/{rating['id']}/answer", {"text": "已办"})
    assert office.erase(dossier=case_id).json["code"] == "erasure_retained"
    steps = office.get(f"/v1/cases/{case_id}/timeline").json["events"]
    code = office.get(f"/v1/cases/{case_id}/papers").json["papers"][0]["code"]
    assert office.get(f"/console/papers/{code}").status_code == 200
    office.later(_TEN_YEARS)
    erased = office.erase(dossier=case_id)
    assert {item["of"] for item in erased.json["dossiers"]} == {"case", "verification"}
    for path in (
        f"/v1/cases/{case_id}", f"/v1/cases/{case_id}/papers", f"/v1/verifications/{verdict}",
        f"/v1/verifications/{verdict}/report.html", f"/v1/complaints/{rating['id']}",
        f"/v1/papers/{code}",
    ):  # fmt: skip
        answer = office.get(path)
        assert (answer.status_code, answer.json["code"]) == (410, "erased"), path
    assert office.get(f"/console/papers/{code}").status_code == 410
    assert office.post(f"/v1/cases/{case_id}/clock/resumptions", {"reason": "x"}).json["code"] == "erased"
    again = office.get(f"/v1/cases/{case_id}/timeline").json["events"]
    assert again[:-1] == steps
    assert (again[-1]["kind"], again[-1]["data"]["dossier"]) == ("data.erased", case_id)
    trace = office.get(f"/v1/cases/{case_id}/trace").json
    assert (trace["state"], trace["matter"]["code"], len(trace["steps"])) == ("erased", MATTER, len(again))
    uses = office.post("/v1/license-uses/search", {"holder": COMPANY.id}).json
    assert uses["uses"] == []
    assert office.get("/v1/events").status_code == 200
    assert office.get("/v1/reports/blockages?from=2026-01-01&to=2026-12-31").status_code in (200, 422)
    assert office.erase(dossier=case_id).json["code"] == "erased"
    assert office.erase(dossier="0" * 32).json["code"] == "not_found"


def test_an_answer_that_is_asked_for_again_is_erased_too(office: Office) -> None:
    case_id = office.open()["id"]
    office.posted = 0
    assert office.open()["id"] == case_id
    office.later(_TEN_YEARS)
    assert office.erase(dossier=case_id).status_code == 201
    office.posted = 0
    applicant = {"name": COMPANY.name, "id": COMPANY.id}
    refused = office.post("/v1/cases", {"matter_code": MATTER, "applicant": applicant})
    assert (refused.status_code, refused.json["code"]) == (410, "erased")


def test_everything_of_a_person_goes_or_nothing(office: Office) -> None:
    first, second = office.open()["id"], office.open()["id"]
    record = {"applicant_id": COMPANY.id, "last_day": "2027-12-31", "basis": "依据", "reason": "原因"}
    assert office.post("/v1/credit-records", {**record, "officer": "officer-7"}).status_code == 201
    office.later(timedelta(days=100))
    assert office.erase(applicant_id=COMPANY.id).json["code"] == "erasure_retained"
    assert {office.get(f"/v1/cases/{case}").status_code for case in (first, second)} == {200}
    office.later(2 * _TEN_YEARS)
    answer = office.erase(applicant_id=COMPANY.id.lower())
    kinds = sorted(item["of"] for item in answer.json["dossiers"])
    assert kinds == ["case", "case", "credit", "verification", "verification"]
    assert {office.get(f"/v1/cases/{case}").status_code for case in (first, second)} == {410}
    found = office.post("/v1/credit-records/searches", {"applicant_id": COMPANY.id}).json
    assert found["records"] == []
    assert office.erase(applicant_id=COMPANY.id).json["code"] == "not_found"


def test_what_another_eraser_took_since_it_was_read_is_taken_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, look = office.open()["id"], SqlDossierTable.dossiers_of
    read: list[Dossier] = []

    def looked_before(table: SqlDossierTable, tenant: str, mark: str) -> list[Dossier]:
        read[:] = read or list(look(table, tenant, mark))
        return read

    monkeypatch.setattr(SqlDossierTable, "dossiers_of", looked_before)
    assert office.erase(applicant_id=COMPANY.id).json["code"] == "erasure_retained"
    office.later(_TEN_YEARS)
    assert office.erase(dossier=case_id).status_code == 201
    assert office.erase(applicant_id=COMPANY.id).json["code"] == "not_found"
    monkeypatch.setattr(SqlDossierTable, "kept_dossiers", lambda *_asked: read)
    assert office.api.app.erasing.retention.page("").erased == ()


def test_a_document_that_two_verdicts_are_of_goes_with_the_last(office: Office) -> None:
    first, second = office.open()["id"], office.open()["id"]
    documents = Path(office.settings.archive_dir) / "documents"
    assert len([path for path in documents.rglob("*") if path.is_file()]) == 1
    office.later(_TEN_YEARS)
    office.erase(dossier=first)
    assert len([path for path in documents.rglob("*") if path.is_file()]) == 1
    office.erase(dossier=second)
    assert [path for path in documents.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "change",
    [{"reason": "because"}, {"basis": ""}, {"basis": f"见{_CITIZEN}案"}, {"officer": _CITIZEN},
     {"dossier": "x"}, {"applicant_id": COMPANY.id}, {"dossier": None}],
)  # fmt: skip
def test_grounds_name_a_rule_and_nobody(office: Office, change: dict[str, Any]) -> None:
    body = {**GROUNDS, "dossier": "0" * 32, **change}
    refused = office.post("/v1/erasures", body)
    assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")


def test_only_who_may_erase_does_and_of_their_own_alone(office: Office) -> None:
    case_id = office.open()["id"]
    office.later(_TEN_YEARS)
    mine = office.headers
    office.headers = office.api.key(*(scope for scope in Scope if scope is not Scope.ERASURES_WRITE))
    assert office.erase(dossier=case_id).status_code == 403
    office.headers = office.api.key(tenant="elsewhere")
    assert office.erase(dossier=case_id).json["code"] == "not_found"
    assert office.erase(applicant_id=COMPANY.id).json["code"] == "not_found"
    office.headers = mine
    assert office.get(f"/v1/cases/{case_id}").status_code == 200


def test_a_bundle_of_an_erased_case_verifies_and_says_so(office: Office, tmp_path: Path) -> None:
    case_id = office.open()["id"]
    verdict = office.verification_of(case_id)
    office.later(_TEN_YEARS)
    office.erase(dossier=case_id)
    office.api.app.log.integrate()
    policy, bundle = tmp_path / "policy", tmp_path / "bundle.tar"
    policy.write_text(office.run("log", "policy").output)
    for chosen in (("--case", case_id), ("--from", 0)):
        assert office.run("audit", "export", *chosen, "--inputs", "--out", bundle).exit_code == 0
        for more in ((), ("--recompute",)):
            asked = ("audit", "verify", bundle, "--policy", policy, *more)
            told = office.run(*asked)
            assert told.exit_code == 0, told.output
            assert f"erased {case_id}" in told.output
            said = {item["of"] for item in json.loads(office.run(*asked, "--json").output)["erased"]}
            assert said == {case_id, verdict}
    # What ends before it is said to be erased is only incomplete.
    assert office.run("audit", "export", "--from", 0, "--to", 1, "--inputs", "--out", bundle).exit_code == 0
    cut = office.run("audit", "verify", bundle, "--policy", policy, "--recompute", "--json")
    assert (cut.exit_code, json.loads(cut.output)["code"]) == (2, "INPUT_MISSING")
    replayed = office.run("audit", "replay", "--all", "--json")
    assert (replayed.exit_code, json.loads(replayed.output)["summary"]["erased"]) == (0, 1)
    assert office.run("replay", "--id", verdict).output == f"{verdict}: erased\n"


def test_a_restored_backup_is_erased_again_from_the_published_log(
    office: Office, tmp_path: Path, build_again: Callable[[Settings], Any]
) -> None:
    case_id = _life_of_a_case(office)
    database, backup = Path(office.settings.database_url.removeprefix("sqlite:///")), tmp_path / "backup"
    office.api.app.log.integrate()
    backup.mkdir()
    for path in database.parent.glob(f"{database.name}*"):
        shutil.copy(path, backup)
    archive, kept = Path(office.settings.archive_dir), tmp_path / "kept"
    shutil.copytree(archive, kept)
    office.later(_TEN_YEARS)
    assert office.erase(dossier=case_id).status_code == 201
    office.api.app.log.integrate()
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    for path in backup.iterdir():
        shutil.copy(path, database.parent)
    shutil.copytree(kept, archive, dirs_exist_ok=True)
    office.api = build_again(office.settings)
    office.later(_TEN_YEARS)
    assert office.get(f"/v1/cases/{case_id}").status_code == 200  # it is back
    assert json.loads(office.run("erase", "replay").output) == {"entries": 9, "named": 2, "erased": 2}
    assert office.run("erase", "replay").output == '{"entries": 9, "named": 2, "erased": 0}\n'
    assert office.get(f"/v1/cases/{case_id}").status_code == 410
    replays = [item["entry"]["data"]["erased"] for item in office.get("/v1/audit/retention").json["replays"]]
    assert replays == [2, 0]
    assert [path for path in (archive / "documents").rglob("*") if path.is_file()] != []  # of the batch


def test_a_published_log_that_was_changed_erases_nothing(office: Office) -> None:
    case_id = office.open()["id"]
    office.later(_TEN_YEARS)
    office.erase(dossier=case_id)
    office.api.app.log.integrate()
    assert office.run("erase", "replay").exit_code == 0
    (entries,) = (office.settings.log_dir / "tile" / "entries").rglob("*.p/*")
    entries.write_bytes(entries.read_bytes().replace(case_id.encode(), b"0" * 32))
    refused = office.run("erase", "replay")
    assert (refused.exit_code, "ROOT_MISMATCH" in refused.output) == (1, True)


def test_the_nightly_eraser_takes_what_is_over_once_and_reports(office: Office) -> None:
    case_id, run = office.open()["id"], office.api.app.erasing.retention
    assert run.schedule() is not None
    assert run.schedule() is None
    office.later(timedelta(days=1, hours=1))
    office.api.app.follow_ups.run_due()
    assert office.get(f"/v1/cases/{case_id}").status_code == 200
    office.later(_TEN_YEARS)
    assert run.schedule() is not None
    office.later(_TEN_YEARS + timedelta(days=1))
    office.api.app.follow_ups.run_due()
    assert office.get(f"/v1/cases/{case_id}").status_code == 410
    reports = [run["entry"]["data"] for run in office.get("/v1/audit/retention").json["runs"]]
    assert reports[0]["erased"] == {}
    assert office.run("erase", "due").exit_code == 0  # a verdict goes after its case, tonight or the next
    again = [run["entry"]["data"]["erased"] for run in office.get("/v1/audit/retention").json["runs"]]
    assert Counter(name for erased in again for name in erased) == {"case": 1, "verification": 1}
    assert json.loads(office.run("erase", "due").output) == {"looked_at": 0, "erased": {}}


def test_an_application_that_waits_keeps_its_people_sealed_and_from_being_erased(office: Office) -> None:
    founder = {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id}
    papers = (
        *("articles", "domicile-proof", "floor-plan", "employee-list"),
        *("premises-safety-statement", "bank-account"),
    )
    body = {
        "applicant": founder,
        "legal_person": founder,
        "documents": [office.document("legal-person-id.jws"), office.document("health-certificate.pdf")],
        "submitted": [{"material": name, "sha256": "0" * 64, "file_name": f"{name}.pdf"} for name in papers],
        "fields": {"prior_approval": False},
    }
    opened = office.post("/v1/bundles/open-a-restaurant/applications", body).json
    assert "waiting_for_result" in {item["outcome"] for item in opened["matters"]}
    assert _canaries_in(_raw(office.settings)) == []
    office.later(_TEN_YEARS)
    for asked in ({"dossier": opened["id"]}, {"applicant_id": LEGAL_PERSON.id}):
        assert office.erase(**asked).json["code"] == "erasure_case_open"
    # Said often, so that no border of pages hides it from the search.
    reason = {"reason": f"{LEGAL_PERSON.name}不再办理" * 50}
    path = f"/v1/bundle-applications/{opened['id']}"
    assert office.post(f"{path}/withdrawal", reason).status_code == 200
    assert _canaries_in(_raw(office.settings)) == []


def test_the_command_takes_a_person_from_standard_input(office: Office) -> None:
    case_id = office.open()["id"]
    office.later(_TEN_YEARS)
    grounds = [f"--{name}={value}" for name, value in GROUNDS.items()]
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(office.settings).items()}
    done = CliRunner().invoke(
        main,
        ["erase", "request", "--tenant", "county", "--person", *grounds],
        input=f"{COMPANY.id}\n",
        env=environment,
    )
    assert {item["of"] for item in json.loads(done.output)["dossiers"]} == {"case", "verification"}
    assert office.get(f"/v1/cases/{case_id}").status_code == 410


def test_with_sm4_all_is_sealed_and_opens_and_a_wrapping_key_is_replaced(
    office: Office, build_again: Callable[[Settings], Any]
) -> None:
    before = office.open()["id"]
    office.api = build_again(replace(office.settings, sealing="SM4-GCM"))
    assert office.run("keys", "rotate", "data").output.split()[2] == "active"
    after = office.open()["id"]
    assert {office.get(f"/v1/cases/{case}").status_code for case in (before, after)} == {200}
    (old,) = [
        line.split()[1]
        for line in office.run("keys", "list", "data").output.splitlines()
        if "unwrap-only" in line
    ]
    assert office.run("keys", "destroy", "data", old).exit_code == 1
    assert json.loads(office.run("erase", "rewrap").output) == {"rewrapped": 2}
    assert json.loads(office.run("erase", "seal").output) == {"sealed": 0}
    assert office.run("keys", "destroy", "data", old).exit_code == 0
    assert {office.get(f"/v1/cases/{case}").status_code for case in (before, after)} == {200}
