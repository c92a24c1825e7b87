"""`/v1/verifications` over HTTP: the same verdict however the file is sent, and never a 5xx."""

from __future__ import annotations

import base64
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.datastructures import MultiDict

from license_service.cli import main
from license_service.clock import format_instant
from license_service.demo.cms import signed_data, signer_info
from license_service.demo.credentials import bind_key, issue_credential
from license_service.demo.issuer import samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pdf import write_pdf
from license_service.demo.pki import DemoPki

_OFD = "genuine/business-license.ofd"


def _json(document: bytes, **more: str) -> dict[str, str]:
    return {"document": base64.b64encode(document).decode(), **more}


def _send(api: Any, headers: dict[str, str], document: bytes) -> Any:
    data = {"file": (io.BytesIO(document), "a.ofd")}
    return api.client.post("/v1/verifications", data=data, headers=headers)


def test_a_file_and_base64_get_the_same_verdict_and_it_can_be_read_again(
    api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    document = (samples_dir / _OFD).read_bytes()
    sent = _send(api, headers, document)
    posted = api.client.post("/v1/verifications", json=_json(document), headers=headers)
    assert sent.status_code == posted.status_code == 201
    assert sent.json["report"]["indication"] == posted.json["report"]["indication"] == "TOTAL_PASSED"
    again = api.client.get(sent.headers["Location"], headers=headers)
    assert again.json == sent.json


def test_another_tenant_finds_nothing(api: Any, headers: dict[str, str], samples_dir: Path) -> None:
    sent = _send(api, headers, (samples_dir / _OFD).read_bytes())
    stranger = api.key(tenant="elsewhere")
    assert api.client.get(sent.headers["Location"], headers=stranger).json["code"] == "not_found"
    receipt = f"/v1/events/{sent.json['event_id']}/receipt"
    assert api.client.get(receipt, headers=stranger).json["code"] == "not_found"


def test_another_holder_is_refused_with_its_code(
    api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    body = _json((samples_dir / _OFD).read_bytes(), holder="91999900MADEM0AY10")
    answer = api.client.post("/v1/verifications", json=body, headers=headers)
    assert answer.json["report"]["indication"] == "TOTAL_FAILED"
    assert answer.json["codes"] == ["HOLDER_MISMATCH"]


def test_a_holder_signs_for_the_nonce_that_was_sent(
    api: Any, headers: dict[str, str], pki: DemoPki, now: datetime
) -> None:
    name, holder = "identity-signer", generate_key(KeyFamily.EC)
    details = next(sample.details for sample in samples(now) if sample.signer == name)
    claims = {**details.fields(), "vct": "urn:example:nobody-knows"}
    issued = issue_credential(claims, (), pki[name], pki.chain(name), holder=holder)
    presented = bind_key(issued.present(), holder, "urn:example:hall", "n-1", now)
    asked = {"audience": "urn:example:hall", "validation_time": format_instant(now)}
    for nonce, codes in (
        ("n-1", ["CREDENTIAL_TYPE_UNKNOWN"]),
        ("n-2", ["CREDENTIAL_TYPE_UNKNOWN", "KEY_BINDING_NONCE_MISMATCH"]),
    ):
        body = _json(presented, **asked, nonce=nonce)
        assert api.client.post("/v1/verifications", json=body, headers=headers).json["codes"] == codes
        form = {"file": (io.BytesIO(presented), "a.sd-jwt"), **asked, "nonce": nonce}
        assert api.client.post("/v1/verifications", data=form, headers=headers).json["codes"] == codes


def test_a_validation_time_before_the_certificate_is_honored(
    api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    body = _json((samples_dir / _OFD).read_bytes(), validation_time="2020-01-01T00:00:00Z")
    answer = api.client.post("/v1/verifications", json=body, headers=headers)
    assert answer.json["report"]["indication"] != "TOTAL_PASSED"
    assert answer.json["report"]["validation_time"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "document", [b"", b"\x00", b"\xff\xd8\xff\xe0JFIF", b"%PDF-1.7", b"PK\x03\x04", b"\x30"]
)
def test_what_is_no_license_gets_a_verdict(api: Any, headers: dict[str, str], document: bytes) -> None:
    answer = _send(api, headers, document)
    assert answer.status_code == 201
    assert answer.json["report"]["indication"] == "TOTAL_FAILED"
    assert answer.json["codes"]


def test_twenty_megabytes_get_a_verdict_and_one_byte_more_a_problem(
    api: Any, headers: dict[str, str]
) -> None:
    limit = 20 * 1024 * 1024
    assert _send(api, headers, bytes(limit)).status_code == 201
    for answer in (
        _send(api, headers, bytes(limit + 1)),
        api.client.post("/v1/verifications", json=_json(bytes(limit + 1)), headers=headers),
        _send(api, headers, bytes(29 * 1024 * 1024)),
    ):
        assert (answer.status_code, answer.json["code"]) == (413, "document_too_large")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_malformed"),
        (b"{", "json_malformed"),
        (b'{"document":"","document":""}', "json_malformed"),
        (b'{"document":NaN}', "json_malformed"),
        (b"[" * 100_000, "json_malformed"),
        (b'{"document":"\\ud800"}', "json_malformed"),
        (b"[]", "request_invalid"),
        (b"{}", "request_invalid"),
        (b'{"document":"?"}', "request_invalid"),
        (b'{"document":1}', "request_invalid"),
        (b'{"document":"","surprise":1}', "request_invalid"),
        (b'{"document":"","holder":"\\u0000"}', "request_invalid"),
        (b'{"document":"","purpose":""}', "request_invalid"),
        (b'{"document":"","validation_time":"2026-01-01"}', "request_invalid"),
        (b'{"document":"","validation_time":"0001-01-01T00:00:00+14:00"}', "request_invalid"),
    ],
)
def test_a_body_of_the_wrong_shape_is_a_problem(
    api: Any, headers: dict[str, str], body: bytes, code: str
) -> None:
    answer = api.client.post("/v1/verifications", data=body, headers=headers, content_type="application/json")
    assert (answer.json["code"], answer.status_code // 100) == (code, 4)
    assert answer.json["action"]


def test_multipart_takes_one_file_and_known_fields(api: Any, headers: dict[str, str]) -> None:
    for data in ({}, {"other": (io.BytesIO(b""), "a")}, {"file": (io.BytesIO(b""), "a"), "x": "1"}):
        answer = api.client.post(
            "/v1/verifications", data=data, headers=headers, content_type="multipart/form-data"
        )
        assert answer.json["code"] == "request_invalid"


def test_repeating_a_verification_with_its_key_gives_the_stored_answer(
    api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    body = _json((samples_dir / _OFD).read_bytes())
    keyed = {**headers, "Idempotency-Key": "k-1"}
    first = api.client.post("/v1/verifications", json=body, headers=keyed)
    second = api.client.post("/v1/verifications", json=body, headers=keyed)
    other = api.client.post("/v1/verifications", json=_json(b""), headers=keyed)
    assert first.json == second.json
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


@pytest.fixture
def detached(pki: DemoPki, now: datetime) -> tuple[bytes, bytes]:
    """Return a license and the detached signature over it."""
    details = next(s.details for s in samples(now) if s.signer == "fire-signer")
    body = json.dumps(details.fields()).encode()
    info = signer_info(body, pki["fire-signer"], now - timedelta(hours=1))
    return body, signed_data(None, [info], pki.chain("fire-signer"))


def test_the_content_of_a_detached_signature_is_sent_beside_it(
    api: Any, headers: dict[str, str], detached: tuple[bytes, bytes]
) -> None:
    body, signature = detached
    encoded = base64.b64encode(body).decode()
    posted = api.client.post("/v1/verifications", json=_json(signature, content=encoded), headers=headers)
    files = {"file": (io.BytesIO(signature), "a.p7s"), "content": (io.BytesIO(body), "a.json")}
    sent = api.client.post("/v1/verifications", data=files, headers=headers)
    for answer in (posted, sent):
        assert answer.json["report"]["indication"] == "TOTAL_PASSED"
    alone = api.client.post("/v1/verifications", json=_json(signature), headers=headers)
    assert alone.json["report"]["sub_indication"] == "SIGNED_DATA_NOT_FOUND"


def test_a_key_that_came_with_other_content_is_refused(
    api: Any, headers: dict[str, str], detached: tuple[bytes, bytes]
) -> None:
    body, signature = detached
    keyed = {**headers, "Idempotency-Key": "detached-1"}

    def send(content: bytes) -> Any:
        encoded = base64.b64encode(content).decode()
        return api.client.post("/v1/verifications", json=_json(signature, content=encoded), headers=keyed)

    assert send(body).json == send(body).json
    assert send(body + b" ").json["code"] == "idempotency_key_reused"


def test_content_is_sent_once_and_within_the_limit(
    api: Any, headers: dict[str, str], detached: tuple[bytes, bytes]
) -> None:
    body, signature = detached

    def send(*contents: bytes) -> Any:
        files = [
            ("file", (io.BytesIO(signature), "a")),
            *(("content", (io.BytesIO(c), "b")) for c in contents),
        ]
        return api.client.post("/v1/verifications", data=MultiDict(files), headers=headers)

    assert send(body).status_code == 201
    assert send(body, body).json["code"] == "request_invalid"
    assert send(bytes(20 * 1024 * 1024 + 1)).json["code"] == "document_too_large"


def test_the_command_takes_content_for_one_file(
    detached: tuple[bytes, bytes], pki_dir: Path, tmp_path: Path
) -> None:
    body, signature = detached
    (tmp_path / "a.p7s").write_bytes(signature)
    (tmp_path / "a.json").write_bytes(body)

    def run(*arguments: str) -> int:
        options = ["--trust", str(pki_dir / "trust"), "--evidence", str(pki_dir / "evidence")]
        return CliRunner().invoke(main, ["verify", *options, *arguments]).exit_code

    file, content = str(tmp_path / "a.p7s"), str(tmp_path / "a.json")
    assert run("--content", content, file) == 0
    assert run(file) == 2
    assert run("--content", file, file) == 1
    assert run("--content", content, file, file) == 3
    assert run("--content", str(tmp_path / "none"), file) == 3


def test_a_password_opens_and_is_not_kept(api: Any, headers: dict[str, str]) -> None:
    # Encrypted, and without a signature: opened, it says so.
    password = "口令-secret"
    document = write_pdf({}, password=password)
    answers = {
        given: api.client.post("/v1/verifications", json=_json(document, **more), headers=headers)
        for given, more in {"none": {}, "wrong": {"password": "x"}, "right": {"password": password}}.items()
    }
    codes = {given: answer.json["codes"] for given, answer in answers.items()}
    assert codes == {"none": ["PDF_ENCRYPTED"], "wrong": ["PDF_PASSWORD_WRONG"], "right": ["NO_SIGNATURE"]}
    form = {"file": (io.BytesIO(document), "a.pdf"), "password": password}
    sent = api.client.post("/v1/verifications", data=form, headers=headers)
    assert sent.json["codes"] == ["NO_SIGNATURE"]
    assert "secret" not in sent.text
    assert "secret" not in api.client.get(sent.headers["Location"], headers=headers).text


def test_a_password_that_is_too_long_is_a_problem_that_does_not_repeat_it(
    api: Any, headers: dict[str, str]
) -> None:
    body = _json(b"%PDF-", password="secret" * 50)
    answer = api.client.post("/v1/verifications", json=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert "secret" not in answer.text
