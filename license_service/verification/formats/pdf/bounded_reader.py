"""Read objects through pyHanko at a bounded cost.

Every object is walked before it is parsed and charged against one budget, each time it is visited: a
graph of forty objects that each name the next one twice has 2^40 paths, and difference analysis walks
paths. The long hex string of a signature, which pyHanko would read digit by digit, is decoded here.
"""

from __future__ import annotations

import io
import re
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import (
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.pdf_utils.xref import ObjStreamRef

from license_service.verification.document import FormatError
from license_service.verification.formats.pdf.cross_references import FLATE, walk_cross_references
from license_service.verification.formats.pdf.lexer import Extent, find_extent
from license_service.verification.limits import MAX_PDF_STREAM_BYTES, MAX_PDF_WORK

_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_ratio=None, max_output_size=MAX_PDF_STREAM_BYTES),
    document_budget=DocumentDecodeBudget(base_allowance=4 * MAX_PDF_STREAM_BYTES, max_ratio=0),
)
_HEADER = re.compile(rb"[\t\r\n ]*(\d{1,10})[\t\r\n ]+(\d{1,5})[\t\r\n ]+obj[\t\r\n ]*")
_STEP = 8  # work of passing one entry in the header of an object stream
_VISIT = 32  # work of coming by an object that is already parsed
_COPIED = 64  # bytes of a stream that are copied in the time one byte of structure is read


class BoundedReader(PdfFileReader):
    """Read one file within `MAX_PDF_WORK`; `data` is all of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._budget = MAX_PDF_WORK
        self._sizes: dict[tuple[int, int, int | None], int] = {}
        self._streams: dict[int, dict[int, tuple[int, int]]] = {}
        chain = walk_cross_references(data)
        super().__init__(io.BytesIO(data), strict=True, decode_limits=_LIMITS)
        sections = range(self.xrefs.total_revisions)
        read = [self.xrefs.get_startxref_for_revision(number) for number in sections]
        if tuple(reversed(read)) != chain:
            raise FormatError("PDF_MALFORMED", "two readers see two chains")

    def get_object(  # type: ignore[override] # pyHanko's own reader departs from its base
        self,
        ref: Any,  # noqa: ANN401 - pyHanko's references
        revision: int | None = None,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> Any:  # noqa: ANN401 - pyHanko's objects
        """Return an object, charged by its size."""
        fresh = revision is not None or (ref.generation, ref.idnum) not in self.resolved_objects
        self.charge(self._size(ref, revision) if fresh else _VISIT)
        found = super().get_object(ref, revision, **options)
        if fresh and isinstance(found, generic.StreamObject):
            self.charge(len(found.encoded_data) // _COPIED)
        return found

    def get_historical_resolver(self, revision: int) -> HistoricalResolver:
        """Return a view of a revision that charges each visit."""
        cache = self._historical_resolver_cache
        if revision not in cache:
            cache[revision] = _ChargedResolver(self, revision)
        return cache[revision]

    def visit(self, ref: Any) -> None:  # noqa: ANN401 - pyHanko's references
        """Charge for coming by an object in some revision: also a part of its size, for its members."""
        known = self._sizes.get((ref.idnum, ref.generation, None), 0)
        self.charge(_VISIT + known // _STEP)

    def charge(self, work: int) -> None:
        """Spend some of the budget.

        Raises:
            FormatError: `PDF_TOO_COMPLEX` when it is used up.
        """
        self._budget -= work
        if self._budget < 0:
            raise FormatError("PDF_TOO_COMPLEX")

    def extent(self, ref: Any) -> Extent | None:  # noqa: ANN401 - pyHanko's references
        """Return where an object stands in the file, or None where it is in an object stream or nowhere."""
        marker = self.xrefs[ref]
        return None if marker is None or isinstance(marker, ObjStreamRef) else self._walk(ref, marker)

    def _size(self, ref: Any, revision: int | None) -> int:  # noqa: ANN401 - pyHanko's references
        key = (ref.idnum, ref.generation, revision)
        if key not in self._sizes:
            self._sizes[key] = self._prepare(ref, revision)
        return self._sizes[key]

    def _prepare(self, ref: Any, revision: int | None) -> int:  # noqa: ANN401 - pyHanko's references
        last = self.xrefs.total_revisions - 1
        marker = self.xrefs.get_historical_ref(ref, last if revision is None else revision)
        if isinstance(marker, ObjStreamRef):
            begin, end = self._members(marker.obj_stream_id).get(ref.idnum, (0, 0))
            return end - begin + _STEP * marker.ix_in_stream
        if marker is None:
            return _VISIT
        extent = self._walk(ref, marker)
        if extent.contents is not None and revision is None and "/Encrypt" not in self.trailer:
            self._cache_signature(ref, extent, *extent.contents)
            return extent.work
        return extent.end - extent.begin

    def _walk(self, ref: Any, offset: int) -> Extent:  # noqa: ANN401 - pyHanko's references
        header = _HEADER.match(self.data, offset)
        if header is None or (int(header[1]), int(header[2])) != (ref.idnum, ref.generation):
            raise FormatError("PDF_XREF_OUTSIDE", f"object {ref.idnum}")
        return find_extent(self.data, header.end(), self._budget)

    def _cache_signature(self, ref: Any, extent: Extent, begin: int, end: int) -> None:  # noqa: ANN401 - pyHanko's references
        """Parse a signature dictionary around its /Contents, then put the decoded bytes in."""
        digits = self.data[begin + 1 : end - 1]
        text = self.data[extent.begin : begin] + b"<>" + self.data[end : extent.end] + b"\nendobj"
        container = generic.Reference(ref.idnum, ref.generation, self)
        parsed = generic.read_object(io.BytesIO(text), container)
        if not isinstance(parsed, generic.DictionaryObject):
            raise FormatError("PDF_CONTENTS_MALFORMED")
        parsed[generic.pdf_name("/Contents")] = generic.ByteStringObject(bytes.fromhex(digits.decode()))
        self.cache_indirect_object(ref.generation, ref.idnum, parsed)

    def _members(self, number: int) -> dict[int, tuple[int, int]]:
        """Return where each object lies in an object stream.

        Raises:
            FormatError: `PDF_OBJECT_STREAM` if it names an object twice or is packed in another way.
        """
        if number not in self._streams:
            stream = self.get_object(generic.Reference(number, 0, self))
            require_plain(stream)
            data = stream.read_data(DecodePurpose.OBJECT_STREAM)
            self.charge(len(data) // _STEP)
            self._streams[number] = self._lay_out(data, int(stream["/N"]), int(stream["/First"]))
        return self._streams[number]

    def _lay_out(self, data: bytes, count: int, first: int) -> dict[int, tuple[int, int]]:
        numbers = [int(item) for item in data[:first].split()]
        if len(numbers) != 2 * count or len(set(numbers[::2])) != count:
            raise FormatError("PDF_OBJECT_STREAM")
        spans = {}
        for idnum, offset in zip(numbers[::2], numbers[1::2], strict=True):
            begin = first + offset
            spans[idnum] = (begin, find_extent(data, begin, self._budget).end)
        return spans


class _ChargedResolver(HistoricalResolver):
    """Show one revision; each visit costs, also of what is cached."""

    def get_object(self, ref: Any, as_metadata_stream: bool = False) -> Any:  # noqa: ANN401, FBT002 - pyHanko's interface
        """Return an object as it was in this revision."""
        reader = self.reader
        if isinstance(reader, BoundedReader):
            reader.visit(ref)
        return super().get_object(ref, as_metadata_stream)


def require_plain(stream: Any) -> None:  # noqa: ANN401 - pyHanko's objects
    """Refuse a stream packed by anything but one Flate; other filters have no bound of their own.

    Raises:
        FormatError: `PDF_FILTER_REFUSED`.
    """
    packed = stream.get("/Filter", FLATE)
    if packed not in (FLATE, [FLATE]) or "/DecodeParms" in stream:
        raise FormatError("PDF_FILTER_REFUSED", str(packed))


def read_stream(stream: Any) -> bytes:  # noqa: ANN401 - pyHanko's objects
    """Return the bytes of a stream.

    Raises:
        FormatError: `PDF_FILTER_REFUSED`, or `PDF_MALFORMED` where it is no stream.
    """
    if not isinstance(stream, generic.StreamObject):
        raise FormatError("PDF_MALFORMED", "no stream")
    require_plain(stream)
    return bytes(stream.data)
