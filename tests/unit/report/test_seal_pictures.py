"""Seal pictures: real ones are drawn anew, everything else is left out and raises nothing."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from license_service.adapters.seal_pictures import MAX_PICTURE_BYTES, safe_picture

_PNG = b"\x89PNG\r\n\x1a\n"
_STARTS = (_PNG, b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"PK\x03\x04", b"<svg", b"")


def _picture(kind: str, size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, kind, **more)
    return output.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_the_four_kinds_are_drawn_anew_as_png(kind: str) -> None:
    drawn = safe_picture(_picture(kind))
    assert drawn is not None
    assert drawn.startswith(_PNG)
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.size == (40, 30)


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PPM"])
def test_other_kinds_are_left_out(kind: str) -> None:
    assert safe_picture(_picture(kind)) is None


def test_what_else_was_in_the_file_is_not_in_the_drawing() -> None:
    data = _picture("JPEG", comment=b"<script>") + b"<script>alert(1)</script>"
    drawn = safe_picture(data)
    assert b"<script>" in data
    assert drawn is not None
    assert b"script" not in drawn


def test_a_picture_that_names_one_kind_and_is_another_is_left_out() -> None:
    assert safe_picture(_PNG + _picture("JPEG")) is None


def test_bounds() -> None:
    assert safe_picture(_picture("PNG", (2000, 2000))) is not None
    assert safe_picture(_picture("PNG", (2001, 2000))) is None
    padded = _picture("PNG")
    assert safe_picture(padded + bytes(MAX_PICTURE_BYTES - len(padded))) is not None
    assert safe_picture(padded + bytes(MAX_PICTURE_BYTES - len(padded) + 1)) is None


def test_a_bomb_is_left_out_before_it_is_decoded() -> None:
    data = _picture("PNG")
    header = b"IHDR" + struct.pack(">2I", 60_000, 60_000) + data[24:29]
    claims = data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    assert len(claims) == len(data)
    assert safe_picture(claims) is None


@given(start=st.sampled_from(_STARTS), rest=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(start: bytes, rest: bytes) -> None:
    drawn = safe_picture(start + rest)
    assert drawn is None or drawn.startswith(_PNG)


@given(at=st.integers(0, 10_000), to=st.integers(0, 255), kind=st.sampled_from(["PNG", "JPEG", "GIF", "BMP"]))
@settings(max_examples=200, deadline=None)
def test_no_damaged_picture_raises(at: int, to: int, kind: str) -> None:
    data = bytearray(_picture(kind))
    data[at % len(data)] = to
    drawn = safe_picture(bytes(data))
    assert drawn is None or drawn.startswith(_PNG)
