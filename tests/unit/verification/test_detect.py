"""The format is what the leading bytes announce; a name plays no part."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.demo.issuer import Twin, samples
from license_service.verification.formats.detect import detect_format
from license_service.verification.report import DocumentFormat

_SNIFFED = 64 * 1024
_FILES = [sample.file for sample in samples(datetime(2026, 1, 1, tzinfo=UTC))]
_ANNOUNCED = [
    (b"PK\x03\x04", DocumentFormat.OFD),
    (b"PK\x03\x04 and more", DocumentFormat.OFD),
    (b"%PDF-1.7", DocumentFormat.PDF),
    (b"%PDF-2.0\n", DocumentFormat.PDF),
    (b"\x30", DocumentFormat.CMS),
    (b"\x30\x82\x01\x00", DocumentFormat.CMS),
    (b"\x30\x80\x06\x09", DocumentFormat.CMS),
    (b"-----BEGIN CMS-----\n", DocumentFormat.CMS),
    (b"-----BEGIN PKCS7-----\n", DocumentFormat.CMS),
    (b"{", DocumentFormat.JWS),
    (b'{"payload":""}', DocumentFormat.JWS),
    (b"eyJhbGciOiJFUzI1NiJ9.e30.AA", DocumentFormat.JWS),
    (b"ey.", DocumentFormat.JWS),
    (b"eyJhbGciOiJFUzI1NiJ9.e30.AA~", DocumentFormat.SD_JWT),
    (b"eyJhbGciOiJFUzI1NiJ9.e30.AA~WyJhIl0~ey.e30.AA", DocumentFormat.SD_JWT),
    (b'{"a":"~"}', DocumentFormat.JWS),
    (b'{"payload":"","header":{"disclosures":[]}}', DocumentFormat.SD_JWT),
    (b'{"payload":"","header":{"kb_jwt":""}}', DocumentFormat.SD_JWT),
]
_UNKNOWN = [
    b"",
    b"P",
    b"PK",
    b"PK\x03",
    b"PK\x05\x06" + bytes(18),
    b"PK\x07\x08",
    b"MZPK\x03\x04",
    b" %PDF-1.7",
    b"%PDF",
    b"\xef\xbb\xbf%PDF-1.7",
    b"\xef\xbb\xbf{}",
    b"\x31\x82",
    b"-----BEGIN CERTIFICATE-----\n",
    b" -----BEGIN CMS-----",
    b"[1]",
    b"ey",
    b"eyJhbGciOiJFUzI1NiJ9",
    b"eyJ hbGc.e30.AA",
    b"eyJ+hbGc.e30.AA",
    b"abc.def.ghi",
    b"abc.def.ghi~",
    b"ey~.e30.AA",
    b"\xff\xd8\xff\xe0",
    bytes(1024),
]


@pytest.mark.parametrize(("data", "expected"), _ANNOUNCED)
def test_announced(data: bytes, expected: DocumentFormat) -> None:
    assert detect_format(data) is expected


@pytest.mark.parametrize("data", _UNKNOWN)
def test_unknown(data: bytes) -> None:
    assert detect_format(data) is DocumentFormat.UNKNOWN


@pytest.mark.parametrize("file", _FILES)
def test_samples(file: str, samples_dir: Path) -> None:
    data = (samples_dir / Twin.GENUINE / file).read_bytes()
    assert detect_format(data).value == file.rpartition(".")[2]


def test_a_long_compact_header_is_recognized_within_the_sniffed_bytes() -> None:
    assert detect_format(b"ey" + b"A" * (_SNIFFED - 3) + b".e30.AA") is DocumentFormat.JWS
    assert detect_format(b"ey" + b"A" * _SNIFFED + b".e30.AA") is DocumentFormat.UNKNOWN


@given(st.binary(max_size=200))
def test_any_bytes_have_one_format(data: bytes) -> None:
    assert detect_format(data) in DocumentFormat


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=3))
def test_any_json_object_is_announced_as_jws(value: dict[str, int]) -> None:
    assert detect_format(json.dumps(value).encode()) is DocumentFormat.JWS
