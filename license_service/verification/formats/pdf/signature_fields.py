"""Find the signature dictionaries of a form, and hold each to the byte rules.

1. A field tree is a tree; a signature dictionary is one field's value, and stands in the file itself.
2. ByteRange is four plain integers: it starts at 0 and leaves out exactly the hex string of its own
   /Contents.
3. It ends where a revision ends, and that revision is the one which holds the dictionary.

Clause: ISO 32000-2, 12.7.4 and 12.8.1; the attacks are those of Mladenov et al., "1 Trillion Dollar
Refund: How To Spoof PDF Signatures" (2019).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from license_service.verification.document import FormatError
from license_service.verification.formats.pdf.bounded_reader import BoundedReader
from license_service.verification.formats.pdf.cross_references import REVISION_END
from license_service.verification.formats.pdf.objects import Key, entry, key_of, raw_entry, raw_items
from license_service.verification.limits import MAX_PDF_COVERED_BYTES, MAX_SIGNATURES

TIMESTAMP_SUBFILTER = "/ETSI.RFC3161"
_KEY = b"/ByteRange"
_RANGE_MEMBERS = 4
_BEFORE_CONTENTS = re.compile(rb"/Contents[\t\r\n ]*\Z")
_LONGEST_KEY = 64
_TAIL = 64


@dataclass(frozen=True)
class SignatureField:
    """Hold a field's signature: its name, its dictionary with its object, what it is over and locks."""

    name: str
    reference: Key
    dictionary: generic.DictionaryObject
    byte_range: tuple[int, int, int, int]
    contents: bytes
    revision: int
    lock: Any = None
    """The dictionary that says which fields are locked when this one is signed."""

    @property
    def end(self) -> int:
        """Return where the covered bytes end."""
        return self.byte_range[2] + self.byte_range[3]

    @property
    def subfilter(self) -> str:
        """Return the encoding the dictionary names, with its slash, or an empty text."""
        return str(entry(self.dictionary, "/SubFilter", ""))

    @property
    def is_timestamp(self) -> bool:
        """Tell whether it is a DocTimeStamp."""
        return self.subfilter == TIMESTAMP_SUBFILTER

    def content(self, data: bytes) -> bytes:
        """Return the bytes the signature is over."""
        _, before, after, length = self.byte_range
        return data[:before] + data[after : after + length]


def read_signature_fields(reader: BoundedReader) -> list[SignatureField]:
    """Return the signatures in the order of what they cover.

    Raises:
        FormatError: `PDF_*` if one breaks a rule.
    """
    values = list(_signature_values(reader))
    if len({reference for _, _, reference in values}) != len(values):
        raise FormatError("PDF_SIGNATURE_SHARED")
    if len(values) > MAX_SIGNATURES:
        raise FormatError("PDF_TOO_MANY_SIGNATURES")
    fields = sorted((_read(reader, *value) for value in values), key=lambda field: field.end)
    if len({field.end for field in fields}) != len(fields):
        raise FormatError("PDF_SIGNATURE_SHARED")
    if reader.data.count(_KEY) != len(fields):
        raise FormatError("PDF_SIGNATURE_OUTSIDE_FORM")
    if sum(field.end for field in fields) > MAX_PDF_COVERED_BYTES:
        raise FormatError("PDF_TOO_COMPLEX", "covered bytes")
    return fields


def form_fields(root: generic.DictionaryObject) -> Iterator[tuple[str, generic.Reference, Any, str]]:
    """Yield every field of a form: its full name, its reference, its dictionary, its inherited type.

    Raises:
        FormatError: `PDF_FORM_MALFORMED` if a field is met twice or is no object of its own.
    """
    fields = raw_items(entry(entry(root, "/AcroForm"), "/Fields"))
    pending = [(item, "", "") for item in fields]
    seen: set[Key] = set()
    while pending:
        item, prefix, inherited = pending.pop()
        if not isinstance(item, generic.IndirectObject) or key_of(item) in seen:
            raise FormatError("PDF_FORM_MALFORMED")
        seen.add(key_of(item))
        field = item.get_object()
        if not isinstance(field, generic.DictionaryObject):
            raise FormatError("PDF_FORM_MALFORMED")
        kind, part = str(entry(field, "/FT", inherited)), entry(field, "/T")
        name = prefix if part is None else f"{prefix}.{part}".lstrip(".")
        yield name, item.reference, field, kind
        pending += [(kid, name, kind) for kid in raw_items(entry(field, "/Kids"))]


def _signature_values(reader: BoundedReader) -> Iterator[tuple[str, Any, generic.Reference]]:
    for name, _, field, kind in form_fields(reader.root):
        if kind != "/Sig" or "/V" not in field or isinstance(field["/V"], generic.NullObject):
            continue
        value = field.raw_get("/V")
        if not isinstance(value, generic.IndirectObject):
            raise FormatError("PDF_SIGNATURE_MISPLACED", name)
        yield name, entry(field, "/Lock"), value.reference


def _read(reader: BoundedReader, name: str, lock: Any, reference: generic.Reference) -> SignatureField:  # noqa: ANN401 - pyHanko's objects
    dictionary = reader.get_object(reference)
    if not isinstance(dictionary, generic.DictionaryObject):
        raise FormatError("PDF_SIGNATURE_MISPLACED", name)
    byte_range = _byte_range(dictionary, len(reader.data))
    contents = _contents(dictionary)
    _require_exact_gap(reader, reference, byte_range, contents)
    return SignatureField(
        name=name,
        reference=key_of(reference),
        dictionary=dictionary,
        byte_range=byte_range,
        contents=contents,
        revision=_revision(reader, reference, byte_range[2] + byte_range[3]),
        lock=lock,
    )


def _byte_range(dictionary: generic.DictionaryObject, size: int) -> tuple[int, int, int, int]:
    found = raw_entry(dictionary, "/ByteRange")
    if not isinstance(found, generic.ArrayObject) or len(found) != _RANGE_MEMBERS:
        raise FormatError("PDF_BYTE_RANGE_MALFORMED")
    items = raw_items(found)
    if not all(isinstance(item, generic.NumberObject) for item in items):
        raise FormatError("PDF_BYTE_RANGE_MALFORMED")
    start, before, after, length = (int(item) for item in items)
    if start != 0 or not 0 < before < after or length <= 0 or after + length > size:
        raise FormatError("PDF_BYTE_RANGE_MALFORMED")
    return start, before, after, length


def _contents(dictionary: generic.DictionaryObject) -> bytes:
    if "/Contents" not in dictionary:
        raise FormatError("PDF_CONTENTS_MALFORMED", "missing")
    found = dictionary.raw_get("/Contents", generic.EncryptedObjAccess.RAW)
    if not isinstance(found, generic.ByteStringObject | generic.TextStringObject):
        raise FormatError("PDF_CONTENTS_MALFORMED")
    contents = bytes(found.original_bytes)
    if not any(contents):
        raise FormatError("PDF_CONTENTS_MALFORMED", "empty")
    return contents


def _require_exact_gap(
    reader: BoundedReader, reference: generic.Reference, byte_range: tuple[int, ...], contents: bytes
) -> None:
    _, before, after, _ = byte_range
    extent = reader.extent(reference)
    if extent is None:
        raise FormatError("PDF_SIGNATURE_MISPLACED", "in an object stream")
    gap = reader.data[before:after]
    if len(gap) != 2 * len(contents) + 2 or gap[:1] != b"<" or gap[-1:] != b">":
        raise FormatError("PDF_BYTE_RANGE_GAP")
    try:
        written = bytes.fromhex(gap[1:-1].decode("ascii"))
    except ValueError as error:
        raise FormatError("PDF_BYTE_RANGE_GAP") from error
    if written != contents or not extent.begin < before < after < extent.end:
        raise FormatError("PDF_BYTE_RANGE_GAP")
    if not _BEFORE_CONTENTS.search(reader.data[max(0, before - _LONGEST_KEY) : before]):
        raise FormatError("PDF_BYTE_RANGE_GAP")


def _revision(reader: BoundedReader, reference: generic.Reference, end: int) -> int:
    """Return the last revision the bytes up to `end` hold whole."""
    xrefs = reader.xrefs
    sections = [xrefs.get_xref_container_info(number) for number in range(xrefs.total_revisions)]
    revision = sum(section.end_location <= end for section in sections) - 1
    if revision < 0 or any(section.end_location > end for section in sections[: revision + 1]):
        raise FormatError("PDF_BYTE_RANGE_REVISION")
    begin = max(0, end - _TAIL)
    tail = REVISION_END.search(reader.data, begin, end)
    if tail is None or tail.end() != end or int(tail[1]) != sections[revision].declared_startxref:
        raise FormatError("PDF_BYTE_RANGE_REVISION")
    if xrefs.get_last_change(reference) > revision:
        raise FormatError("PDF_SIGNATURE_RECYCLED")
    return revision
