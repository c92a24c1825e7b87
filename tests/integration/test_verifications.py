"""`/v1/verifications` over HTTP: the same verdict however the file is sent, and never a 5xx."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest

from license_service.demo.pdf import write_pdf

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
