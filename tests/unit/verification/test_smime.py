"""S/MIME: both forms say what their SignedData says, and a message that could be cut in two ways is none."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.demo.cms import signed_data, signer_info
from license_service.demo.issuer import samples
from license_service.demo.pki import DemoPki
from license_service.verification.document import FormatError
from license_service.verification.formats.detect import detect_format
from license_service.verification.formats.smime import entity_body, read_message
from license_service.verification.limits import MAX_MIME_HEADER_BYTES
from license_service.verification.report import DocumentFormat, VerificationReport

Judge = Callable[..., VerificationReport]

_SIGNATURE_HEADERS = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"


@dataclass(frozen=True)
class _Mail:
    """Sign an entity and put it into a message."""

    pki: DemoPki
    at: datetime
    fields: dict[str, str]

    @property
    def entity(self) -> bytes:
        return b"Content-Type: application/json\r\n\r\n" + json.dumps(self.fields).encode() + b"\r\n"

    def sign(self, entity: bytes, *, detached: bool) -> bytes:
        info = signer_info(entity, self.pki["fire-signer"], self.at)
        der = signed_data(None if detached else entity, [info], self.pki.chain("fire-signer"))
        return base64.encodebytes(der).replace(b"\n", b"\r\n")

    def opaque(self, entity: bytes | None = None) -> bytes:
        headers = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
        headers += b"Content-Transfer-Encoding: base64\r\n\r\n"
        return b"MIME-Version: 1.0\r\n" + headers + self.sign(entity or self.entity, detached=False)

    def multipart(self, entity: bytes | None = None, signed: bytes | None = None) -> bytes:
        """Return a message over `entity`, with the signature over `signed` where that differs."""
        entity = entity or self.entity
        signature = self.sign(signed or entity, detached=True)
        return (
            b"MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=cut\r\n\r\npreamble\r\n--cut\r\n"
            + entity + b"\r\n--cut\r\n" + _SIGNATURE_HEADERS + signature + b"\r\n--cut--\r\n"
        )  # fmt: skip


@pytest.fixture
def mail(pki: DemoPki, now: datetime) -> _Mail:
    details = next(s.details for s in samples(now) if s.signer == "fire-signer")
    return _Mail(pki, now - timedelta(hours=1), details.fields())


def _malformed(data: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        read_message(data)
    assert refused.value.code == "MIME_MALFORMED"


def test_both_forms_are_read(mail: _Mail, judge: Judge) -> None:
    for data in (mail.opaque(), mail.multipart()):
        assert detect_format(data) is DocumentFormat.CMS
        report = judge(data)
        assert (report.indication, report.codes()) == ("TOTAL_PASSED", ())
        assert report.license is not None
        assert report.license.number == mail.fields["ZZBH"]


def test_the_first_part_is_what_is_signed(mail: _Mail, judge: Judge) -> None:
    altered = mail.entity.replace(b"9999000", b"8999000")
    assert altered != mail.entity
    assert judge(mail.multipart(altered, signed=mail.entity)).codes() == ("DATA_HASH_MISMATCH",)


def test_its_headers_are_signed_with_it(mail: _Mail, judge: Judge) -> None:
    altered = mail.entity.replace(b"application/json", b"application/JSON")
    assert judge(mail.multipart(altered, signed=mail.entity)).codes() == ("DATA_HASH_MISMATCH",)


def test_line_ends_changed_on_the_way_are_as_the_signer_had_them(mail: _Mail, judge: Judge) -> None:
    data = mail.multipart().replace(b"\r\n", b"\n")
    assert judge(data).indication == "TOTAL_PASSED"
    assert read_message(data).content == mail.entity


@pytest.mark.parametrize("encoding", [b"base64", b"quoted-printable", b"8bit"])
def test_the_part_may_be_encoded(encoding: bytes, mail: _Mail, judge: Judge) -> None:
    text = json.dumps(mail.fields, ensure_ascii=False).encode()
    encoded = {
        b"base64": base64.encodebytes(text).replace(b"\n", b"\r\n"),
        b"quoted-printable": b"".join(b"=%02X" % byte for byte in text),
        b"8bit": text,
    }
    headers = b"Content-Type: application/json\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    assert judge(mail.multipart(headers + encoded[encoding])).indication == "TOTAL_PASSED"


def test_openssl_reads_it_as_we_do(mail: _Mail, pki: DemoPki, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem.armor("CERTIFICATE", pki["ec-root"].certificate))
    command = ["openssl", "smime", "-verify", "-in", "mail", "-CAfile", "root.pem", "-purpose", "any"]
    for data, good in (
        (mail.multipart(), True),
        (mail.multipart(mail.entity + b"!", signed=mail.entity), False),
    ):
        (tmp_path / "mail").write_bytes(data)
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert (said.returncode == 0) is good


_HEADERS = b"Content-Type: multipart/signed; boundary=cut\r\n"
_PART = b"Content-Type: text/plain\r\n\r\nx"
_MALFORMED = {
    "no blank line": _HEADERS,
    "no boundary": b"Content-Type: multipart/signed\r\n\r\n--cut\r\n",
    "long boundary": b"Content-Type: multipart/signed; boundary=" + b"c" * 71 + b"\r\n\r\n",
    "another multipart": b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n",
    "content type twice": _HEADERS + _HEADERS + b"\r\n--cut\r\n",
    "encoding twice": b"Content-Type: application/pkcs7-mime\r\n"
    + b"Content-Transfer-Encoding: base64\r\n" * 2
    + b"\r\nAAAA",
    "encoding unknown": b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: x\r\n\r\nAAAA",
    "not base64": b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n*",
    "one part": _HEADERS + b"\r\n--cut\r\n" + _PART + b"\r\n--cut--\r\n",
    "three parts": _HEADERS + b"\r\n--cut\r\n" + b"\r\n--cut\r\n".join([_PART] * 3) + b"\r\n--cut--\r\n",
    "never closed": _HEADERS + b"\r\n--cut\r\n" + b"\r\n--cut\r\n".join([_PART] * 2),
    "no signature": _HEADERS + b"\r\n--cut\r\n" + b"\r\n--cut\r\n".join([_PART] * 2) + b"\r\n--cut--\r\n",
    "headers too long": b"X: " + b"x" * MAX_MIME_HEADER_BYTES + b"\r\n" + _HEADERS + b"\r\n",
}


@pytest.mark.parametrize("data", _MALFORMED.values(), ids=_MALFORMED.keys())
def test_what_could_be_read_in_two_ways_is_malformed(data: bytes) -> None:
    _malformed(data)


def test_anything_behind_the_last_boundary_is_refused(mail: _Mail) -> None:
    data = mail.multipart()
    assert read_message(data + b"\r\n \r\n").content == mail.entity
    _malformed(data + b"more")
    _malformed(data + data)


def test_a_license_in_the_preamble_is_not_read(mail: _Mail, judge: Judge) -> None:
    other = json.dumps({**mail.fields, "ZZBH": "1"}).encode()
    report = judge(mail.multipart().replace(b"preamble", other))
    assert report.license is not None
    assert report.license.number == mail.fields["ZZBH"]


@pytest.mark.parametrize(
    "data",
    [
        b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nx",
        b"MIME-Version: 1.0\r\n\r\nContent-Type: multipart/signed",
        b" Content-Type: multipart/signed\r\n",
        b"a b: c\r\nContent-Type: multipart/signed\r\n",
        b"x-content-type: multipart/signed\r\n\r\n",
        b"X: " + b"x" * MAX_MIME_HEADER_BYTES + b"\r\nContent-Type: multipart/signed\r\n",
    ],
)
def test_other_messages_are_no_format(data: bytes) -> None:
    assert detect_format(data) is DocumentFormat.UNKNOWN


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_behind_the_headers_are_a_verdict(data: bytes) -> None:
    for read in (lambda: read_message(_HEADERS + data), lambda: entity_body(data)):
        try:
            read()
        except FormatError as error:
            assert error.code == "MIME_MALFORMED"  # noqa: PT017 - most of the bytes are, some are not
