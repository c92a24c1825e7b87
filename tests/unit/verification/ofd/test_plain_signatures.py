"""The four encodings of `Sign` entries, each genuine one with the twin that differs by one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from license_service.demo.ofd import sign_members
from license_service.demo.pki import DemoPki
from license_service.demo.plain_signatures import PlainEncoding, PlainSigning
from license_service.verification.report import CheckName, VerificationReport

JudgeMembers = Callable[..., VerificationReport]

_XML, _VALUE = "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"
_PAGE = "Doc_0/Pages/Page_0/Content.xml"
_SIGNED_DATA = [encoding for encoding in PlainEncoding if encoding is not PlainEncoding.BARE]


@pytest.fixture
def signing(pki: DemoPki) -> PlainSigning:
    return PlainSigning(pki["business-signer"], pki.chain("business-signer"))


@pytest.mark.parametrize("encoding", _SIGNED_DATA)
@pytest.mark.parametrize("raw", [False, True])
def test_each_encoding_passes_and_its_altered_twins_fail(
    encoding: PlainEncoding, raw: bool, members: dict[str, bytes], signing: PlainSigning, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    signed = sign_members(members, replace(signing, encoding=encoding, raw=raw), at)
    genuine = judge_members(signed)
    assert (genuine.indication, genuine.codes()) == ("TOTAL_PASSED", ())
    assert genuine.signatures[0].kind == "gbt35275"
    assert judge_members({**signed, _PAGE: b"<other/>"}).codes() == ("REFERENCE_MISMATCH",)
    assert judge_members({**signed, _XML: signed[_XML] + b"\n"}).codes() == ("DATA_HASH_MISMATCH",)
    value = signed[_VALUE]
    assert judge_members({**signed, _VALUE: value[:-1] + bytes([value[-1] ^ 1])}).codes() == (
        "SIGNATURE_INVALID",
    )


@pytest.mark.parametrize("encoding", _SIGNED_DATA)
def test_another_signer_of_the_same_file_is_not_trusted(
    encoding: PlainEncoding, members: dict[str, bytes], pki: DemoPki, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    stranger = PlainSigning(pki["business-stranger"], pki.chain("business-stranger"), encoding)
    report = judge_members(sign_members(members, stranger, at))
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


@pytest.mark.parametrize("raw", [False, True])
def test_a_bare_signature_is_undetermined_since_its_signer_is_not_in_the_file(
    raw: bool, members: dict[str, bytes], signing: PlainSigning, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, replace(signing, encoding=PlainEncoding.BARE, raw=raw), at)
    report = judge_members(signed)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND")
    assert report.signatures[0].kind == "sm2-bare"
    coverage = report.signatures[0].check(CheckName.COVERAGE)
    assert coverage is not None
    assert coverage.code == "OK"
    altered = judge_members({**signed, _PAGE: b"<other/>"})
    assert (altered.indication, altered.sub_indication) == ("TOTAL_FAILED", "HASH_FAILURE")


def test_what_only_a_bare_signature_covers_is_undetermined(
    members: dict[str, bytes], signing: PlainSigning, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, signing, at)
    bare = replace(signing, encoding=PlainEncoding.BARE)
    report = judge_members(sign_members({**signed, "Doc_0/more.xml": b"<a/>"}, bare, at))
    coverage = report.signatures[0].check(CheckName.COVERAGE)
    assert coverage is not None
    assert (coverage.code, coverage.detail["uncovered"][-1]) == ("COVERAGE_UNDETERMINED", "Doc_0/more.xml")
    assert report.indication == "INDETERMINATE"


@pytest.mark.parametrize("size", [0, 31, 33, 63])
def test_a_value_that_is_neither_is_refused(
    size: int, members: dict[str, bytes], signing: PlainSigning, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, signing, at)
    report = judge_members({**signed, _VALUE: bytes(size)})
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")
