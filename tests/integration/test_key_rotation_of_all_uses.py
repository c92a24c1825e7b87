"""Every key is replaced under load: no request fails, and whatever any of them signed is still good."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc import jws
from joserfc.jwk import ECKey, KeySet

import license_service.console
from license_service.audit.note import NoteVerifier, read_note
from license_service.cli import main
from license_service.demo.people import OTHER_PERSON
from license_service.settings import PREFIX, Settings
from license_service.verification.crypto.sm2 import provider
from tests.endless import Endless

_USES = ("log", "log-sm2", "paper", "token", "cursor")
_BODY = {
    "matter_code": "elderly-allowance",
    "applicant": {"name": OTHER_PERSON.name, "id": OTHER_PERSON.id},
}
_OFD = "genuine/business-license.ofd"
_SCRIPT = Path(license_service.console.__file__).parent / "static" / "paper_check.mjs"
_DRIVER = Path(__file__).with_name("paper_check_driver.mjs")
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings) -> Run:
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


class Load(Endless):
    """Ask for all that is signed, again and again, each kind in a thread of its own."""

    def __init__(self, api: Any, headers: dict[str, str], license_file: bytes) -> None:
        super().__init__((self._open_case, self._take_token, self._follow, self._integrate))
        self._api, self._headers = api, headers
        self._document = {"document": base64.b64encode(license_file).decode()}
        self._verdict = self._verify()["id"]
        self._cursor = ""
        self.statuses: list[int] = []
        self.codes: list[str] = []
        self.tokens: list[bytes] = []
        self.notes: list[str] = []

    def wait_for_one_of_each(self) -> None:
        before = self._counts()
        while not self.failures and any(m < b + 2 for m, b in zip(self._counts(), before, strict=True)):
            self.rest(0.01)

    def _counts(self) -> tuple[int, ...]:
        return len(self.codes), len(self.tokens), len(self.notes)

    def _get(self, path: str) -> Any:
        client = self._api.client.application.test_client()
        answer = client.get(path, headers=self._headers)
        self.statuses.append(answer.status_code)
        return answer

    def _verify(self) -> dict[str, Any]:
        client = self._api.client.application.test_client()
        answer = client.post("/v1/verifications", json=self._document, headers=self._headers)
        return dict(answer.json)

    def _open_case(self) -> None:
        client = self._api.client.application.test_client()
        keyed = {**self._headers, "Idempotency-Key": f"k{len(self.codes)}"}
        answer = client.post("/v1/cases", json=_BODY, headers=keyed)
        self.statuses.append(200 if answer.status_code == 201 else answer.status_code)
        papers = self._get(f"/v1/cases/{answer.json['id']}/papers").json["papers"]
        self.codes += [paper["code"] for paper in papers]

    def _take_token(self) -> None:
        self.tokens.append(self._get(f"/v1/verifications/{self._verdict}/validation-token").data)

    def _follow(self) -> None:
        asked = f"&after={self._cursor}" if self._cursor else ""
        self._cursor = self._get(f"/v1/events?limit=1{asked}").json["next"]

    def _integrate(self) -> None:
        self._api.app.log.integrate()
        self.notes.append(self._api.app.services.proofs.checkpoint())
        self.rest(0.02)


def _key_set(api: Any, path: str) -> KeySet:
    return KeySet([ECKey.import_key(key) for key in api.client.get(path).json["keys"]])


def _kid(signed: str) -> str:
    return str(jws.extract_compact(signed.encode()).headers()["kid"])


def _used(api: Any, load: Load) -> dict[str, int]:
    """Return how many keys signed what was collected, having verified each signature."""
    papers = [api.client.get(f"/v1/papers/{code}").json["jws"] for code in load.codes]
    kids: dict[str, set[str]] = {}
    for path, signed in (
        ("/v1/papers/keys", papers),
        ("/v1/validation-token-keys", [token.decode() for token in load.tokens]),
    ):
        keys = _key_set(api, path)
        for one in signed:
            jws.deserialize_compact(one, keys, algorithms=["ES256"])
        kids[path] = set(map(_kid, signed))
    return {path: len(found) for path, found in kids.items()}


def test_the_drill(api: Any, headers: dict[str, str], run: Run, samples_dir: Path, tmp_path: Path) -> None:
    with Load(api, headers, (samples_dir / _OFD).read_bytes()) as load:
        load.wait_for_one_of_each()
        old = {use: run("keys", "list", use).output.split(" ")[1] for use in _USES}
        for command in (["rotate"], ["retire"], ["destroy"]):
            for use in _USES:
                if use == "cursor" and command == ["destroy"]:
                    continue  # a reader may be about to hand back what the old one sealed
                arguments = [] if command == ["rotate"] else [old[use]]
                told = run("keys", *command, use, *arguments)
                assert told.exit_code == 0, told.output
            load.wait_for_one_of_each()
    assert (load.failures, set(load.statuses)) == ([], {200})
    assert _used(api, load) == {"/v1/papers/keys": 2, "/v1/validation-token-keys": 2}
    known = [NoteVerifier.parse(str(v), provider().verify) for v in api.app.services.proofs.verifiers()]
    signers = [read_note(note, known).signers for note in load.notes]
    assert {len(found) for found in signers} >= {2, 4}
    assert len(signers[0] | signers[-1]) == 4
    assert signers[0] & signers[-1] == set()
    assert run("log", "policy").output.count("log license-service.invalid/log+") == 4
    token, keys = tmp_path / "token", tmp_path / "keys.json"
    keys.write_bytes(api.client.get("/v1/validation-token-keys").data)
    for signed in (load.tokens[0], load.tokens[-1]):
        token.write_bytes(signed)
        checked = run("token", "verify", token, samples_dir / _OFD, "--key", keys, "--json")
        assert json.loads(checked.stdout)["indication"] == "TOTAL_PASSED"


def _paper(api: Any, headers: dict[str, str], key: str) -> str:
    case = api.open_case(_BODY, headers, key).json["id"]
    papers = api.client.get(f"/v1/cases/{case}/papers", headers=headers).json["papers"]
    return str(papers[0]["code"])


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the script of the page")
def test_a_paper_of_a_destroyed_key_passes_in_its_page(
    api: Any, headers: dict[str, str], run: Run, tmp_path: Path
) -> None:
    old = run("keys", "list", "paper").output.split(" ")[1]
    codes = [_paper(api, headers, "k1")]
    for command in (["rotate", "paper"], ["retire", "paper", old], ["destroy", "paper", old]):
        assert run("keys", *command).exit_code == 0
    codes.append(_paper(api, headers, "k2"))
    api.app.log.integrate()
    answers = [api.client.get(f"/v1/papers/{code}").json for code in codes]
    assert len({_kid(answer["jws"]) for answer in answers}) == 2
    foreign = {**answers[0], "keys": [k for k in answers[0]["keys"] if k["kid"] != _kid(answers[0]["jws"])]}
    checks = [
        {
            "answer": answer,
            "asked": answer["code"],
            "printed": answer["digest"].removeprefix("sha256:"),
            "browser": "new",
            "file": None,
        }
        for answer in (*answers, foreign)
    ]
    (tmp_path / "cases.json").write_text(json.dumps(checks))
    command = ["node", str(_DRIVER), str(_SCRIPT), str(tmp_path / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [found["signature"] for found in json.loads(done.stdout)] == [
        "passed",
        "passed",
        "SIGNATURE_KEY_UNKNOWN",
    ]
