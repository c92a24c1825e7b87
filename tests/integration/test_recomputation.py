"""`audit verify --recompute`: verdicts and deadlines again, from what the bundle carries alone."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from license_service.adapters.catalogue_archive import catalogue_items, listed_files
from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.workday_calendar import china_calendar
from license_service.audit.bundle import Manifest
from license_service.audit.errors import AuditError
from license_service.cli import main
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.domain.matter import Catalogue
from license_service.services.catalogue.calendars import calendar_text, read_calendar
from license_service.services.proving.bundle_recomputation import BundleRecomputation
from license_service.settings import PREFIX, Settings
from tests.tamper.mutations import pack, unpack

_MATTER, _STATEMENT = "food-business-license-new", "premises-safety-statement"
_CENTURY = 100 * 365 * 86_400
Run = Callable[..., Result]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, archive_dir=str(tmp_path / "archive"), archive_documents="yes")


@pytest.fixture
def run(settings: Settings) -> Run:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


@pytest.fixture
def case(api: Any, headers: dict[str, str], samples_dir: Path) -> str:
    """Open a case with a promise and a debt, on two licenses."""
    guide = api.client.get(f"/v1/matters/{_MATTER}", headers=headers).json
    notices = {m["code"]: m.get("by_commitment", {}).get("notice_digest") for m in guide["materials"]}
    names = ("genuine/business-license.ofd", "genuine/legal-person-id.jws")
    licenses = [base64.b64encode((samples_dir / name).read_bytes()).decode() for name in names]
    accepted = {"notice_digest": notices[_STATEMENT], "acknowledged_by": "示例甲"}
    body = {
        "matter_code": _MATTER,
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "documents": [{"content": item} for item in licenses],
        "submitted": [{"material": "floor-plan", "sha256": "0" * 64, "file_name": "plan.pdf"}],
        "commitments": [{"material": _STATEMENT, **accepted}],
        "deferrals": [{"material": "health-certificate", "acknowledged_by": "示例甲"}],
    }
    answer = api.open_case(body, headers, "k1")
    assert answer.json["outcome"] == "accepted_with_obligations"
    return str(answer.json["id"])


@pytest.fixture
def other_verdict(api: Any, headers: dict[str, str], samples_dir: Path) -> str:
    """Have a document judged that no case uses."""
    data = (samples_dir / "genuine/health-certificate.pdf").read_bytes()
    sent = {"document": base64.b64encode(data).decode()}
    return str(api.client.post("/v1/verifications", json=sent, headers=headers).json["id"])


@pytest.fixture
def export(api: Any, case: str, run: Run, tmp_path: Path) -> Callable[..., Path]:
    assert case

    def call(*options: str) -> Path:
        path = tmp_path / "bundle"
        while api.app.log.integrate():
            pass
        done = run("audit", "export", "--from", 0, *options, "--out", path)
        assert done.exit_code == 0, done.output
        return path

    return call


@pytest.fixture
def judge(run: Run, tmp_path: Path) -> Callable[[Path], tuple[int, dict[str, Any]]]:
    def call(bundle: Path) -> tuple[int, dict[str, Any]]:
        policy = tmp_path / "policy"
        if not policy.exists():
            policy.write_text(run("log", "policy").output)
        done = run("audit", "verify", bundle, "--policy", policy, "--recompute", "--json")
        return done.exit_code, json.loads(done.output)

    return call


Judge = Callable[[Path], tuple[int, dict[str, Any]]]
Export = Callable[..., Path]


def _rewrite(settings: Settings, kind: str, before: str, after: str) -> int:
    """Write a lie into the database before it is logged; return the index it will have."""
    database = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))
    rows = database.execute("SELECT position, kind, entry FROM event ORDER BY position").fetchall()
    index = next(
        n for n, (_, its_kind, entry) in enumerate(rows) if its_kind == kind and before.encode() in entry
    )
    position, _, entry = rows[index]
    lie = entry.replace(before.encode(), after.encode(), 1)
    assert lie != entry
    database.execute("UPDATE event SET entry = ? WHERE position = ?", (lie, position))
    database.commit()
    database.close()
    return index


def test_an_honest_bundle_computes_to_itself_without_the_service(
    export: Export, judge: Judge, settings: Settings
) -> None:
    bundle = export("--inputs")
    shutil.rmtree(settings.archive_dir)  # only what came along counts
    status, found = judge(bundle)
    assert (status, found["outcome"], found["verdicts"], found["deadlines"]) == (0, "ok", 2, 2)


def test_a_case_brings_the_verdicts_it_rests_on(
    export: Export, judge: Judge, run: Run, settings: Settings, case: str, other_verdict: str
) -> None:
    bundle = export()
    assert run("audit", "export", "--case", case, "--inputs", "--out", bundle).exit_code == 0
    shutil.rmtree(settings.archive_dir)
    status, found = judge(bundle)
    assert (status, found["verdicts"], found["deadlines"]) == (0, 2, 2)
    assert other_verdict.encode() not in bundle.read_bytes()


def test_a_verdict_that_a_case_rests_on_and_that_is_left_out_is_missed(
    export: Export, judge: Judge, run: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = export()
    with monkeypatch.context() as patch:
        patch.setattr("license_service.services.proving.evidence._about_verdicts", lambda _tx, _events: ())
        assert run("audit", "export", "--case", case, "--inputs", "--out", bundle).exit_code == 0
    status, found = judge(bundle)
    (first,) = json.loads(unpack(bundle.read_bytes())["manifest.json"])["runs"]
    assert (status, found["code"], found["first_bad_index"]) == (2, "INPUT_MISSING", first[0])


def test_a_lie_about_a_verdict_is_found_in_the_bundle_of_its_case(
    export: Export, judge: Judge, run: Run, settings: Settings, case: str
) -> None:
    passed, failed = (f'"indication":"TOTAL_{end}"' for end in ("PASSED", "FAILED"))
    index = _rewrite(settings, "verification.completed", passed, failed)
    bundle = export()
    assert run("audit", "export", "--case", case, "--inputs", "--out", bundle).exit_code == 0
    status, found = judge(bundle)
    assert (status, found["code"], found["first_bad_index"]) == (1, "VERDICT_DIFFERS", index)


_SHAPES: tuple[object, ...] = (
    [],
    "x",
    None,
    7,
    {},
    {"reports": 5},
    {"reports": [[1]]},
    {"report": {}},
    {"verification": []},
)


@pytest.mark.parametrize("kind", ["case.assessed", "verification.completed", "supplement.expired"])
@pytest.mark.parametrize("data", _SHAPES, ids=repr)
def test_an_entry_of_any_shape_is_missed_and_ends_nothing(kind: str, data: object) -> None:
    recomputation = BundleRecomputation(lambda _extent: b"", lambda _listing, _read: Catalogue((), ""))
    recomputation.begin(Manifest("log.example", "c", (1,), ((0, 1),), ()), {})
    recomputation.entry(0, {"case": "c", "kind": kind, "seq": 1, "data": data})
    with pytest.raises(AuditError) as refused:
        recomputation.end()
    assert (refused.value.code, refused.value.index) == ("INPUT_MISSING", 0)


def test_what_happens_at_a_deadline_is_counted_too(
    api: Any, export: Export, judge: Judge, settings: Settings
) -> None:
    Path(settings.clock_file).write_text(str(_CENTURY))
    while (claimed := api.app.follow_ups.claim()) is not None:
        api.app.follow_ups.execute(claimed)
    bundle = export("--inputs")
    kinds = {json.loads(line)["kind"] for line in _entries(bundle)}
    assert {"supplement.reminded", "supplement.expired"} <= kinds
    assert judge(bundle)[0] == 0


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("verification.completed", '"indication":"TOTAL_PASSED"', '"indication":"TOTAL_FAILED"'),
        ("verification.completed", '"sub_indication":null', '"sub_indication":"EXPIRED"'),
        ("verification.completed", '"validation_time":"2', '"validation_time":"3'),
        ("case.assessed", '"due_on":"2', '"due_on":"3'),
        ("case.assessed", '"health-certificate":"deferred"', '"health-certificate":"exempt"'),
    ],
)
def test_one_lie_in_the_log_is_found_where_it_is(
    export: Export, judge: Judge, settings: Settings, case: str, kind: str, before: str, after: str
) -> None:
    assert case
    index = _rewrite(settings, kind, before, after)
    status, found = judge(export("--inputs"))
    code = "VERDICT_DIFFERS" if kind == "verification.completed" else "DEADLINE_DIFFERS"
    assert (status, found["code"], found["first_bad_index"]) == (1, code, index)


def test_an_expiry_before_its_deadline_is_found(
    api: Any, export: Export, judge: Judge, settings: Settings
) -> None:
    Path(settings.clock_file).write_text(str(_CENTURY))
    while (claimed := api.app.follow_ups.claim()) is not None:
        api.app.follow_ups.execute(claimed)
    index = _rewrite(settings, "supplement.expired", '"time":"21', '"time":"20')
    _, found = judge(export("--inputs"))
    assert (found["code"], found["first_bad_index"]) == ("DEADLINE_DIFFERS", index)


def test_every_input_counts(export: Export, judge: Judge) -> None:
    """Whatever is left out makes the bundle incomplete; whatever is changed, a forgery."""
    bundle = export("--inputs")
    members = unpack(bundle.read_bytes())
    manifest = json.loads(members["manifest.json"])
    inputs = [name for name in members if name.startswith("inputs/") and name[7:] != manifest["index"]]
    assert len(inputs) > 20
    judged = {_what(members[name]): name for name in inputs}
    for name in judged.values():
        less = {**manifest, "inputs": [sha256 for sha256 in manifest["inputs"] if sha256 != name[7:]]}
        text = json.dumps(less, sort_keys=True, separators=(",", ":")).encode()
        rest = {other: data for other, data in members.items() if other != name}
        bundle.write_bytes(pack({**rest, "manifest.json": text}))
        status, found = judge(bundle)
        assert (status, found["code"]) == (2, "INPUT_MISSING"), name
    changed = members[inputs[0]][:-1] + bytes([members[inputs[0]][-1] ^ 1])
    bundle.write_bytes(pack({**members, inputs[0]: changed}))
    status, found = judge(bundle)
    assert (status, found["code"], found["first_bad_index"]) == (1, "INPUT_MISMATCH", 0)


def _what(data: bytes) -> bytes:
    """Return what tells kinds of inputs apart."""
    return data[:24] if data[:1] in b"l{[" else data[:2]


def _entries(bundle: Path) -> list[bytes]:
    members = unpack(bundle.read_bytes())
    data = next(content for name, content in members.items() if name.endswith(".entries"))
    items, place = [], 0
    while place < len(data):
        end = place + 2 + int.from_bytes(data[place : place + 2])
        items.append(data[place + 2 : end])
        place = end
    return items


def test_a_lie_outweighs_what_is_missing(export: Export, judge: Judge, settings: Settings, case: str) -> None:
    assert case
    index = _rewrite(settings, "case.assessed", '"due_on":"2', '"due_on":"3')
    bundle = export("--inputs")
    members = unpack(bundle.read_bytes())
    manifest = json.loads(members["manifest.json"])
    document = next(name for name in members if members[name].startswith(b"PK"))
    manifest["inputs"].remove(document[7:])
    del members[document]
    members["manifest.json"] = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    bundle.write_bytes(pack(members))
    status, found = judge(bundle)
    assert (status, found["code"], found["first_bad_index"]) == (1, "DEADLINE_DIFFERS", index)


def test_without_inputs_nothing_can_be_computed(export: Export, judge: Judge) -> None:
    status, found = judge(export())
    assert (status, found["code"], found["first_bad_index"]) == (2, "INPUT_MISSING", 0)


def test_a_case_that_began_before_the_bundle_is_incomplete(
    api: Any, export: Export, judge: Judge, run: Run, settings: Settings
) -> None:
    Path(settings.clock_file).write_text(str(_CENTURY))
    while (claimed := api.app.follow_ups.claim()) is not None:
        api.app.follow_ups.execute(claimed)
    bundle = export("--inputs")
    assert run("audit", "export", "--from", 3, "--inputs", "--out", bundle).exit_code == 0
    assert judge(bundle)[1]["code"] == "INPUT_MISSING"


def test_without_an_archive_there_are_no_inputs(
    api: Any, case: str, tmp_path: Path, settings: Settings
) -> None:
    assert case
    api.app.log.integrate()
    values = vars(replace(settings, archive_dir="", archive_documents="no"))
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}
    line = ["audit", "export", "--from", "0", "--inputs", "--out", str(tmp_path / "x")]
    assert CliRunner().invoke(main, line, env=environment).exit_code == 1


def test_the_single_file_says_plainly_that_it_cannot(export: Export, run: Run, tmp_path: Path) -> None:
    bundle, policy, verifier = export("--inputs"), tmp_path / "policy", tmp_path / "verifier.py"
    policy.write_text(run("log", "policy").output)
    run("audit", "build-verifier", verifier)
    line: list[str | Path] = [sys.executable, "-I", verifier, bundle, "--policy", policy, "--json"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 0
    done = subprocess.run([*line, "--recompute"], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["code"]) == (2, "RECOMPUTE_UNAVAILABLE")


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the second verifier")
def test_the_second_verifier_hashes_inputs_too(export: Export, run: Run, tmp_path: Path) -> None:
    bundle, policy, spoilt = export("--inputs"), tmp_path / "policy", tmp_path / "spoilt"
    policy.write_text(run("log", "policy").output)
    members = unpack(bundle.read_bytes())
    name = next(name for name in members if name.startswith("inputs/"))
    spoilt.write_bytes(pack({**members, name: members[name] + b"x"}))
    second = Path(__file__).parents[1] / "tamper" / "second_verifier.mjs"
    line: list[str | Path] = ["node", second, policy, bundle, spoilt]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["ok", "refused input"]


def test_calendars_and_catalogues_come_back_under_their_own_digest(settings: Settings) -> None:
    catalogue = load_catalogue(settings.catalogue_dir)
    calendar = china_calendar(catalogue.years)
    text = calendar_text(calendar)
    assert read_calendar(text) == calendar
    for wrong in (b"", text + b"\nholiday 2026-13-01", text + b"\nfriday 2026-01-02", text + b"\n"):
        with pytest.raises(ValueError, match=r".*"):
            read_calendar(wrong)
    *_, listing = catalogue_items(settings.catalogue_dir)
    assert len(listed_files(listing)) > 10
    for name in ("matters/../../x.yaml", "/matters/x.yaml", "matters/.x.yaml", "x.yaml", "matters//x.yaml"):
        with pytest.raises(ValueError, match="listing"):
            listed_files(b"license-service/catalogue/v1\n" + name.encode() + b" 00")
