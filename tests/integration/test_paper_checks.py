"""What a verification code names, to whoever holds it, and the page whose script checks it."""

from __future__ import annotations

import base64
import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import license_service.console
from license_service.api.app import create_app
from license_service.audit.note import NoteVerifier
from license_service.audit.policy import trusting
from license_service.audit.verify import verify_receipt
from license_service.bootstrap import build
from license_service.console import paper_pages
from license_service.demo.people import OTHER_PERSON
from license_service.domain.paper_code import ALPHABET, shown
from license_service.services.caller import Scope
from license_service.settings import Settings

_MATTER = "elderly-allowance"
_SCRIPT = Path(license_service.console.__file__).parent / "static" / "paper_check.mjs"
_DRIVER = Path(__file__).with_name("paper_check_driver.mjs")
_NEEDS_NODE = pytest.mark.skipif(shutil.which("node") is None, reason="node runs the script of the page")
_GOOD = dict.fromkeys(("signature", "code", "printed", "log", "checkpoint"), "passed")


@pytest.fixture
def summary(api: Any, headers: dict[str, str]) -> dict[str, Any]:
    """Return the correction notice of a person who handed in nothing."""
    body = {"matter_code": _MATTER, "applicant": {"name": OTHER_PERSON.name, "id": OTHER_PERSON.id}}
    case = api.open_case(body, headers, "k1").json
    papers = api.client.get(f"/v1/cases/{case['id']}/papers", headers=headers).json["papers"]
    return {**papers[0], "case": case["id"]}


@pytest.fixture
def answer(api: Any, summary: dict[str, Any]) -> dict[str, Any]:
    for _ in range(3):  # so that the proof has hashes on both sides
        api.client.post("/v1/verifications", json={"document": "AAAA"}, headers=api.key())
    api.app.log.integrate()
    return dict(api.client.get(f"/v1/papers/{summary['code']}").json)


def test_whoever_holds_the_code_is_told_what_the_paper_is_and_not_whose(
    api: Any, summary: dict[str, Any]
) -> None:
    found = api.client.get(f"/v1/papers/{summary['code']}")
    assert found.status_code == 200
    same = ("kind", "title", "number", "date", "code", "digest", "state", "case")
    assert {name: found.json[name] for name in same} == {name: summary[name] for name in same}
    assert (found.json["applicant"], found.json["log"]) == ("示*", None)
    assert [word for word in (OTHER_PERSON.name, OTHER_PERSON.id) if word in found.text] == []


def test_a_code_is_found_however_it_is_typed(api: Any, summary: dict[str, Any]) -> None:
    typed = shown(summary["code"]).lower().replace("0", "o")
    assert api.client.get(f"/v1/papers/{typed}").json["code"] == summary["code"]
    gone_on = api.client.get("/console/papers", query_string={"code": typed})
    assert api.client.get(gone_on.headers["Location"]).status_code == 200


def test_unknown_and_malformed_codes_get_one_answer(api: Any, summary: dict[str, Any]) -> None:
    code = summary["code"]
    wrong = code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % 32]
    answers = [api.client.get(f"/v1/papers/{asked}") for asked in (wrong, "0" * 17, "x", "é" * 50)]
    told = {(a.status_code, a.json["code"], a.json["detail"]) for a in answers}
    assert told == {(404, "not_found", "no paper has this code")}
    assert api.client.get(f"/console/papers/{wrong}").status_code == 404


def test_who_guesses_is_slowed_down(settings: Settings) -> None:
    app = build(replace(settings, rate_per_second=0.001, rate_burst=2))
    client = create_app(app.services, (paper_pages(app.services.paper_checks),)).test_client()
    paths = ("/v1/papers/x", "/console/papers/x", "/v1/papers/y", "/console/papers/y")
    assert [client.get(path).status_code for path in paths] == [404, 404, 429, 429]
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/v1/papers/x", environ_overrides=elsewhere).status_code == 404
    assert client.get("/v1/papers/keys").status_code == 200


def test_the_receipt_proves_that_the_log_holds_the_digest(api: Any, answer: dict[str, Any]) -> None:
    entry = base64.b64decode(answer["log"]["entry"])
    verify_receipt(answer["log"]["receipt"], entry, trusting(api.app.services.proofs.verifiers()))
    assert json.loads(entry)["data"] == {"paper": answer["kind"], "digest": answer["digest"]}


def test_the_key_told_is_the_one_that_signed_whatever_the_log_signs_with_by_now(
    api: Any, answer: dict[str, Any]
) -> None:
    old = NoteVerifier.parse(answer["log"]["key"])
    api.app.rotations["log"].rotate()
    api.app.rotations["log"].retire(old.key_id.hex())
    told = api.client.get(f"/v1/papers/{answer['code']}").json["log"]
    assert told["key"] == answer["log"]["key"]
    verify_receipt(told["receipt"], base64.b64decode(told["entry"]), trusting([old]))
    assert api.app.services.proofs.verifiers()[0] != old


def test_the_page_hands_the_answer_to_a_script_and_lets_nothing_else_run(
    api: Any, answer: dict[str, Any]
) -> None:
    page = api.client.get(f"/console/papers/{answer['code']}")
    embedded = page.text.split('id="answer">')[1].split("</script>")[0]
    assert json.loads(embedded) == answer
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert 'class="passed"' not in page.text
    for name in ("paper_check.mjs", "paper_page.mjs"):
        script = api.client.get(f"/console/papers/static/{name}")
        assert (script.status_code, script.mimetype.split("/")[1]) == (200, "javascript")


def _run(cases: list[dict[str, Any]], folder: Path) -> list[dict[str, str]]:
    (folder / "cases.json").write_text(json.dumps(cases))
    command: list[str | Path] = ["node", _DRIVER, _SCRIPT, folder / "cases.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


@pytest.fixture
def case(answer: dict[str, Any]) -> dict[str, Any]:
    printed = answer["digest"].removeprefix("sha256:")
    return {"answer": answer, "asked": answer["code"], "printed": printed, "browser": "new", "file": None}


def _flip(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def _with(case: dict[str, Any], *path: str, change: Callable[[Any], Any]) -> dict[str, Any]:
    changed = copy.deepcopy(case)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = change(place[path[-1]])
    return changed


def _payload(jws: str) -> str:
    head, payload, signature = jws.split(".")
    return f"{head}.{_flip(payload, len(payload) // 2)}.{signature}"


def _entry(entry: str) -> str:
    data = json.loads(base64.b64decode(entry))
    data["time"] = "2020-01-01T00:00:00Z"
    return base64.b64encode(json.dumps(data).encode()).decode()


def _of_another(entry: str) -> str:
    return base64.b64encode(base64.b64decode(entry).replace(b"sha256:", b"sha256:0")).decode()


def _proof(receipt: str) -> str:
    lines = receipt.split("\n")
    return "\n".join([*lines[:3], _flip(lines[3], 5), *lines[4:]])


def _root(receipt: str) -> str:
    head, note = receipt.split("\n\n", 1)
    lines = note.split("\n")
    return f"{head}\n\n" + "\n".join([*lines[:2], _flip(lines[2], 5), *lines[3:]])


_MUTATIONS: dict[str, tuple[tuple[str, ...], Callable[[Any], Any], str, str]] = {
    "payload": (("answer", "jws"), _payload, "signature", "SIGNATURE_INVALID"),
    "signature": (("answer", "jws"), lambda jws: _flip(jws, len(jws) - 9), "signature", "SIGNATURE_INVALID"),
    "no key": (("answer", "keys"), lambda _keys: [], "signature", "SIGNATURE_KEY_UNKNOWN"),
    "code": (("asked",), lambda code: _flip(code, 3), "code", "CODE_MISMATCH"),
    "print": (("printed",), lambda digest: "0" * len(digest), "printed", "DIGEST_MISMATCH"),
    "entry": (("answer", "log", "entry"), _entry, "log", "INCLUSION_PROOF_INVALID"),
    "other": (("answer", "log", "entry"), _of_another, "log", "ENTRY_OF_ANOTHER_PAPER"),
    "proof": (("answer", "log", "receipt"), _proof, "log", "INCLUSION_PROOF_INVALID"),
    "root": (("answer", "log", "receipt"), _root, "checkpoint", "CHECKPOINT_SIGNATURE_INVALID"),
}


@_NEEDS_NODE
def test_the_page_passes_what_holds_and_fails_each_mutation_by_name(
    case: dict[str, Any], tmp_path: Path
) -> None:
    changed = [_with(case, *path, change=change) for path, change, _, _ in _MUTATIONS.values()]
    good, *found = _run([case, *changed], tmp_path)
    assert good == _GOOD
    wanted = {name: code for name, (_, _, _, code) in _MUTATIONS.items()}
    told = zip(_MUTATIONS.items(), found, strict=True)
    assert {name: result[check] for (name, (_, _, check, _)), result in told} == wanted


@_NEEDS_NODE
def test_the_page_marks_nothing_that_its_browser_cannot_compute(case: dict[str, Any], tmp_path: Path) -> None:
    typed, waiting = {**case, "printed": ""}, _with(case, "answer", "log", change=lambda _log: None)
    old, insecure = {**case, "browser": "old"}, {**case, "browser": "insecure"}
    assert _run([typed, waiting, old, insecure], tmp_path) == [
        {**_GOOD, "printed": "DIGEST_NOT_PRINTED"},
        {**_GOOD, "log": "RECEIPT_PENDING", "checkpoint": "RECEIPT_PENDING"},
        {**_GOOD, "checkpoint": "ED25519_UNAVAILABLE"},
        dict.fromkeys(_GOOD, "CONTEXT_INSECURE"),
    ]


@_NEEDS_NODE
def test_one_changed_byte_of_the_whole_paper_fails_in_the_page(
    api: Any, headers: dict[str, str], case: dict[str, Any], summary: dict[str, Any], tmp_path: Path
) -> None:
    path = f"/v1/cases/{summary['case']}/papers/{summary['kind']}"
    whole = api.client.get(path, headers=headers).text
    changed = whole.replace("一次性", "二次性", 1)
    assert changed != whole
    files = [whole, changed, "{}", "no JSON"]
    found = _run([{**case, "file": file} for file in files], tmp_path)
    assert [result["whole"] for result in found] == [
        "passed", "PAPER_CHANGED", "PAPER_MALFORMED", "PAPER_MALFORMED",
    ]  # fmt: skip


def test_a_key_of_the_api_is_not_needed_and_tells_no_more(api: Any, summary: dict[str, Any]) -> None:
    path = f"/v1/papers/{summary['code']}"
    assert api.client.get(path).json == api.client.get(path, headers=api.key(Scope.CASES_READ)).json
