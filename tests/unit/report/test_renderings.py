"""A report on a page and on paper: what is shown, what is never shown, and that no document can break it."""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape
from pyhanko.pdf_utils.reader import PdfFileReader

from license_service.adapters.report_html import content_security_policy, render_html
from license_service.adapters.report_pdf import render_pdf
from license_service.domain.messages import message
from license_service.errors import InvalidRequestError
from license_service.services.verifying.report_sheet import Sheet, lay_out
from license_service.verification.canonical import canonical_json
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

Judge = Callable[..., VerificationReport]
_OFD = "business-license.ofd"
_HOSTILE = "<script>alert(1)</script>\"&'{{ 7*7919 }}<img src=x onerror=y>"
_PICTURE = "data:image/png;base64,"


def _sheet(judge: Judge, samples_dir: Path, twin: str) -> Sheet:
    document = (samples_dir / twin / _OFD).read_bytes()
    return lay_out(judge(document).to_json(), document)


def _pages(data: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(data)).root["/Pages"]["/Count"])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(
    ("twin", "code"),
    [("altered", "REFERENCE_MISMATCH"), ("expired", "LICENSE_EXPIRED"), ("revoked", "CERTIFICATE_REVOKED")],
)
def test_the_page_tells_the_sentence_the_clause_and_what_to_ask(
    twin: str, code: str, judge: Judge, samples_dir: Path
) -> None:
    report = judge((samples_dir / twin / _OFD).read_bytes())
    page = render_html(lay_out(report.to_json(), None))
    text = message(code)
    for part in (
        code,
        text.zh,
        text.ask.zh,
        report.policy_digest,
        report.trust_digest,
        report.evidence_digest,
    ):
        assert part in page
    failed = [check for s in report.signatures for check in s.checks if check.code == code]
    assert all(check.to_json()["clause"] in page for check in failed)
    assert hashlib.sha256(canonical_json(report.to_json())).hexdigest() in page
    assert "北京时间" in page


def test_the_genuine_page_tells_none_of_it(judge: Judge, samples_dir: Path) -> None:
    sheet = _sheet(judge, samples_dir, "genuine")
    assert sheet.remarks == ()
    assert "REFERENCE_MISMATCH" not in render_html(sheet)


@pytest.mark.parametrize(
    ("twin", "shown"),
    [("genuine", True), ("altered", False), ("signer-not-in-seal", False), ("self-made-ca", False)],
)
def test_a_seal_is_pictured_only_where_its_signature_passed(
    twin: str, shown: bool, judge: Judge, samples_dir: Path
) -> None:
    sheet = _sheet(judge, samples_dir, twin)
    assert (_PICTURE in render_html(sheet)) is shown
    assert (b"/Subtype /Image" in render_pdf(sheet)) is shown


def test_a_seal_is_not_pictured_where_revocation_is_unknown(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: Any, samples_dir: Path
) -> None:
    document = (samples_dir / "genuine" / _OFD).read_bytes()
    known = verify(document, policy, trust, evidence, now).to_json()
    unknown = verify(document, policy, trust, replace(evidence, crls=()), now).to_json()
    assert unknown["indication"] == "INDETERMINATE"
    assert lay_out(unknown, document).signatures[0].picture is None
    assert lay_out(known, document).signatures[0].picture is not None
    assert lay_out(known, None).signatures[0].picture is None


def test_another_document_is_refused(judge: Judge, samples_dir: Path) -> None:
    report = judge((samples_dir / "genuine" / _OFD).read_bytes()).to_json()
    with pytest.raises(InvalidRequestError):
        lay_out(report, (samples_dir / "altered" / _OFD).read_bytes())


def _hostile(report: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(report)
    changed["license"]["name"] = changed["license"]["number"] = _HOSTILE
    changed["license"]["holders"] = [{"name": _HOSTILE, "id": _HOSTILE, "id_type": ""}] * 50
    changed["signatures"][0]["signer"]["subject"] = _HOSTILE * 1000
    changed["signatures"][0]["checks"][2]["detail"]["mismatched"] = [_HOSTILE] * 1000
    changed["presentation"]["purpose"] = _HOSTILE
    return changed


def test_whatever_a_document_says_is_text_on_the_page(judge: Judge, samples_dir: Path) -> None:
    report = judge((samples_dir / "altered" / _OFD).read_bytes()).to_json()
    plain, hostile = _Tags(), _Tags()
    plain.feed(render_html(lay_out(report, None)))
    hostile.feed(render_html(lay_out(_hostile(report), None)))
    assert (hostile.tags, hostile.attributes) == (plain.tags, plain.attributes)
    assert "script" not in hostile.tags
    assert "55433" not in render_html(lay_out(_hostile(report), None))


def test_the_page_may_load_its_own_style_and_pictures_alone(judge: Judge, samples_dir: Path) -> None:
    page = render_html(_sheet(judge, samples_dir, "genuine"))
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in content_security_policy()
    assert content_security_policy().startswith("default-src 'none'")
    assert escape(content_security_policy()) in page
    assert re.findall(r'(?:src|href)="(?!data:)|url\(', page) == []


@pytest.mark.parametrize(
    "value",
    ["长" * 5000, _HOSTILE * 50, "\u0000\u202e\ufeff\u2028\r\n\t𠮷野家<b>&nbsp;"],
    ids=["wide", "markup", "odd"],
)
def test_whatever_a_document_says_fits_on_paper(value: str, judge: Judge, samples_dir: Path) -> None:
    report = judge((samples_dir / "altered" / _OFD).read_bytes()).to_json()
    for name in ("name", "number", "issuer"):
        report["license"][name] = value
    report["signatures"][0]["signer"] = dict.fromkeys(("subject", "issuer", "serial"), value)
    report["signatures"][0]["algorithm"] = value
    for check in report["signatures"][0]["checks"]:
        check["detail"] = {"failures": ["CMS_MALFORMED"] * 9, "mismatched": [value] * 100}
        check["outcome"] = "failed"
    assert _pages(render_pdf(lay_out(report, None))) > 1


def test_a_document_without_signatures_fits_on_one_page(judge: Judge) -> None:
    sheet = lay_out(judge(b"").to_json(), b"")
    assert _pages(render_pdf(sheet)) == 1
    assert "FORMAT_UNKNOWN" in render_html(sheet)


def test_equal_sheets_give_equal_bytes(judge: Judge, samples_dir: Path) -> None:
    sheet = _sheet(judge, samples_dir, "genuine")
    assert render_pdf(sheet) == render_pdf(sheet)
    assert render_html(sheet) == render_html(sheet)
