"""Genuine files pass: every PAdES level, Adobe's encoding, certification, two signers, SM2."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from pyhanko.sign.fields import SigSeedSubFilter

from license_service.demo.issuer import samples
from license_service.demo.pdf import PdfSigning, add_document_timestamp, sign_pdf, write_license
from license_service.demo.pki import DemoPki
from license_service.verification.document import FormatError, TimestampSubject
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.report import CheckName, Indication, VerificationReport

Judge = Callable[..., VerificationReport]
_PROFILES = ("b-b", "b-t", "b-lt", "b-lta", "adobe", "certified", "annotatable", "two")


@pytest.mark.parametrize("profile", _PROFILES)
def test_a_genuine_file_passes(profile: str, genuine: Mapping[str, bytes], judge: Judge) -> None:
    report = judge(genuine[profile])
    assert report.findings == ()
    for signature in report.signatures:
        named = (CheckName.FORMAT, CheckName.DATA_HASH, CheckName.SIGNATURE_VALUE, CheckName.COVERAGE)
        assert [(check.code if (check := signature.check(name)) else None) for name in named] == ["OK"] * 4
    assert report.indication is Indication.TOTAL_PASSED
    assert report.license is not None


@pytest.mark.parametrize("profile", _PROFILES)
def test_a_flipped_byte_of_the_page_fails(profile: str, genuine: Mapping[str, bytes], judge: Judge) -> None:
    report = judge(genuine[profile].replace(b"DEMONSTRATION", b"DEMONSTRATIOM", 1))
    assert "DATA_HASH_MISMATCH" in report.codes()
    assert report.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize(
    ("profile", "level"),
    [("b-b", []), ("certified", ["PDF_CERTIFIED_P2"]), ("annotatable", ["PDF_CERTIFIED_P3"])],
)
def test_the_certification_level_is_told(
    profile: str, level: list[str], genuine: Mapping[str, bytes], judge: Judge
) -> None:
    check = judge(genuine[profile]).signatures[0].check(CheckName.FORMAT)
    assert check is not None
    assert check.detail["notes"] == level


def test_a_document_timestamp_is_no_license_signature(genuine: Mapping[str, bytes]) -> None:
    data = genuine["b-lta"]
    (signature,) = parse_pdf(data).signatures
    assert [item.subject for item in signature.timestamps] == [
        TimestampSubject.SIGNATURE,
        TimestampSubject.DOCUMENT,
    ]
    begin, before, after, length = (
        int(x) for x in re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", data)[1]
    )
    assert signature.timestamps[1].message == data[begin:before] + data[after : after + length]
    assert signature.timestamps[1].token == bytes.fromhex(data[before + 1 : after - 1].decode()).rstrip(b"\0")


def test_a_document_timestamp_alone_signs_nothing(
    page: bytes, pki: DemoPki, now: datetime, judge: Judge
) -> None:
    report = judge(add_document_timestamp(page, pki.authority("tsa", now)))
    assert (report.indication, report.codes()) == (Indication.INDETERMINATE, ("NO_SIGNATURE",))


def test_a_document_timestamp_with_a_broken_range_is_refused(
    genuine: Mapping[str, bytes], judge: Judge
) -> None:
    data = genuine["b-lta"]
    at = data.rindex(b"/ByteRange [0 ") + len(b"/ByteRange [")
    assert judge(data[:at] + b"1" + data[at + 1 :]).codes() == ("PDF_BYTE_RANGE_MALFORMED",)


def test_the_security_store_is_handed_over(genuine: Mapping[str, bytes], pki: DemoPki) -> None:
    (signature,) = parse_pdf(genuine["b-lt"]).signatures
    assert signature.revocation.crls == (pki.crls["rsa-root"],)
    assert signature.revocation.ocsp == ()
    assert pki["tsa"].certificate in signature.other_certificates
    (bare,) = parse_pdf(genuine["b-t"]).signatures
    assert bare.revocation.crls == ()


def test_the_time_beside_a_pades_signature_is_claimed(
    genuine: Mapping[str, bytes], signed_at: datetime
) -> None:
    assert [parse_pdf(genuine[name]).signatures[0].signing_time for name in ("b-b", "adobe")] == [
        signed_at
    ] * 2


def test_sm2_passes_and_its_altered_twin_fails(
    pki: DemoPki, now: datetime, signed_at: datetime, judge: Judge
) -> None:
    details = samples(now)[0].details
    signing = PdfSigning(
        pki["business-signer"], pki.chain("business-signer"), subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    )
    data = sign_pdf(write_license(details.fields()), signing, signed_at)
    report = judge(data, holder=details.holder.id)
    assert (report.indication, report.signatures[0].algorithm) == (Indication.TOTAL_PASSED, "SM2-SM3")
    assert judge(data.replace(b"DEMONSTRATION", b"DEMONSTRATIOM", 1)).codes() == ("DATA_HASH_MISMATCH",)


@pytest.mark.parametrize(
    "subfilter",
    [b"/adbe.x509.rsa_sha1", b"/adbe.pkcs7.sha1", b"/ETSI.CAdES.unknown", b"/ETSI.RFC3162"],
)
def test_another_encoding_is_refused(subfilter: bytes, genuine: Mapping[str, bytes], judge: Judge) -> None:
    data = genuine["b-b"].replace(b"/ETSI.CAdES.detached", subfilter.ljust(20))
    assert judge(data).codes() == ("PDF_SUBFILTER_REFUSED",)


def test_pades_names_its_certificate(
    page: bytes, signing: PdfSigning, signed_at: datetime, judge: Judge
) -> None:
    # The attribute is renamed under the key, so that the signature itself holds.
    nameless = replace(signing, names_certificate=False)
    assert judge(sign_pdf(page, nameless, signed_at)).codes() == ("PADES_SIGNING_CERTIFICATE_MISSING",)
    adobe = replace(nameless, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    assert judge(sign_pdf(page, adobe, signed_at)).indication is Indication.TOTAL_PASSED


def test_padding_is_zeros(genuine: Mapping[str, bytes]) -> None:
    data = genuine["b-b"]
    at = data.index(b"0>", data.index(b"/Contents <"))
    with pytest.raises(FormatError, match="PDF_CONTENTS_PADDING"):
        parse_pdf(data[:at] + b"1" + data[at + 1 :])
