"""Every matter from guide to proof, over HTTP, on the service as `make up` starts it.

This run knows the service by its client alone; licenses are files that `license-service demo` wrote.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.client import Client, ConflictError, Retries, VersionConflictError
from license_service.client.shapes import (
    Application,
    AssessedCase,
    Case,
    Document,
    Paper,
    Person,
    Supplemented,
    Verification,
)
from tests.e2e.acts import ACTS
from tests.e2e.journeys import COMPANY, FILES, JOURNEYS, OTHER, Journey

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Hall:
    """Hold the running service, and what its licenses say."""

    directory: Path
    url: str
    key: str
    client: Client
    verified: dict[str, Verification]

    def file(self, name: str) -> bytes:
        return (self.directory / "licenses" / FILES[name]).read_bytes()

    def person(self, name: str) -> Person:
        license_: Any = self.verified[name]["report"]["license"]
        (holder,) = license_["holders"]
        return {"name": holder["name"], "id": holder["id"]}

    def issuer(self, name: str) -> str:
        license_: Any = self.verified[name]["report"]["license"]
        return str(license_["issuer_code"])

    def document(self, name: str) -> Document:
        return {"verification_id": self.verified[name]["id"]}

    def open(self, matter: str) -> AssessedCase:
        journey = next(journey for journey in JOURNEYS if journey.matter == matter)
        return self.client.cases.open(matter, self.application(journey))

    def application(self, journey: Journey) -> Application:
        guide = {m["code"]: m for m in self.client.matters.get(journey.matter)["materials"]}
        by_code = {
            code: [material for material, outcome in journey.expected.items() if outcome == code]
            for code in journey.expected.values()
        }
        found: Application = {
            "applicant": self.person(journey.applicant),
            "fields": journey.fields,
            "documents": [self.document(name) for name in journey.documents],
            "submitted": [_paper(material) for material in by_code.get("SUBMITTED", [])],
            "commitments": [
                {
                    "material": material,
                    "notice_digest": guide[material]["by_commitment"]["notice_digest"],
                    "acknowledged_by": "示例甲",
                }
                for material in by_code.get("COMMITTED", [])
            ],
            "deferrals": [
                {"material": material, "acknowledged_by": "示例甲"}
                for material in by_code.get("DEFERRED", [])
            ],
        }
        if journey.legal_person:
            found["legal_person"] = self.person(journey.legal_person)
        if journey.other_party:
            found["other_party"] = self.person(journey.other_party)
        return found


def _paper(material: str) -> Paper:
    digest = hashlib.sha256(material.encode()).hexdigest()
    return {"material": material, "sha256": digest, "file_name": f"{material}.pdf"}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    directory = tmp_path_factory.mktemp("hall")
    arguments = ["demo", "up", "--port", "0", "--dir", str(directory)]
    command = [sys.executable, "-m", "license_service.cli", *arguments]
    with (
        (directory / "up.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=_ROOT) as running,
    ):
        try:
            url, key = _told(directory / "up.log", running)
            client = Client(url, key, retries=Retries(base_seconds=0.1))
            verified = {
                name: client.verifications.verify((directory / "licenses" / path).read_bytes())
                for name, path in FILES.items()
            }
            yield Hall(directory, url, key, client, verified)
        finally:
            running.send_signal(signal.SIGINT)


def _told(log: Path, running: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Return where the service is and the key to it, as a user reads them off the screen."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        text = log.read_text()
        url, key = re.search(r"API (http://\S+)", text), re.search(r"Bearer ([^']+)'", text)
        if url and key:
            return url[1], key[1]
        time.sleep(0.1)  # polling another process; bounded by the deadline
    pytest.fail(log.read_text())


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)  # polling the service; bounded by the deadline


def _walk(hall: Hall, journey: Journey) -> None:
    """Walk one journey: try it, apply, hand in what is owed, wait for what is checked, prove it all."""
    client, application = hall.client, hall.application(journey)
    tried = client.matters.walk_through(journey.matter, application)
    by_data = [m for m, outcome in journey.expected.items() if outcome == "EXEMPT_BY_DATA"]
    assert tried.get("data_not_asked") == by_data
    key = f"journey-{journey.matter}"
    case = client.cases.open(journey.matter, application, key=key)
    assert {f["material"]: f["code"] for f in case["materials"]} == journey.expected, case
    assert client.cases.open(journey.matter, application, key=key)["id"] == case["id"]
    for material, what in journey.debts.items():
        _supply(hall, client.cases.get(case["id"]), material, what)
    _await(lambda: _settled(client.cases.get(case["id"]), journey))
    _prove(client, case["id"], answers=len(by_data))


def _settled(case: Case, journey: Journey) -> bool:
    still_owed = [o for o in case["obligations"] if o["kind"] == "deferral" and o["state"] == "open"]
    return case["state"] == journey.state and not still_owed


def _supply(hall: Hall, case: Case, material: str, what: str) -> None:
    with pytest.raises(VersionConflictError):
        hall.client.cases.supplement(case["id"], material, paper=_paper(material), version=99)
    done = _on_the_version_read(hall, case["id"], material, what)
    assert done["finding"]["outcome"] in ("submitted", "exempt")
    with pytest.raises(ConflictError) as refused:
        hall.client.cases.supplement(case["id"], material, paper=_paper(material))
    assert refused.value.code == "case_state_conflict"


def _on_the_version_read(hall: Hall, case_id: str, material: str, what: str) -> Supplemented:
    """Supply on the version just read; where a worker changed the case in between, read it again."""
    paper, document = (_paper(material), None) if what == "paper" else (None, hall.document(what))
    while True:
        version = hall.client.cases.get(case_id)["version"]
        try:
            return hall.client.cases.supplement(
                case_id, material, document=document, paper=paper, version=version
            )
        except VersionConflictError:
            continue


def _prove(client: Client, case_id: str, *, answers: int) -> None:
    events = client.cases.timeline(case_id)
    assert [event.get("seq") for event in events] == list(range(1, len(events) + 1))
    assert [event["kind"] for event in events].count("data.asked") == answers
    for event in events:
        receipt = client.proofs.await_receipt(event["id"], _PATIENCE_SECONDS)
        assert receipt.startswith("c2sp.org/tlog-proof@v1\n")
        assert event["id"].encode() in client.proofs.entry(event["id"])


def _correct_a_bare_application(hall: Hall, journey: Journey) -> None:
    """Whoever brings nothing is told everything at once, and what is owed by nobody."""
    bare: Application = {"applicant": hall.person(OTHER)}
    tried = hall.client.matters.walk_through(journey.matter, bare)
    assert tried["outcome"] == "correction_needed"
    assert tried["obligations"] == []
    assert {item["material"] for item in tried["correction_notice"]} == {
        finding["material"] for finding in tried["materials"] if finding["outcome"] == "missing"
    }


def _judge_a_batch(hall: Hall) -> None:
    batch = hall.client.batches.open([(name, hall.file(name)) for name in FILES])
    assert hall.client.batches.wait(batch["id"], _PATIENCE_SECONDS)["done"] == len(FILES)
    lines = list(hall.client.batches.results(batch["id"]))
    assert [(line["name"], line["report"]["indication"]) for line in lines] == [
        (name, "TOTAL_PASSED") for name in FILES
    ]


def _read_the_lists(hall: Hall) -> None:
    operations = {item["source"]: item for item in hall.client.data_sharing.lists()["operations"]}
    assert operations["household-register"]["calls"] >= 3
    assert operations["household-register"]["availability"] == 1.0
    assert operations["fire-safety-register"]["calls"] >= 1


def _stop_and_extend_a_clock(hall: Hall) -> None:
    journey = next(j for j in JOURNEYS if j.matter == "food-business-license-new")
    client = hall.client
    case = client.cases.open(journey.matter, hall.application(journey))
    client.cases.suspend_clock(case["id"], "on-site-inspection", "现场核查")
    client.cases.resume_clock(case["id"], "核查完毕")
    extended = client.cases.extend_clock(case["id"], "案情复杂")
    assert extended["decision"] is not None
    assert extended["decision"]["extension_reason"] == "案情复杂"


def _let_a_debt_expire(hall: Hall) -> None:
    """Move the service's clock behind the deadline of a photograph: the last thing that is done to it."""
    journey = next(j for j in JOURNEYS if j.matter == "marriage-registration")
    application = hall.application(journey)
    application["submitted"] = [_paper("declaration")]
    application["deferrals"] = [{"material": "photo", "acknowledged_by": "示例甲"}]
    case = hall.client.cases.open(journey.matter, application)
    (debt,) = case["obligations"]
    later = datetime.fromisoformat(debt["due_at"]) + timedelta(minutes=1) - datetime.now(UTC)
    (hall.directory / "run" / "clock").write_text(str(later.total_seconds()))
    _await(lambda: hall.client.cases.get(case["id"])["state"] == "terminated")
    kinds = [event["kind"] for event in hall.client.cases.timeline(case["id"])]
    assert {"supplement.reminded", "supplement.expired", "case.closed"} < set(kinds)


def _run_example(hall: Hall, *program: str) -> set[str]:
    """Run an example as its first lines say; return the lines it printed."""
    license_ = hall.directory / "licenses" / FILES[COMPANY]
    command = [program[0], str(_ROOT / program[1]), hall.url, hall.key, str(license_)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=hall.directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.splitlines())


def _read_the_feed(hall: Hall) -> None:
    pages = list(hall.client.events.pages(limit=25))
    events = [event for page in pages for event in page["events"]]
    assert len({event["id"] for event in events}) == len(events) > len(JOURNEYS)
    assert len(pages) > 1
    assert hall.client.events.page(pages[-1]["next"])["events"] == []


def test_every_matter_runs_from_guide_to_proof(hall: Hall, subtests: pytest.Subtests) -> None:
    matters = {matter["code"] for matter in hall.client.matters.list()}
    assert matters == {journey.matter for journey in JOURNEYS}
    for journey in JOURNEYS:
        with subtests.test(journey.matter):
            _walk(hall, journey)
        with subtests.test(f"{journey.matter} with nothing"):
            _correct_a_bare_application(hall, journey)
    with subtests.test("curl.sh"):
        told = _run_example(hall, "sh", "docs/examples/curl.sh")
        assert {"TOTAL_PASSED", "bank-account: DEFERRED", "complete", "c2sp.org/tlog-proof@v1"} <= told
    with subtests.test("LicenseServiceExample.java"):
        if shutil.which("java") is None:
            pytest.skip("no JDK at hand")
        told = _run_example(hall, "java", "docs/examples/LicenseServiceExample.java")
        assert {"TOTAL_PASSED", "accepted_with_obligations"} <= told
    for act in ACTS:
        with subtests.test(act.__name__):
            act(hall)
    steps = (_judge_a_batch, _read_the_lists, _stop_and_extend_a_clock, _let_a_debt_expire, _read_the_feed)
    for step in steps:
        with subtests.test(step.__name__):
            step(hall)
