"""A file that costs much to read, or is packed to mislead, is refused: 5 s of CPU and 512 MB at the most.

Each runs in a process of its own under hard limits, and has to answer with the stated code.
"""

from __future__ import annotations

import multiprocessing
import resource
import struct
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from multiprocessing.connection import Connection

import pytest

from license_service.demo.pdf import PdfSigning, add_document_timestamp, add_security_store, sign_pdf
from license_service.demo.pki import DemoPki
from license_service.verification.document import FormatError
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.limits import MAX_PDF_REVISIONS

Append = Callable[..., bytes]

_CPU_SECONDS = 5
_MEGABYTES = 512
_HEAD = b"%PDF-1.7\n"
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def _file(objects: Mapping[int, bytes], trailer: bytes = b"", begin: bytes = b"") -> bytes:
    body, offsets = bytearray(_HEAD + begin), {}
    for number, text in objects.items():
        offsets[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(body)
    body += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in offsets.items():
        body += b"%d 1\n%010d 00000 n \n" % (number, offset)
    size = max(objects) + 1
    body += b"trailer\n<< /Root 1 0 R /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(body)


def _stream(data: bytes, entries: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (entries, len(packed), packed)


def _xref_stream_file(
    objects: Mapping[int, bytes],
    packed: Mapping[int, tuple[int, int]],
    entries: bytes = b"",
    root: int = 1,
) -> bytes:
    """Write a file with a cross-reference stream; `packed` maps objects to their stream and index."""
    body, rows = bytearray(_HEAD), {}
    for number, text in objects.items():
        rows[number] = struct.pack(">BIH", 1, len(body), 0)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    rows |= {number: struct.pack(">BIH", 2, *place) for number, place in packed.items()}
    start, own = len(body), max(rows) + 1
    rows[own] = struct.pack(">BIH", 1, start, 0)
    index = b" ".join(b"%d 1" % number for number in sorted(rows))
    data = b"".join(rows[number] for number in sorted(rows))
    head = entries or b"/W [1 4 2] /Index [%s]" % index
    text = _stream(data, b"/Type /XRef /Root %d 0 R /Size %d %s" % (root, own + 1, head))
    body += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (own, text, start)
    return bytes(body)


def _object_stream(members: Mapping[int, bytes]) -> bytes:
    header, body = b"", b""
    for number, text in members.items():
        header += b"%d %d " % (number, len(body))
        body += text + b" "
    return _stream(header + body, b"/Type /ObjStm /N %d /First %d" % (len(members), len(header)))


def _chain_of_tables(count: int) -> bytes:
    body, previous = bytearray(_HEAD), b""
    body += b"1 0 obj\n" + _CATALOG + b"\nendobj\n"
    for _ in range(count):
        start = len(body)
        body += b"xref\n1 1\n%010d 00000 n \ntrailer\n<< /Root 1 0 R /Size 2 %s >>\n" % (len(_HEAD), previous)
        body += b"startxref\n%d\n%%%%EOF\n" % start
        previous = b"/Prev %d" % start
    return bytes(body)


def _doubling(levels: int) -> bytes:
    """Make objects that each name the next one twice: 2^levels ways to the last."""
    return _file(
        {
            1: b"<< /Type /Catalog /AcroForm << /Fields [ 3 0 R ] >> >>",
            **{n: b"<< /T (x) /Kids [ %d 0 R %d 0 R ] >>" % (n + 1, n + 1) for n in range(3, 3 + levels)},
            3 + levels: b"<< /T (x) >>",
        }
    )


def _packed(data: bytes) -> bytes:
    return _stream(data, b"/Type /ObjStm /N 1 /First 4")


def _many_packed(last: int) -> bytes:
    """Pack a chain of fields into one stream: to find each, its header is read from the start."""
    chain = {n: b"<< /T (x) /Kids [ %d 0 R ] >>" % (n + 1) for n in range(99, last)}
    stream = _object_stream({1: b"<< /AcroForm << /Fields [ 99 0 R ] >> >>", **chain})
    return _xref_stream_file({3: stream}, {1: (3, 0), **{n: (3, n - 98) for n in chain}})


_FILTERED = b"<< /Type /ObjStm /N 1 /First 4 /Filter [%s] /Length 2 >>\nstream\n~>\nendstream" % (
    b"/A85 " * 50
)
_SIGNATURE = _object_stream(
    {
        90: b"<< /Type /Catalog /AcroForm << /Fields [ 91 0 R ] >> >>",
        91: b"<< /FT /Sig /T (Issuer) /V 92 0 R >>",
        92: b"<< /Type /Sig /ByteRange [ 0 9 99 9 ] /Contents <3003020100> >>",
    }
)

_BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "entries-of-no-width": (
        lambda: _xref_stream_file({1: _CATALOG}, {}, b"/W [0 0 0] /Index [0 1000000000]"), "PDF_MALFORMED",
    ),
    "entries-of-negative-width": (
        lambda: _xref_stream_file({1: _CATALOG}, {}, b"/W [-1 0 0] /Index [0 1000000000]"), "PDF_MALFORMED",
    ),
    "entries-that-cancel-out": (
        lambda: _xref_stream_file({1: _CATALOG}, {}, b"/W [1 0 0] /Index [0 %d %d -%d]" % ((10**9,) * 3)),
        "PDF_TOO_COMPLEX",
    ),
    "a-million-entries": (
        lambda: _file({1: _CATALOG}, b"", b"").replace(
            b"trailer", b"2 1000000\n" + b"0000000009 00000 n \n" * 1_000_000 + b"trailer"
        ),
        "PDF_TOO_COMPLEX",
    ),
    "a-million-pages": (
        lambda: _file({1: _CATALOG, 2: b"<< /Kids [ %s ] >>" % (b"3 0 R " * 1_000_000)}), "OK",  # never read
    ),
    "a-million-fields": (
        lambda: _file({1: b"<< /AcroForm << /Fields [ %s ] >> >>" % (b"3 0 R " * 1_000_000)}),
        "PDF_TOO_COMPLEX",
    ),
    "a-long-array": (lambda: _file({1: b"[ " + b"0 " * 9_000_000 + b"]"}), "PDF_TOO_COMPLEX"),
    "a-long-text": (lambda: _file({1: b"<< /A (" + b"x" * 19_000_000 + b") >>"}), "PDF_TOO_COMPLEX"),
    "deep": (lambda: _file({1: b"[" * 1_000_000 + b"]" * 1_000_000}), "PDF_TOO_COMPLEX"),
    "never-closed": (lambda: _file({1: b"<< /A (" + b"(" * 9_000_000}), "PDF_MALFORMED"),
    "doubling-fields": (lambda: _doubling(40), "PDF_FORM_MALFORMED"),
    "revisions": (lambda: _chain_of_tables(MAX_PDF_REVISIONS + 1), "PDF_TOO_COMPLEX"),
    "packed-flate": (
        lambda: _xref_stream_file({3: _packed(b"1 0 " + b" " * 100_000_000)}, {1: (3, 0)}), "PDF_MALFORMED",
    ),
    "packed-many": (lambda: _many_packed(5_000), "PDF_TOO_COMPLEX"),
    "packed-comment": (
        lambda: _xref_stream_file({3: _packed(b"1 0 %comment")}, {1: (3, 0)}), "PDF_MALFORMED",
    ),
    "packed-twice": (
        lambda: _xref_stream_file(
            {3: _stream(b"1 0 1 6 << >> << >>", b"/Type /ObjStm /N 2 /First 8")}, {1: (3, 0)}
        ),
        "PDF_OBJECT_STREAM",
    ),
    "packed-signature": (
        lambda: _xref_stream_file({3: _SIGNATURE}, {n: (3, n - 90) for n in (90, 91, 92)}, root=90),
        "PDF_SIGNATURE_MISPLACED",
    ),
    "packed-with-filters": (
        lambda: _xref_stream_file({3: _FILTERED}, {1: (3, 0)}), "PDF_FILTER_REFUSED",
    ),
}  # fmt: skip


def _parse_within_limits(data: bytes, sender: Connection) -> None:
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    resource.setrlimit(resource.RLIMIT_CPU, (int(began) + _CPU_SECONDS + 1,) * 2)
    try:
        parse_pdf(data)
        code = "OK"
    except FormatError as error:
        code = error.code
    used = resource.getrusage(resource.RUSAGE_SELF)
    sender.send((code, used.ru_utime - began, used.ru_maxrss // 1024))


def _measure(data: bytes) -> str:
    """Return the code a file is answered with; fail if that took too much."""
    context = multiprocessing.get_context("fork")  # starting anew would cost more than most bombs
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_parse_within_limits, args=(data, sender))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    code, seconds, megabytes = receiver.recv()
    assert seconds <= _CPU_SECONDS
    assert megabytes <= _MEGABYTES
    return str(code)


@pytest.mark.parametrize(("make", "code"), _BOMBS.values(), ids=_BOMBS)
def test_a_bomb_is_refused_in_time(make: Callable[[], bytes], code: str) -> None:
    assert _measure(make()) == code


def _doubling_below(catalog: bytes, levels: int) -> dict[int, bytes]:
    """Hang a graph under the catalog in which there are 2^levels ways to the last object."""
    links = {n: b"[ %d 0 R %d 0 R ]" % (n + 1, n + 1) for n in range(100, 100 + levels)}
    return {1: catalog.replace(b">>", b"/PieceInfo 100 0 R >>"), **links, 100 + levels: b"<< >>"}


@pytest.mark.parametrize(("levels", "code"), [(3, "OK"), (40, "PDF_TOO_COMPLEX")])
def test_a_graph_with_many_ways_is_refused_where_it_is_compared(
    levels: int, code: str, page: bytes, signing: PdfSigning, signed_at: datetime,
    append: Append, object_text: Callable[[bytes, int], bytes],
) -> None:  # fmt: skip
    prepared = append(page, _doubling_below(object_text(page, 1), levels))
    signed = sign_pdf(prepared, signing, signed_at)
    assert _measure(signed) == "OK"
    store = object_text(signed, 1).replace(b"/Pages", b"/DSS << /Certs [ 98 0 R ] >> /Pages")
    stored = append(signed, {1: store, 98: b"<< /Length 0 >>\nstream\n\nendstream"})
    assert _measure(stored) == code


@pytest.mark.parametrize(("width", "code"), [(1, "OK"), (200, "PDF_TOO_COMPLEX")])
def test_a_wide_name_tree_is_refused(
    width: int,
    code: str,
    page: bytes,
    signing: PdfSigning,
    signed_at: datetime,
    append: Append,
) -> None:
    kids = {n: b"<< /Kids [ %s ] >>" % (b"%d 0 R " % (n + 1) * width) for n in range(100, 106)}
    tree = {6: b"<< /EmbeddedFiles 100 0 R >>", **kids, 106: b"<< /Names [ ] >>"}
    assert b"/Names 6 0 R" in page
    assert _measure(sign_pdf(append(page, tree), signing, signed_at)) == code


def test_a_long_document_with_archive_data_is_read(
    page: bytes, signing: PdfSigning, signed_at: datetime, pki: DemoPki, append: Append
) -> None:
    # Sixty pages with a few objects each: far more than a license has.
    kids = b" ".join(b"%d 0 R" % n for n in range(100, 160))
    pages = {
        n: b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] /Contents %d 0 R >>" % (n + 100)
        for n in range(100, 160)
    }
    contents = dict.fromkeys(range(200, 260), b"<< /Length 2000 >>\nstream\n" + b" " * 2000 + b"\nendstream")
    long = append(page, {2: b"<< /Type /Pages /Count 61 /Kids [ 4 0 R %s ] >>" % kids, **pages, **contents})
    signed = sign_pdf(long, signing, signed_at)
    stored = add_security_store(signed, (pki["tsa"].certificate,), ())
    data = add_document_timestamp(stored, pki.authority("tsa", signed_at))
    assert parse_pdf(data).signatures[0].uncovered == ()
    assert _measure(data) == "OK"
