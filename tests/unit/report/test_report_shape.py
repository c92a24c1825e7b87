"""The published schema: every report has its shape, and nothing else has."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from license_service.demo.ofd import pack, unpack
from license_service.errors import InvalidRequestError
from license_service.services.verifying.report_shape import read_report, report_schema
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import (
    CheckName,
    DocumentFormat,
    Indication,
    Outcome,
    SignatureKind,
    SubIndication,
    VerificationReport,
)
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "report.schema.json"
_VALIDATOR = Draft202012Validator(report_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
_OFD = "genuine/business-license.ofd"

Judge = Callable[..., VerificationReport]


def _wrong(report: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(report)]


def _json(report: VerificationReport) -> dict[str, Any]:
    return dict(json.loads(json.dumps(report.to_json())))


def _malformed(samples_dir: Path) -> Iterator[bytes]:
    yield from (b"", b"\x30", b"%PDF-1.7\n%%EOF\n", b"PK\x03\x04", b"{}", b"ey..", bytes(100))
    for path in sorted((samples_dir / "genuine").iterdir()):
        data = path.read_bytes()
        yield from (data[: len(data) * part // 6] for part in range(6))
        yield from (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(0, len(data), 211))
    members = unpack((samples_dir / _OFD).read_bytes())
    yield from (pack({**members, name: b"<a/>"}) for name in members)


def test_the_published_schema_is_the_one_of_the_code() -> None:
    told = "run: license-service report schema > docs/report.schema.json"
    assert json.loads(_PUBLISHED.read_text()) == report_schema(), told
    Draft202012Validator.check_schema(report_schema())


def test_every_sample_and_twin_has_the_shape(judge: Judge, samples_dir: Path) -> None:
    files = sorted(samples_dir.glob("*/*"))
    assert len(files) == 25
    reports = [_json(judge(path.read_bytes())) for path in files]
    assert [wrong for report in reports for wrong in _wrong(report)] == []


def test_every_malformed_document_has_the_shape(judge: Judge, samples_dir: Path) -> None:
    documents = list(_malformed(samples_dir))
    reports = [_json(judge(document)) for document in documents]
    assert len(documents) > 100
    assert {report["indication"] for report in reports} >= {"TOTAL_FAILED", "INDETERMINATE"}
    assert [wrong for report in reports for wrong in _wrong(report)] == []


def test_a_presentation_is_stated_and_its_secret_is_not(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: Any, samples_dir: Path
) -> None:
    shown = Presentation(holder="91999900MADEM0AX2A", purpose="年检", content=b"", password="opens it")  # noqa: S106 - invented
    document = (samples_dir / _OFD).read_bytes()
    report = _json(verify(document, policy, trust, evidence, now, shown))
    assert _wrong(report) == []
    assert report["presentation"] == {
        "holder": "91999900MADEM0AX2A",
        "purpose": "年检",
        "content_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "password_given": True,
        "audience": None,
        "nonce": None,
        "identifier": None,
    }
    assert "opens it" not in json.dumps(report)


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        (enum.__name__, enum)
        for enum in (Indication, SubIndication, Outcome, CheckName, SignatureKind, DocumentFormat)
    ],
)
def test_enums_are_closed(name: str, enum: Any) -> None:
    assert report_schema()["$defs"][name]["enum"] == [item.value for item in enum]


def test_every_object_of_ours_is_closed_and_whole() -> None:
    schema = report_schema()
    defined = {n: s for n, s in schema["$defs"].items() if s["type"] == "object" and n != "DetailShape"}
    shapes = [schema, *defined.values()]
    assert len(shapes) == 10
    for shape in shapes:
        assert shape["additionalProperties"] is False
        assert set(shape["required"]) == set(shape["properties"])


def _set(report: dict[str, Any], path: str, value: object) -> None:
    *way, last = path.split("/")
    at: Any = report
    for name in way:
        at = at[int(name)] if isinstance(at, list) else at[name]
    at[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("indication", "PASSED"),
        ("sub_indication", "UNHEARD_OF"),
        ("sha256", "00"),
        ("surprise", 1),
        ("validation_time", "yesterday"),
        ("trust/digest", "0" * 64),
        ("signatures/0/kind", "ses-v9"),
        ("signatures/0/index", "0"),
        ("signatures/0/checks/0/outcome", "maybe"),
        ("signatures/0/checks/0/name", "luck"),
        ("signatures/0/checks/0/code", "not a code"),
        ("signatures/0/checks/0/detail/failures", ["no code"]),
        ("signatures/0/checks/0/detail/failures", "CMS_MALFORMED"),
        ("signatures/0/signer/surprise", ""),
        ("license/holders/0/id", None),
        ("presentation/password", "opens it"),
        ("software/name", "another"),
    ],
)
def test_another_shape_is_refused_by_the_schema_and_by_reading(
    path: str, value: object, judge: Judge, samples_dir: Path
) -> None:
    genuine = _json(judge((samples_dir / _OFD).read_bytes()))
    assert _wrong(genuine) == []
    assert read_report(json.dumps(genuine).encode()) == genuine
    changed = copy.deepcopy(genuine)
    _set(changed, path, value)
    with pytest.raises(InvalidRequestError):
        read_report(json.dumps(changed).encode())
    if path != "validation_time":  # a format is an annotation to most validators
        assert len(_wrong(changed)) == 1


def test_a_report_is_found_in_an_answer_and_in_a_line(judge: Judge, samples_dir: Path) -> None:
    report = _json(judge((samples_dir / _OFD).read_bytes()))
    for around in ({"id": "1", "report": report}, {"file": "a.ofd", **report, "messages": []}):
        assert read_report(json.dumps(around).encode()) == report


def test_a_float_is_refused_since_it_has_no_canonical_bytes(judge: Judge, samples_dir: Path) -> None:
    report = _json(judge((samples_dir / _OFD).read_bytes()))
    report["signatures"][0]["checks"][0]["detail"]["count"] = 1
    assert read_report(json.dumps(report).encode()) == report
    report["signatures"][0]["checks"][0]["detail"]["count"] = 1.5
    with pytest.raises(InvalidRequestError):
        read_report(json.dumps(report).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"report":1}', b'{"a":1,"a":2}', b"\xff"])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        read_report(data)
