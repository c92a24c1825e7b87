"""Signed structures are read in DER alone: two encodings of one thing are two things to two readers.

Clause: docs/divergences.md on RFC 5652, 10.1.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from license_service.demo.issuer import Twin
from license_service.demo.ofd import unpack
from license_service.verification.document import FormatError
from license_service.verification.formats.cms import parse_cms
from license_service.verification.formats.ofd.seal import parse_sealed_signature
from license_service.verification.report import Indication, VerificationReport

Judge = Callable[..., VerificationReport]
Mutation = Callable[[bytes], bytes]

_SIGNED_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"


@pytest.fixture
def cms(samples_dir: Path) -> bytes:
    return (samples_dir / Twin.GENUINE / "fire-safety.cms").read_bytes()


@pytest.fixture
def seal(samples_dir: Path) -> bytes:
    return unpack((samples_dir / Twin.GENUINE / "business-license.ofd").read_bytes())[_SIGNED_VALUE]


def _body(data: bytes) -> bytes:
    assert data[:2] == b"\x30\x82"
    return data[4:]


def _sequence(body: bytes) -> bytes:
    return b"\x30\x82" + len(body).to_bytes(2) + body


def _indefinite(data: bytes) -> bytes:
    return b"\x30\x80" + _body(data) + b"\x00\x00"


def _long_length(data: bytes) -> bytes:
    return b"\x30\x83" + len(_body(data)).to_bytes(3) + _body(data)


def _zeros_inside(data: bytes) -> bytes:
    return _sequence(_body(data) + b"\x00\x00")


def _member_inside(data: bytes) -> bytes:
    return _sequence(_body(data) + b"\x04\x03abc")


def _byte_behind(data: bytes) -> bytes:
    return data + b"\x00"


def _cut(data: bytes) -> bytes:
    return data[:-1]


_MUTATIONS = (_indefinite, _long_length, _zeros_inside, _member_inside, _byte_behind, _cut)
_NAMES = [mutation.__name__.lstrip("_") for mutation in _MUTATIONS]


def test_benign(cms: bytes, seal: bytes, judge: Judge) -> None:
    assert _sequence(_body(cms)) == cms
    assert judge(cms).indication is Indication.TOTAL_PASSED
    assert parse_sealed_signature(_sequence(_body(seal))).kind == "ses-v4"


@pytest.mark.parametrize("mutate", _MUTATIONS, ids=_NAMES)
def test_cms_in_another_encoding_is_refused(mutate: Mutation, cms: bytes, judge: Judge) -> None:
    report = judge(mutate(cms))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.codes() == ("CMS_MALFORMED",)


@pytest.mark.parametrize("mutate", _MUTATIONS, ids=_NAMES)
def test_a_seal_in_another_encoding_is_refused(mutate: Mutation, seal: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        parse_sealed_signature(mutate(seal))
    assert refused.value.code == "SES_MALFORMED"


@pytest.mark.parametrize("label", ["CMS", "PKCS7"])
def test_armor_changes_nothing(label: str, cms: bytes, judge: Judge) -> None:
    body = base64.encodebytes(cms).decode()
    assert judge(_armored(label, body)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("label", ["CERTIFICATE", "cms", "X"])
def test_another_armor_is_refused(label: str, cms: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        parse_cms(_armored(label, base64.encodebytes(cms).decode()))
    assert refused.value.code == "PEM_MALFORMED"


@pytest.mark.parametrize("body", ["", "*", "MII"])
def test_broken_armor_is_refused(body: str, judge: Judge) -> None:
    report = judge(_armored("CMS", body))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")


def _armored(label: str, body: str) -> bytes:
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def test_padding_of_a_pdf_signature_stays_outside_of_it(samples_dir: Path, judge: Judge) -> None:
    # A longer outer length takes the zeros behind the structure into it.
    data = (samples_dir / Twin.GENUINE / "health-certificate.pdf").read_bytes()
    at = data.index(b"/Contents <3082") + len(b"/Contents <3082")
    longer = int(data[at : at + 4], 16) + 0x100
    report = judge(data[:at] + f"{longer:04X}".encode() + data[at + 4 :])
    assert report.indication is Indication.TOTAL_FAILED
