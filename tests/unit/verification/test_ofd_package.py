"""A zip that two readers could read differently is refused; its benign twin, one mutation away, is not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.demo.issuer import Twin
from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.package import read_package
from license_service.verification.limits import MAX_TRAILING_BYTES, MAX_ZIP_ENTRIES

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DATE = 0x21


@dataclass(frozen=True)
class _Member:
    """One entry, with whatever its two headers say."""

    name: bytes
    data: bytes = b"content"
    method: int = 8
    flags: int = 0
    central_flags: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    crc: int | None = None
    size: int | None = None
    local_size: int | None = None
    compressed: int | None = None
    local_crc: int | None = None
    extra: bytes = b""
    payload: bytes | None = None
    trailer: bytes = b""
    offset_shift: int = 0
    mode: int = 0
    comment: bytes = b""
    central_extra: bytes = b""

    @property
    def stored(self) -> bytes:
        if self.payload is not None:
            return self.payload
        if self.method != zipfile.ZIP_DEFLATED:
            return self.data
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflater.compress(self.data) + deflater.flush()

    def numbers(self) -> tuple[int, int, int]:
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        compressed = len(self.stored) if self.compressed is None else self.compressed
        return crc, compressed, len(self.data) if self.size is None else self.size

    def local(self) -> bytes:
        crc, compressed, size = self.numbers()
        crc = crc if self.local_crc is None else self.local_crc
        size = size if self.local_size is None else self.local_size
        name = self.name if self.local_name is None else self.local_name
        method = self.method if self.local_method is None else self.local_method
        sizes = (crc, compressed, size)
        head = _LOCAL.pack(
            b"PK\x03\x04", 20, self.flags, method, 0, _DATE, *sizes, len(name), len(self.extra)
        )
        return head + name + self.extra + self.stored + self.trailer

    def central(self, offset: int) -> bytes:
        flags = self.flags if self.central_flags is None else self.central_flags
        head = (b"PK\x01\x02", 20, 20, flags, self.method, 0, _DATE, *self.numbers(), len(self.name))
        rest = (len(self.central_extra), len(self.comment), 0, 0, self.mode << 16, offset + self.offset_shift)
        return _CENTRAL.pack(*head, *rest) + self.name + self.central_extra + self.comment


def _pack(*members: _Member, prefix: bytes = b"", gap: bytes = b"", tail: bytes = b"") -> bytes:
    body, directory = prefix, b""
    for member in members:
        directory += member.central(len(body))
        body += member.local()
    body += gap
    count = len(members)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end + tail


def _code(data: bytes) -> str:
    with pytest.raises(FormatError) as refused:
        read_package(data)
    return refused.value.code


_A, _B = _Member(b"OFD.xml", b"<a/>" * 30), _Member(b"Doc_0/Document.xml", b"<b/>" * 30)
_DESCRIPTOR = struct.pack("<4s3L", b"PK\x07\x08", *_A.numbers())


def test_benign() -> None:
    assert read_package(_pack(_A, _B)).members == {"OFD.xml": _A.data, "Doc_0/Document.xml": _B.data}


def test_benign_stored_and_empty_members() -> None:
    stored, empty = replace(_A, method=0), _Member(b"empty", b"", method=0)
    assert read_package(_pack(stored, empty)).members == {"OFD.xml": _A.data, "empty": b""}


def test_the_empty_zip_has_no_members() -> None:
    assert read_package(_pack()).members == {}


def test_benign_twins_of_the_standard_library() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("OFD.xml", b"<a/>")
            archive.writestr("Doc_0/证照.xml", b"<b/>")
            archive.writestr("Doc_0/", b"")
        assert read_package(buffer.getvalue()).members == {"OFD.xml": b"<a/>", "Doc_0/证照.xml": b"<b/>"}


def test_a_name_in_gbk_is_read() -> None:
    assert list(read_package(_pack(_Member("证照.xml".encode("gbk")))).members) == ["证照.xml"]


_DUPLICATES: dict[str, tuple[bytes, bytes]] = {
    "file-and-its-own-folder": (b"Doc_0", b"Doc_0/Document.xml"),
    "folded-file-and-folder": (b"doc_0", b"Doc_0/Document.xml"),
    "compatibility-fold": ("\u1e9e".encode(), b"SS"),
    "same": (b"OFD.xml", b"OFD.xml"),
    "case": (b"OFD.xml", b"ofd.XML"),
    "normal-form": ("é".encode(), "e\u0301".encode()),
    "folder-and-file": (b"Doc_0/", b"Doc_0"),
    "sharp-s": ("ß".encode(), b"ss"),
}


@pytest.mark.parametrize(("first", "second"), _DUPLICATES.values(), ids=_DUPLICATES.keys())
def test_a_duplicate_name_is_refused(first: bytes, second: bytes) -> None:
    flagged = [_Member(name, b"", method=0, flags=0x0800) for name in (first, second)]
    assert _code(_pack(*flagged)) == "ZIP_DUPLICATE_NAME"


def test_a_name_that_others_read_as_gbk_is_compared_as_they_read_it() -> None:
    # These two bytes are one letter in UTF-8 and another in GBK.
    plain, flagged = _Member("证".encode("gbk")), _Member("证".encode(), flags=0x0800)
    assert len(read_package(_pack(plain, replace(flagged, name="照".encode()))).members) == 2
    assert _code(_pack(plain, flagged)) == "ZIP_DUPLICATE_NAME"


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b"/OFD.xml",
        b"../OFD.xml",
        b"a/../b",
        b"./a",
        b"a//b",
        b"a\\b",
        b"a\x00b",
        b"a\nb",
        b"a/./b",
        b"..",
        b"\xff\xff",
    ],
)
def test_an_unsafe_name_is_refused(name: bytes) -> None:
    assert _code(_pack(_Member(name))) == "ZIP_NAME_UNSAFE"


def _commented(comment: bytes) -> bytes:
    return _pack(_A)[:-2] + struct.pack("<H", len(comment)) + comment


def _hidden_member() -> bytes:
    """Leave a second copy between the members and the directory: a streaming reader sees it."""
    return _pack(_A, gap=replace(_A, data=b"other").local())


def _member_inside_a_member() -> bytes:
    outer = _Member(b"outer", _A.local(), method=0)
    body, directory = outer.local(), outer.central(0) + _A.central(len(outer.local()) - len(_A.local()))
    return body + directory + _END.pack(b"PK\x05\x06", 0, 0, 2, 2, len(directory), len(body), 0)


def _counted(count: int) -> bytes:
    data = _pack(_A, _B)
    return data[:-22] + _END.pack(b"PK\x05\x06", 0, 0, count, count, *_END.unpack(data[-22:])[5:])


def _two_entries_of_one_member() -> bytes:
    body = _A.local()
    directory = _A.central(0) + replace(_A, name=b"OFD.xm2").central(0)
    return body + directory + _END.pack(b"PK\x05\x06", 0, 0, 2, 2, len(directory), len(body), 0)


def _quoted_overlap() -> bytes:
    """Quote the second local header as stored data of the first, which then ends with the second."""
    inner = _Member(b"b", b"content", method=0)
    outer = _Member(b"a", inner.local(), method=0)
    body = outer.local()
    directory = outer.central(0) + inner.central(len(body) - len(inner.local()))
    return body + directory + _END.pack(b"PK\x05\x06", 0, 0, 2, 2, len(directory), len(body), 0)


def _zip64_end() -> bytes:
    data = _pack(_A)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 0, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data) - _END.size, 1)
    return data[: -_END.size] + record + locator + data[-_END.size :]


_STRUCTURE: dict[str, tuple[bytes, str]] = {
    "prefix": (_pack(_A, _B, prefix=b"MZ" + bytes(30)), "ZIP_PREPENDED_DATA"),
    "one-byte-prefix": (_pack(_A, prefix=b"\x00"), "ZIP_PREPENDED_DATA"),
    "trailing-member": (_pack(_A, _B, tail=_A.local()), "ZIP_TRAILING_DATA"),
    "trailing-directory": (_pack(_A, _B, tail=_A.central(0)), "ZIP_TRAILING_DATA"),
    "trailing-zip64-end": (_pack(_A, _B, tail=b"PK\x06\x06"), "ZIP_TRAILING_DATA"),
    "much-trailing": (_pack(_A, _B, tail=bytes(MAX_TRAILING_BYTES + 1)), "ZIP_TRAILING_DATA"),
    "concatenated": (_pack(_A) + _pack(_B), "ZIP_MALFORMED"),
    "member-comment": (_pack(replace(_A, comment=b"c")), "ZIP_MALFORMED"),
    "two-entries-of-one-member": (_two_entries_of_one_member(), "ZIP_LOCAL_MISMATCH"),
    "quoted-overlap": (_quoted_overlap(), "ZIP_OVERLAP"),
    "zip64-end": (_zip64_end(), "ZIP_MALFORMED"),
    "second-end": (_pack(_A, tail=_pack()), "ZIP_MALFORMED"),
    "comment": (_commented(b"PK"), "ZIP_TRAILING_DATA"),
    "gap-before-directory": (_pack(_A, gap=b"\x00" * 8), "ZIP_GAP"),
    "gap-between-members": (_pack(replace(_A, trailer=b"hidden"), _B), "ZIP_GAP"),
    "hidden-member": (_hidden_member(), "ZIP_GAP"),
    "member-inside-a-member": (_member_inside_a_member(), "ZIP_OVERLAP"),
    "cut": (_pack(_A, _B)[:-1], "ZIP_MALFORMED"),
    "no-end": (_A.local(), "ZIP_MALFORMED"),
    "empty": (b"", "ZIP_MALFORMED"),
    "wrong-offset": (_pack(replace(_A, offset_shift=1)), "ZIP_MALFORMED"),
    "offset-behind-the-end": (_pack(replace(_A, offset_shift=100_000)), "ZIP_MALFORMED"),
    "count-too-small": (_counted(1), "ZIP_MALFORMED"),
    "count-too-large": (_counted(3), "ZIP_MALFORMED"),
}


@pytest.mark.parametrize(("data", "code"), _STRUCTURE.values(), ids=_STRUCTURE.keys())
def test_an_ambiguous_structure_is_refused(data: bytes, code: str) -> None:
    assert _code(data) == code


_LINK, _DEVICE, _FILE, _FOLDER = 0o120777, 0o020666, 0o100644, 0o040755
_UNICODE_PATH = (
    struct.pack("<2H", 0x7075, 12) + b"\x01" + struct.pack("<L", zlib.crc32(b"OFD.xml")) + b"Two.xml"
)

_LIES: dict[str, tuple[_Member, str]] = {
    "link": (replace(_A, mode=_LINK), "ZIP_NOT_A_FILE"),
    "device": (replace(_A, mode=_DEVICE), "ZIP_NOT_A_FILE"),
    "file-said-to-be-a-folder": (replace(_A, mode=_FOLDER), "ZIP_NOT_A_FILE"),
    "folder-said-to-be-a-file": (_Member(b"Doc_0/", b"", method=0, mode=_FILE), "ZIP_NOT_A_FILE"),
    "folder-with-content": (_Member(b"Doc_0/", b"hidden"), "ZIP_NOT_A_FILE"),
    "unicode-path-in-directory": (replace(_A, central_extra=_UNICODE_PATH), "ZIP_NAME_UNSAFE"),
    "unicode-path-in-local-header": (replace(_A, extra=_UNICODE_PATH), "ZIP_NAME_UNSAFE"),
    "strongly-encrypted": (replace(_A, flags=0x41), "ZIP_ENCRYPTED"),
    "masked-headers": (replace(_A, flags=0x2000), "ZIP_ENCRYPTED"),
    "patched": (replace(_A, flags=0x20), "ZIP_METHOD_REFUSED"),
    "not-utf8-as-it-says": (_Member("照".encode("gbk"), flags=0x800), "ZIP_NAME_UNSAFE"),
    "crc": (replace(_A, crc=1), "ZIP_CONTENT_MISMATCH"),
    "size-too-large": (replace(_A, size=len(_A.data) + 1), "ZIP_CONTENT_MISMATCH"),
    "size-too-small": (replace(_A, size=len(_A.data) - 1), "ZIP_CONTENT_MISMATCH"),
    "size-zero": (replace(_A, size=0), "ZIP_CONTENT_MISMATCH"),
    "stored-size": (replace(_A, method=0, size=3), "ZIP_CONTENT_MISMATCH"),
    "local-size": (replace(_A, local_size=3), "ZIP_LOCAL_MISMATCH"),
    "local-crc": (replace(_A, local_crc=3), "ZIP_LOCAL_MISMATCH"),
    "local-name": (replace(_A, local_name=b"OFD.xmx"), "ZIP_LOCAL_MISMATCH"),
    "local-longer-name": (replace(_A, local_name=b"OFD.xml2"), "ZIP_LOCAL_MISMATCH"),
    "local-method": (replace(_A, local_method=0), "ZIP_LOCAL_MISMATCH"),
    "local-flags": (replace(_A, central_flags=1), "ZIP_LOCAL_MISMATCH"),
    "compressed-too-large": (replace(_A, compressed=len(_A.stored) + 10), "ZIP_OVERLAP"),
    "compressed-too-small": (replace(_A, compressed=len(_A.stored) - 3), "ZIP_GAP"),
    "encrypted": (replace(_A, flags=1), "ZIP_ENCRYPTED"),
    "bzip2": (replace(_A, method=12, payload=_A.data), "ZIP_METHOD_REFUSED"),
    "lzma": (replace(_A, method=14, payload=_A.data), "ZIP_METHOD_REFUSED"),
    "deflate64": (replace(_A, method=9, payload=_A.data), "ZIP_METHOD_REFUSED"),
    "garbage": (replace(_A, payload=b"\xff" * 40), "ZIP_CONTENT_MISMATCH"),
    "bytes-behind-deflate": (replace(_A, payload=_A.stored + b"\x00"), "ZIP_CONTENT_MISMATCH"),
    "two-deflate-streams": (replace(_A, payload=_A.stored * 2), "ZIP_CONTENT_MISMATCH"),
    "cut-deflate": (replace(_A, payload=_A.stored[:-2]), "ZIP_CONTENT_MISMATCH"),
}


@pytest.mark.parametrize(("member", "code"), _LIES.values(), ids=_LIES.keys())
def test_a_lie_about_a_member_is_refused(member: _Member, code: str) -> None:
    assert _code(_pack(member)) == code


def test_plain_kinds_are_read() -> None:
    file, folder = replace(_A, mode=_FILE), _Member(b"Doc_0/", b"", method=0, mode=_FOLDER)
    assert read_package(_pack(file, folder)).members == {"OFD.xml": _A.data}


@pytest.mark.parametrize("tail", [b"", b"\x00", b"and more", bytes(MAX_TRAILING_BYTES)])
def test_trailing_bytes_are_counted(tail: bytes) -> None:
    package = read_package(_pack(_A, tail=tail))
    assert (package.members, package.trailing) == ({"OFD.xml": _A.data}, len(tail))


def test_a_data_descriptor_must_agree() -> None:
    body, (crc, compressed, size) = _A.stored, _A.numbers()
    head = _LOCAL.pack(b"PK\x03\x04", 20, 8, 8, 0, _DATE, 0, 0, 0, len(_A.name), 0) + _A.name + body

    def pack(descriptor: bytes) -> bytes:
        local, directory = head + descriptor, replace(_A, flags=8).central(0)
        return local + directory + _END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(local), 0)

    for benign in (_DESCRIPTOR, _DESCRIPTOR[4:]):
        assert read_package(pack(benign)).members == {"OFD.xml": _A.data}
    for lie in ((crc ^ 1, compressed, size), (crc, compressed + 1, size), (crc, compressed, size + 1)):
        assert _code(pack(struct.pack("<4s3L", b"PK\x07\x08", *lie))) == "ZIP_LOCAL_MISMATCH"
    assert _code(pack(b"")) == "ZIP_LOCAL_MISMATCH"
    assert _code(pack(_DESCRIPTOR + b"\x00")) == "ZIP_GAP"


def test_zip64_sizes_that_would_fit_must_be_alone() -> None:
    _, compressed, size = _A.numbers()
    plain = struct.pack("<2H2Q", 1, 16, size, compressed)

    def pack(extra: bytes) -> bytes:
        fields = (0xFFFFFFFF, 0xFFFFFFFF, len(_A.name), len(extra))
        head = _LOCAL.pack(b"PK\x03\x04", 45, 0, 8, 0, _DATE, _A.numbers()[0], *fields)
        local, directory = head + _A.name + extra + _A.stored, _A.central(0)
        return local + directory + _END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(local), 0)

    assert read_package(pack(plain)).members == {"OFD.xml": _A.data}
    for lie in (
        struct.pack("<2H2Q", 1, 16, size + 1, compressed),
        struct.pack("<2H2Q", 1, 16, size, compressed + 1),
        struct.pack("<2H2Q", 2, 16, size, compressed),
        plain + plain,
        b"",
    ):
        assert _code(pack(lie)) == "ZIP_LOCAL_MISMATCH"


def test_a_ratio_beyond_the_limit_is_refused() -> None:
    mebibyte = 1024 * 1024
    assert read_package(_pack(_Member(b"small", bytes(mebibyte)))).members == {"small": bytes(mebibyte)}
    assert _code(_pack(_Member(b"bomb", bytes(mebibyte + 1)))) == "ZIP_BOMB"


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    members = [_Member(f"m{i}".encode(), b"x", size=150 * 1024 * 1024) for i in range(2)]
    assert _code(_pack(*members)) == "ZIP_BOMB"


def test_a_small_declared_size_does_not_open_a_bomb() -> None:
    assert _code(_pack(replace(_Member(b"bomb", bytes(50 * 1024 * 1024)), size=10))) == "ZIP_CONTENT_MISMATCH"


def test_too_many_entries_are_refused() -> None:
    members = [_Member(f"m{i}".encode(), b"", method=0) for i in range(MAX_ZIP_ENTRIES + 1)]
    assert len(read_package(_pack(*members[:-1])).members) == MAX_ZIP_ENTRIES
    assert _code(_pack(*members)) == "ZIP_TOO_MANY_ENTRIES"


def test_a_genuine_sample_is_read_as_the_standard_library_reads_it(samples_dir: Path) -> None:
    data = (samples_dir / Twin.GENUINE / "business-license.ofd").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert read_package(data).members == {name: archive.read(name) for name in archive.namelist()}


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_any_damage_is_read_or_refused(patch: bytes, at: int) -> None:
    data = bytearray(_pack(_A, _B))
    data[at : at + len(patch)] = patch
    try:
        read_package(bytes(data))
    except FormatError as error:
        assert error.code.startswith("ZIP_")  # noqa: PT017 - either way is right; another error is not
