"""What did not pass is explained, once for each rule, with the part of the file it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from license_service.services.verifying.explanation import explain, explain_check
from license_service.verification.report import VerificationReport

Judge = Callable[..., VerificationReport]
_OFD = "business-license.ofd"


def _told(judge: Judge, data: bytes, holder: str | None = None) -> list[tuple[Any, ...]]:
    told = explain(judge(data, holder).to_json())
    return [(e.signature, e.check, e.outcome, e.code, e.parts) for e in told]


def test_nothing_is_told_of_what_passed(judge: Judge, samples_dir: Path) -> None:
    assert _told(judge, (samples_dir / "genuine" / _OFD).read_bytes()) == []


def test_the_altered_member_is_named(judge: Judge, samples_dir: Path) -> None:
    document = (samples_dir / "altered" / _OFD).read_bytes()
    part = "/Doc_0/Pages/Page_0/Content.xml"
    assert _told(judge, document) == [(0, "references", "failed", "REFERENCE_MISMATCH", (part,))]


@pytest.mark.parametrize("twin", ["wrong-holder", "expired", "revoked", "self-made-ca", "signer-not-in-seal"])
def test_exactly_the_codes_of_the_report_are_told(twin: str, judge: Judge, samples_dir: Path) -> None:
    report = judge((samples_dir / twin / _OFD).read_bytes(), "91999900MADEM0AY10")
    told = explain(report.to_json())
    assert tuple(explanation.code for explanation in told) == report.codes()
    assert all(explanation.clause for explanation in told)


def test_a_refused_format_is_told_of_the_whole_document_with_the_member(
    judge: Judge, samples_dir: Path
) -> None:
    data = (samples_dir / "genuine" / _OFD).read_bytes()
    at = data.index(b"PK\x03\x04", 4) + 14  # the CRC in the second local header
    assert _told(judge, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) == [
        (None, None, None, "ZIP_LOCAL_MISMATCH", ("Doc_0/Document.xml",))
    ]
    assert _told(judge, b"no license") == [(None, None, None, "FORMAT_UNKNOWN", ())]


def test_a_check_that_broke_several_rules_is_told_once_for_each() -> None:
    failures = ["CMS_CONTENT_TYPE_MISSING", "CMS_MESSAGE_DIGEST_MISSING"]
    check = {
        "name": "format",
        "outcome": "failed",
        "code": failures[0],
        "clause": "RFC 5652, 5.3",
        "detail": {"failures": failures, "notes": ["a remark"]},
    }
    told = list(explain_check(2, check))
    assert [explanation.code for explanation in told] == failures
    assert {explanation.parts for explanation in told} == {()}
    assert list(explain_check(2, {**check, "outcome": "passed"})) == []


def test_the_wire_shape_has_both_languages_and_what_to_ask(judge: Judge) -> None:
    (told,) = explain(judge(b"").to_json())
    body = told.to_json()
    assert body.keys() == {
        *("signature", "check", "outcome", "code", "clause", "parts", "zh", "en", "ask_zh", "ask_en")
    }
    assert all(body[name] for name in ("zh", "en", "ask_zh", "ask_en"))
