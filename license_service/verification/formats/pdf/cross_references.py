"""Walk the chain of cross-reference sections before pyHanko reads their entries.

A cross-reference stream may announce a thousand million entries of no width, and a table may lead
outside the file. What is walked here is bounded, lies inside, and is the same chain for every reader.
Clause: ISO 32000-2, 7.5.4, 7.5.5 and 7.5.8.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils import generic

from license_service.verification.document import FormatError
from license_service.verification.formats.pdf.lexer import find_extent
from license_service.verification.limits import MAX_PDF_OBJECTS, MAX_PDF_REVISIONS, MAX_PDF_WORK

REVISION_END = re.compile(rb"startxref[\t\r\n ]+(\d{1,10})[\t\r\n ]+%%EOF(?:\r\n|\r|\n)?")
FLATE = "/FlateDecode"
_TAIL = 64
_SPACE = re.compile(rb"[\0\t\n\f\r ]*")
_HEADER = re.compile(rb"\d{1,10}[\t\r\n ]+\d{1,5}[\t\r\n ]+obj\b[\t\r\n ]*")
_SUBSECTION = re.compile(rb"[\0\t\n\f\r ]*(\d{1,10}) (\d{1,10})[\t\r\n ]*")
_ENTRY = re.compile(rb"\d{10} \d{5} [nf](?: \r| \n|\r\n|\r|\n)")
_WIDTHS, _WIDEST = 3, 8


def walk_cross_references(data: bytes) -> tuple[int, ...]:
    """Return where each section begins, newest first.

    Raises:
        FormatError: `PDF_MALFORMED`, `PDF_TOO_COMPLEX`, or `PDF_HYBRID_XREF` where readers that know
            /XRefStm and readers that do not would see different objects (7.5.8.4).
    """
    position: int | None = _last_section(data)
    found: list[int] = []
    entries = 0
    while position is not None:
        if position in found or position >= len(data):
            raise FormatError("PDF_XREF_OUTSIDE")
        if len(found) == MAX_PDF_REVISIONS:
            raise FormatError("PDF_TOO_COMPLEX", "revisions")
        found.append(position)
        count, dictionary = _section(data, position)
        entries += count
        if entries > MAX_PDF_OBJECTS:
            raise FormatError("PDF_TOO_COMPLEX", "objects")
        position = _previous(dictionary)
    return tuple(found)


def read_dictionary(data: bytes, begin: int) -> dict[str, Any]:
    """Read a dictionary of direct values alone.

    Raises:
        FormatError: if it does not end; pyHanko raises more.
    """
    extent = find_extent(data, begin, MAX_PDF_WORK)
    text = io.BytesIO(data[begin : extent.end] + b"\nendobj")
    dictionary: dict[str, Any] = generic.DictionaryObject.read_from_stream(text, generic.Reference(0, 0))
    return dictionary


def _last_section(data: bytes) -> int:
    tail = REVISION_END.search(data, max(0, len(data) - _TAIL))
    if tail is None or tail.end() != len(data):
        raise FormatError("PDF_MALFORMED", "no end of file")
    return int(tail[1])


def _section(data: bytes, position: int) -> tuple[int, dict[str, Any]]:
    begin = _space(data, position)
    if data.startswith(b"xref", begin):
        count, trailer = _table(data, begin + len(b"xref"))
        dictionary = read_dictionary(data, _space(data, trailer + len(b"trailer")))
        if "/XRefStm" in dictionary:
            raise FormatError("PDF_HYBRID_XREF")
        return count, dictionary
    header = _HEADER.match(data, begin)
    if header is None:
        raise FormatError("PDF_XREF_OUTSIDE")
    dictionary = read_dictionary(data, header.end())
    return _announced(dictionary), dictionary


def _table(data: bytes, position: int) -> tuple[int, int]:
    """Count the entries of a table, no object twice; return where its trailer stands."""
    ranges, total = [], 0
    while not data.startswith(b"trailer", position):
        head = _SUBSECTION.match(data, position)
        if head is None:
            raise FormatError("PDF_MALFORMED", "cross-reference table")
        first, count, position = int(head[1]), int(head[2]), head.end()
        ranges.append((first, first + count))
        total += count
        if total > MAX_PDF_OBJECTS:
            raise FormatError("PDF_TOO_COMPLEX", "objects")
        for _ in range(count):
            line = _ENTRY.match(data, position)
            if line is None:
                raise FormatError("PDF_MALFORMED", "cross-reference table")
            position = line.end()
        position = _space(data, position)
    _require_apart(sorted(ranges))
    return total, position


def _require_apart(ranges: list[tuple[int, int]]) -> None:
    """Refuse an object that is listed twice: one reader takes the first place, one the last (7.5.4)."""
    if any(begin < end for (_, end), (begin, _) in pairwise(ranges)):
        raise FormatError("PDF_XREF_REPEATED")


def _announced(stream: dict[str, Any]) -> int:
    widths, index = stream.get("/W", []), stream.get("/Index", [0, stream.get("/Size")])
    if not _all_sizes(widths, _WIDEST) or len(widths) != _WIDTHS or not any(widths):
        raise FormatError("PDF_MALFORMED", "/W")
    if not _all_sizes(index, MAX_PDF_OBJECTS) or stream.get("/Filter", FLATE) != FLATE:
        raise FormatError("PDF_TOO_COMPLEX", "/Index")
    numbers = list(index)
    firsts, counts = numbers[::2], numbers[1::2]
    _require_apart([(first, first + count) for first, count in zip(firsts, counts, strict=True)])
    return sum(counts)


def _all_sizes(values: Any, largest: int) -> bool:  # noqa: ANN401 - pyHanko's objects
    return isinstance(values, Sequence) and all(
        isinstance(value, int) and 0 <= value <= largest for value in values
    )


def _previous(dictionary: dict[str, Any]) -> int | None:
    previous = dictionary.get("/Prev")
    if previous is not None and (not isinstance(previous, int) or previous < 0):
        raise FormatError("PDF_XREF_OUTSIDE")
    return previous


def _space(data: bytes, position: int) -> int:
    found = _SPACE.match(data, position)
    return found.end() if found else position
