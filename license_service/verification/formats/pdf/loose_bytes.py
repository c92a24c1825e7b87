"""Bytes of a later revision that no cross-reference accounts for.

A revision is its objects, one behind the other, its cross-reference section and its end. An object that is
not listed, or listed but lying in older bytes, is what incremental saving attacks are made of.
Clause: ISO 32000-2, 7.5.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from license_service.verification.formats.pdf.bounded_reader import BoundedReader
from license_service.verification.formats.pdf.cross_references import REVISION_END

_OBJECT_END = re.compile(rb"endobj(?:[\0\t\n\f\r ]|%[^\r\n]*[\r\n])*+\Z")
_BETWEEN = re.compile(rb"(?:[\0\t\n\f\r ]|%[^\r\n]*[\r\n])*+")


def find_loose_bytes(reader: BoundedReader, revision: int) -> Iterator[str]:
    """Yield a description of each span that is neither a listed object nor the section itself."""
    section = reader.xrefs.get_xref_container_info(revision)
    begin, end = _end(reader, revision - 1), section.declared_startxref
    offsets = sorted(offset for _, offset in reader.xrefs.get_xref_data(revision).standard_xrefs.values())
    inside = [offset for offset in offsets if begin <= offset < end]
    if [offset for offset in offsets if offset not in (*inside, end)] or begin > end:
        yield f"bytes before {begin}"
        return
    if b" obj" in reader.data[section.end_location : _end(reader, revision)]:
        yield f"bytes behind {section.end_location}"
    first = inside[0] if inside else end
    between = _BETWEEN.match(reader.data, begin, first)
    if between is None or between.end() != first:
        yield f"bytes {begin}-{first}"
    for start, stop in pairwise([*inside, end]):
        text = reader.data[start:stop]
        if text.count(b"endobj") != 1 or not _OBJECT_END.search(text):
            yield f"bytes {start}-{stop}"


def _end(reader: BoundedReader, revision: int) -> int:
    section = reader.xrefs.get_xref_container_info(revision)
    found = REVISION_END.search(reader.data, section.end_location)
    return found.end() if found else len(reader.data)
