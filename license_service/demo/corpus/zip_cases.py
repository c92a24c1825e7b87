"""Attacks on the zip around an OFD: two readers would see two packages.

Clause: APPNOTE.TXT 6.3.10; GB/T 33190-2016, 6.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

from license_service.demo.corpus.package import PAGE, ROOT, Kit, Recipe, build, document
from license_service.demo.corpus.suite import Input, Row, good
from license_service.demo.corpus.zip_writer import (
    HAS_DESCRIPTOR,
    STORED,
    UTF8,
    Entry,
    Frame,
    Numbers,
    deflate,
    entries_of,
    write_zip,
)

Entries = list[Entry]
Arrange = Callable[[Entries], Entries]
ChangeEntry = Callable[[Entry], Entry]
_PAGE, _ROOT = PAGE.encode(), ROOT.encode()
_MEGABYTE = 1024 * 1024
_SAME, _UNSAFE = ("ZIP_DUPLICATE_NAME",), ("ZIP_NAME_UNSAFE", "UNCOVERED_PARTS")
_MISMATCH, _CONTENT = ("ZIP_LOCAL_MISMATCH",), ("ZIP_CONTENT_MISMATCH",)
_LAYOUT = ("ZIP_GAP", "ZIP_OVERLAP", "ZIP_MALFORMED")
_EVIL = b'<?xml version="1.0"?><ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"/>'


def arranged(
    arrange: Arrange, frame: Callable[[Entries], Frame] = lambda _: Frame()
) -> Callable[[Kit], Input]:
    """Publish the genuine package with its entries arranged in another way."""

    def make(kit: Kit) -> Input:
        entries = arrange(entries_of(build(kit, Recipe())))
        return document(write_zip(entries, frame(entries)))

    return make


def framed(frame: Callable[[Entries], Frame]) -> Callable[[Kit], Input]:
    """Publish the genuine package in another frame."""
    return arranged(list, frame)


def page(change: ChangeEntry) -> Callable[[Kit], Input]:
    """Publish the genuine package with the page's entry changed."""
    return arranged(lambda entries: [change(e) if e.name == _PAGE else e for e in entries])


def _every(change: ChangeEntry) -> Callable[[Kit], Input]:
    return arranged(lambda entries: [change(entry) for entry in entries])


def added(*more: Entry, first: bool = False) -> Callable[[Kit], Input]:
    """Publish the genuine package with entries added."""
    return arranged(lambda entries: [*more, *entries] if first else [*entries, *more])


def _whole(change: Callable[[bytes], bytes]) -> Callable[[Kit], Input]:
    return lambda kit: document(change(write_zip(entries_of(build(kit, Recipe())))))


def _with_descriptor(entry: Entry, magic: bytes = b"PK\x07\x08", numbers: Numbers | None = None) -> Entry:
    told = numbers or entry.numbers
    return replace(
        entry, flags=HAS_DESCRIPTOR, local_numbers=(0, 0, 0), behind=magic + struct.pack("<3L", *told)
    )


def _wrong_sum(entry: Entry) -> Entry:
    crc, compressed, size = entry.numbers
    return _with_descriptor(entry, numbers=(crc ^ 1, compressed, size))


def _numbers(crc: int = 0, compressed: int = 0, size: int = 0) -> Callable[[Entry], Numbers]:
    return lambda entry: (entry.numbers[0] ^ crc, entry.numbers[1] + compressed, entry.numbers[2] + size)


def _both(numbers: Callable[[Entry], Numbers]) -> ChangeEntry:
    return lambda entry: replace(entry, central_numbers=numbers(entry), local_numbers=numbers(entry))


def _local(numbers: Callable[[Entry], Numbers]) -> ChangeEntry:
    return lambda entry: replace(entry, local_numbers=numbers(entry))


def _genuine() -> Iterator[Row[Kit]]:
    yield good("genuine", arranged(list))
    yield good("members in reverse order", arranged(lambda entries: entries[::-1]))
    yield good("members stored", _every(lambda entry: replace(entry, method=STORED)))
    yield good("descriptors that agree", _every(_with_descriptor))
    yield good("descriptors without their mark", _every(lambda entry: _with_descriptor(entry, b"")))
    yield good("names flagged as UTF-8", _every(lambda entry: replace(entry, flags=UTF8)))
    yield good("a folder's entry", added(Entry(b"Doc_0/", b"", STORED), first=True))


_TWO_NAMES: dict[str, bytes] = {
    "page twice": _PAGE,
    "page in lower case": _PAGE.lower(),
    "page in upper case": _PAGE.upper(),
    "page in other cases": _PAGE.swapcase(),
    "page as a folder": _PAGE + b"/",
}
_NAMES: dict[str, bytes] = {
    "empty name": b"",
    "absolute name": b"/" + _PAGE,
    "name that leaves the package": b"../" + _ROOT,
    "name that leaves a folder": b"Doc_0/../" + _ROOT,
    "name that stays in a folder": b"./" + _ROOT,
    "name with two slashes": _PAGE.replace(b"/", b"//", 1),
    "name with back-slashes": _PAGE.replace(b"/", b"\\"),
    "name with a back-slash": b"Doc_0\\evil.xml",
    "name with a zero octet": _ROOT + b"\0.png",
    "name with a line end": b"OFD.xml\n",
    "name that is no text": b"\xff\xfe\xfd",
    "name with a drive": b"C:/OFD.xml",
    "name with a blank behind": _ROOT + b" ",
    "name with a dot behind": _ROOT + b".",
    "name with a zero-width blank": "OFD\u200b.xml".encode(),
    "name written from right to left": "OFD\u202elmx.".encode(),
    "name in full-width letters": "ＯＦＤ.xml".encode(),
    "name of two dots": b"..",
    "name of 5,000 octets": b"a" * 5000,
    "name of a device": b"Doc_0/CON",
    "stream of a file": _ROOT + b"::$DATA",
}


def _name_rows() -> Iterator[Row[Kit]]:
    for first in (False, True):
        place = "before" if first else "behind"
        for name, other in _TWO_NAMES.items():
            entry = Entry(other, b"" if other.endswith(b"/") else _EVIL, STORED)
            yield Row(f"{name}, {place}", "DuplicateName", added(entry, first=first), _SAME)
    yield Row(
        "composed and decomposed name",
        "DuplicateName",
        added(Entry("é.xml".encode(), _EVIL, flags=UTF8), Entry("e\u0301.xml".encode(), _EVIL, flags=UTF8)),
        _SAME,
    )
    for name, other in _NAMES.items():
        yield Row(name, "UnsafeName", added(Entry(other, _EVIL)), _UNSAFE, twin="a folder's entry")
    local = ("ZIP_LOCAL_MISMATCH", "ZIP_NAME_UNSAFE")
    for name, change in {
        "local name differs": lambda e: replace(e, local_name=b"Doc_0/Pages/Page_0/Content.xmm"),
        "local name longer": lambda e: replace(e, local_name=e.name + b"x"),
        "local name empty": lambda e: replace(e, local_name=b""),
        "local name in another case": lambda e: replace(e, local_name=e.name.upper()),
    }.items():
        yield Row(name, "LocalMismatch", page(change), local)
    second = struct.pack("<2HBL", 0x7075, 5 + 7, 1, 0) + _ROOT
    yield Row("a second name", "UnsafeName", page(lambda e: replace(e, central_extra=second)), _UNSAFE)
    in_header = page(lambda e: replace(e, local_extra=second))
    yield Row("a second name in the member's header", "UnsafeName", in_header, _UNSAFE)


_FRAMES: dict[str, Callable[[Entries], Frame]] = {
    "an octet before": lambda _: Frame(before=b"\0"),
    "an octet before, offsets as without it": lambda _: Frame(before=b"\0", moved=True),
    "a program before": lambda _: Frame(before=b"MZ" + bytes(62)),
    "a script before": lambda _: Frame(before=b"#!/bin/sh\nexit 0\n", moved=True),
    "a PDF before": lambda _: Frame(before=b"%PDF-1.7\n", moved=True),
    "a page of HTML before": lambda _: Frame(before=b"<html><script>", moved=True),
    "a JPEG before": lambda _: Frame(before=b"\xff\xd8\xff\xe0" + bytes(16), moved=True),
    "an OFD before": lambda e: Frame(before=write_zip(e), moved=True),
    "an octet behind": lambda _: Frame(behind=b"\0"),
    "text behind": lambda _: Frame(behind=b"and more"),
    "a PDF behind": lambda _: Frame(behind=b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
    "an OFD behind": lambda e: Frame(behind=write_zip(e)),
    "an empty zip behind": lambda _: Frame(behind=write_zip([])),
    "a comment": lambda _: Frame(comment=b"comment"),
    "a comment that is a zip": lambda _: Frame(comment=write_zip([])),
    "a comment announced and not there": lambda _: Frame(comment_length=9),
    "a gap before the directory": lambda _: Frame(gap=bytes(16)),
    "a member that only a streaming reader sees": lambda _: Frame(gap=Entry(_PAGE, _EVIL).local()),
    "bytes behind the directory": lambda _: Frame(behind_directory=bytes(8)),
    "an entry behind the directory": lambda e: Frame(behind_directory=e[0].central(0)),
    "ZIP64 records": lambda _: Frame(behind_directory=b"PK\x06\x06" + bytes(52) + b"PK\x06\x07" + bytes(16)),
    "a directory signature": lambda _: Frame(behind_directory=b"PK\x05\x05\x02\x00ab"),
    "one entry too few counted": lambda _: Frame(count=-1),
    "one entry too many counted": lambda _: Frame(count=1),
    "many disks": lambda _: Frame(disk=1),
}  # fmt: skip
_FRAME_CODES = ("ZIP_PREPENDED_DATA", "ZIP_TRAILING_DATA", "ZIP_GAP", "ZIP_MALFORMED", "FORMAT_UNKNOWN")


def _frame_rows() -> Iterator[Row[Kit]]:
    for name, frame in _FRAMES.items():
        polyglot = " PDF" in name or any(word in name for word in ("program", "script", "HTML", "JPEG"))
        codes = () if polyglot else _FRAME_CODES
        yield Row(name, "Polyglot" if polyglot else "Frame", framed(frame), codes)
    hidden = Entry(b"hidden.xml", _EVIL, listed=False)
    yield Row("a member that is not listed", "Frame", added(hidden), _LAYOUT)
    yield Row("a member before all that is not listed", "Frame", added(hidden, first=True), ())
    yield Row("cut behind the members", "Frame", _whole(lambda data: data[: data.rfind(b"PK\x01\x02")]), ())
    yield Row("cut by an octet", "Frame", _whole(lambda data: data[:-1]), ("ZIP_MALFORMED",))
    yield Row("cut in half", "Frame", _whole(lambda data: data[: len(data) // 2]), ("ZIP_MALFORMED",))
    yield Row("twice", "Frame", _whole(lambda data: data * 2), ())
    yield Row("its directory alone", "Frame", _whole(lambda data: data[data.find(b"PK\x01\x02") :]), ())
    yield Row("no member", "Frame", arranged(lambda _: []), ())


def _overlap_rows() -> Iterator[Row[Kit]]:
    def inside(entries: Entries) -> Entries:
        """Put a second page into the bytes of a stored member, and list both."""
        inner = Entry(b"inner.xml", _EVIL, STORED)
        outer = Entry(b"outer.xml", inner.local(), STORED)
        shift = len(inner.local()) * -1
        return [*entries, outer, replace(inner, shift=shift, magic=b"", listed=True, payload=b"")]

    yield Row("a member inside a member", "Overlap", arranged(inside), ())
    for name, shift in {"an octet too early": -1, "an octet too late": 1, "far behind": 10**6}.items():
        yield Row(f"page's offset {name}", "Overlap", page(_shifted(shift)), _LAYOUT)
    for name, change in {
        "bytes behind the page": lambda e: replace(e, behind=b"hidden"),
        "page's bytes longer than said": _longer,
        "page's mark broken": lambda e: replace(e, magic=b"PK\x03\x05"),
        "page's mark in the directory broken": lambda e: replace(e, central_magic=b"PK\x01\x03"),
    }.items():
        yield Row(name, "Overlap", page(change), _LAYOUT)


def _shifted(shift: int) -> ChangeEntry:
    return lambda entry: replace(entry, shift=shift)


def _longer(entry: Entry) -> Entry:
    said = entry.numbers
    return replace(entry, payload=entry.stored + b"\0", local_numbers=said, central_numbers=said)


_LIES: dict[str, tuple[ChangeEntry, tuple[str, ...]]] = {
    "checksum wrong": (_both(_numbers(crc=1)), _CONTENT),
    "checksum wrong in the member's header": (_local(_numbers(crc=1)), _MISMATCH),
    "size one too large": (_both(_numbers(size=1)), _CONTENT),
    "size one too small": (_both(_numbers(size=-1)), _CONTENT),
    "size too large in the member's header": (_local(_numbers(size=1)), _MISMATCH),
    "size of bytes one too large": (_both(_numbers(compressed=1)), ()),
    "size of bytes one too small": (_both(_numbers(compressed=-1)), ()),
    "size of bytes wrong in the member's header": (_local(_numbers(compressed=9)), _MISMATCH),
    "all zero in the member's header": (lambda e: replace(e, local_numbers=(0, 0, 0)), _MISMATCH),
    "descriptor with another checksum": (_wrong_sum, _MISMATCH),
    "descriptor announced and not there": (
        lambda e: replace(e, flags=HAS_DESCRIPTOR, local_numbers=(0, 0, 0)),
        (),
    ),
    "descriptor in the member's header alone": (
        lambda e: replace(_with_descriptor(e), flags=0, local_flags=HAS_DESCRIPTOR),
        _MISMATCH,
    ),
    "encrypted": (lambda e: replace(e, flags=1), ("ZIP_ENCRYPTED",)),
    "encrypted in the member's header alone": (lambda e: replace(e, local_flags=1), _MISMATCH),
    "encrypted strongly": (lambda e: replace(e, flags=0x41), ("ZIP_ENCRYPTED",)),
    "stored in the member's header alone": (lambda e: replace(e, local_method=STORED), _MISMATCH),
    "deflated, called stored": (lambda e: replace(e, method=STORED, payload=deflate(e.data)), ()),
    "stored, called deflated": (lambda e: replace(e, payload=e.data), _CONTENT),
    "bytes behind the deflated ones": (lambda e: replace(e, payload=e.stored + b"\0"), _CONTENT),
    "deflated twice in a row": (lambda e: replace(e, payload=e.stored * 2), _CONTENT),
    "deflated, cut": (lambda e: replace(e, payload=e.stored[:-4]), _CONTENT),
    "no bytes": (lambda e: replace(e, payload=b""), _CONTENT),
    "deflate of zlib": (lambda e: replace(e, payload=b"\x78\x9c" + e.stored), _CONTENT),
}
_METHODS = {"shrunk": 1, "imploded": 6, "Deflate64": 9, "BZIP2": 12, "LZMA": 14, "Zstandard": 93, "XZ": 95,
            "AES": 99, "no method": 65535}  # fmt: skip


def _lie_rows() -> Iterator[Row[Kit]]:
    for name, (change, codes) in _LIES.items():
        yield Row(f"page: {name}", "Lie", page(change), codes)
    for name, method in _METHODS.items():
        yield Row(f"page: {name}", "Method", page(_by_method(method)), ("ZIP_METHOD_REFUSED",))


def _by_method(method: int) -> ChangeEntry:
    return lambda entry: replace(entry, method=method, payload=entry.data)


def _bomb_rows() -> Iterator[Row[Kit]]:
    many, bomb = ("ZIP_TOO_MANY_ENTRIES",), ("ZIP_BOMB", "ZIP_CONTENT_MISMATCH")
    blank = deflate(bytes(8 * _MEGABYTE))
    small = Entry(b"bomb", bytes(8 * _MEGABYTE), payload=blank)
    forged = replace(small, central_numbers=(0, len(blank), 9), local_numbers=(0, len(blank), 9))
    huge = (1, len(blank), 2**32 - 2)
    nested = write_zip([Entry(b"bomb", bytes(_MEGABYTE))])
    empty = tuple(Entry(f"{i}".encode(), b"", STORED) for i in range(1001))
    for name, make, codes in (
        ("8 MB of zeros", added(small), bomb),
        ("8 MB of zeros that say 9", added(forged), bomb),
        ("4 GB said", added(replace(small, central_numbers=huge, local_numbers=huge)), bomb),
        ("1,001 more members", added(*empty), many),
        ("a zip inside", added(Entry(b"inner.zip", nested, STORED)), ("UNCOVERED_PARTS",)),
    ):
        yield Row(name, "Bomb", make, codes)


def zip_rows() -> tuple[Row[Kit], ...]:
    """Return every row on the zip."""
    return (*_genuine(), *_name_rows(), *_frame_rows(), *_overlap_rows(), *_lie_rows(), *_bomb_rows())
