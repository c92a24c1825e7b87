"""Whatever the bytes, `verify` answers with a report, and the answer is never that all is well."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.adapters.trust_files import load_policy
from license_service.demo.issuer import Twin, samples
from license_service.demo.ofd import pack, unpack
from license_service.errors import DocumentTooLargeError
from license_service.verification.evidence import Evidence
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import Indication, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SAMPLES = [sample.file for sample in samples(datetime(2026, 1, 1, tzinfo=UTC))]
_STEP = 100
_FLIPS = 150
_MOMENT = datetime(2026, 3, 10, 4, tzinfo=UTC)
_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(200) + b"\xff\xd9"
_STARTS = (b"PK\x03\x04", b"%PDF-1.7\n", b"\x30\x82", b"-----BEGIN CMS-----\n", b"ey", b"{", b"eyJ.", b"")
_FIXED = {
    "empty": b"",
    "one-byte": b"\x00",
    "sequence-tag": b"\x30",
    "zeros": bytes(4096),
    "jpeg": _JPEG,
    "text": "不是证照".encode(),
    "lone-dot": b"ey.",
    "dots": b"ey..",
    "zip-magic": b"PK\x03\x04",
    "zip-end-only": b"PK\x05\x06" + bytes(18),
    "pdf-header": b"%PDF-1.7\n%%EOF\n",
    "pem-armor": b"-----BEGIN CMS-----\n-----END CMS-----\n",
    "pem-start": b"-----BEGIN PKCS7-----\n",
    "json": b"{}",
    "json-open": b"{",
    "json-deep": b'{"a":' * 5000,
    "der-indefinite": b"\x30\x80\x00\x00",
    "der-huge-length": b"\x30\x84\xff\xff\xff\xff",
    "der-nested": b"\x30\x80" * 5000,
}

Judge = Callable[..., VerificationReport]


def _said(report: VerificationReport) -> dict[str, Any]:
    return {key: value for key, value in report.to_json().items() if key != "sha256"}


def _policy() -> VerificationPolicy:
    return load_policy(Path(__file__).resolve().parents[3] / "policy" / "verification.toml")


@pytest.mark.parametrize("data", _FIXED.values(), ids=_FIXED.keys())
def test_fixed_bytes_are_refused(data: bytes, judge: Judge) -> None:
    report = judge(data)
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication == "FORMAT_FAILURE"
    assert report.findings
    assert report.signatures == ()
    assert report.license is None


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "FORMAT_UNKNOWN"), (_JPEG, "FORMAT_UNKNOWN"), (bytes(4096), "FORMAT_UNKNOWN")],
    ids=["empty", "jpeg", "zeros"],
)
def test_what_is_no_known_format_says_so(data: bytes, code: str, judge: Judge) -> None:
    assert judge(data).codes() == (code,)


@given(start=st.sampled_from(_STARTS), rest=st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_never_passed(start: bytes, rest: bytes) -> None:
    report = verify(start + rest, _policy(), TrustStore(), Evidence(), _MOMENT)
    assert report.indication is not Indication.TOTAL_PASSED


@given(
    header=st.text(max_size=60),
    payload=st.binary(max_size=60),
    signature=st.binary(max_size=80),
    dots=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_random_jws_is_never_passed(header: str, payload: bytes, signature: bytes, dots: bool) -> None:
    parts = [f'{{"alg":"{header}"}}'.encode(), payload, signature]
    data = (b"." if dots else b"..").join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    report = verify(data, _policy(), TrustStore(), Evidence(), _MOMENT)
    assert report.indication is not Indication.TOTAL_PASSED


@given(
    names=st.lists(st.sampled_from(["OFD.xml", "a/b.xml", "Doc_0/Signs/Signatures.xml"]), unique=True),
    content=st.binary(max_size=200),
)
@settings(max_examples=100, deadline=None)
def test_random_members_are_never_passed(names: list[str], content: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    report = verify(buffer.getvalue(), _policy(), TrustStore(), Evidence(), _MOMENT)
    assert report.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("file", _SAMPLES)
def test_a_truncated_sample_is_never_passed(file: str, judge: Judge, samples_dir: Path) -> None:
    data = (samples_dir / Twin.GENUINE / file).read_bytes()
    passed = [
        end for end in range(0, len(data), _STEP) if judge(data[:end]).indication == Indication.TOTAL_PASSED
    ]
    assert passed == []


@pytest.mark.parametrize("file", _SAMPLES)
def test_a_flipped_bit_is_refused_or_changes_nothing_that_is_said(
    file: str, judge: Judge, samples_dir: Path
) -> None:
    # Some bytes are under no signature by design: zip times, copies of certificates, version numbers.
    data = (samples_dir / Twin.GENUINE / file).read_bytes()
    said, stride = _said(judge(data)), max(1, len(data) // _FLIPS)
    wrong = []
    for at in range(0, len(data), stride):
        report = judge(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        if report.indication is Indication.TOTAL_PASSED and _said(report) != said:
            wrong.append(at)
    assert wrong == []


@pytest.mark.parametrize("file", ["legal-person-id.jws"])
def test_every_flipped_bit_of_a_jws_is_refused(file: str, judge: Judge, samples_dir: Path) -> None:
    data = (samples_dir / Twin.GENUINE / file).read_bytes()
    flipped = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(0, len(data), 7))
    assert Indication.TOTAL_PASSED not in {judge(copy).indication for copy in flipped}


@pytest.mark.parametrize("file", _SAMPLES)
def test_a_sample_with_bytes_behind_it_is_never_passed(file: str, judge: Judge, samples_dir: Path) -> None:
    data = (samples_dir / Twin.GENUINE / file).read_bytes()
    tails = (b"\x00", b"\x00" * 512, b"PK\x05\x06" + bytes(18), b"%%EOF\n%%EOF", b"A", data)
    assert [t for t in tails if judge(data + t).indication == Indication.TOTAL_PASSED] == []


@pytest.mark.parametrize(
    "name", ["OFD.xml", "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Signatures.xml"]
)
@pytest.mark.parametrize(
    "content", [b"", b"<", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', bytes(64)]
)
def test_a_package_with_a_broken_member_is_refused(
    name: str, content: bytes, judge: Judge, samples_dir: Path
) -> None:
    members = unpack((samples_dir / Twin.GENUINE / "business-license.ofd").read_bytes())
    report = judge(pack({**members, name: content}))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")


def test_the_largest_document_is_judged(judge: Judge) -> None:
    assert judge(bytes(MAX_DOCUMENT_BYTES)).codes() == ("FORMAT_UNKNOWN",)


def test_a_larger_document_is_an_error(judge: Judge) -> None:
    with pytest.raises(DocumentTooLargeError) as refused:
        judge(bytes(MAX_DOCUMENT_BYTES + 1))
    assert refused.value.code == "document_too_large"
