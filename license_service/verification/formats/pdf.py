"""PDF signatures: pyHanko reads the structure, the byte rules are ours.

1. Read the file strictly; encrypted files and hybrid cross-references are refused.
2. Each signature's ByteRange starts at 0, leaves out exactly its own /Contents, and ends at the end of a
   revision.
3. Whatever lies behind the last signature's range is uncovered, whatever it claims to be.
4. License metadata comes from the embedded file `license.json` of the signed revision.

Clause: ISO 32000-2, 12.8.1; ETSI EN 319 142-1 (PAdES).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject, DictionaryObject, TextStringObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from license_service.verification.crypto.signed_data import SignerData, parse_signed_data
from license_service.verification.document import FormatError, ParsedDocument, ParsedSignature
from license_service.verification.limits import MAX_DOCUMENT_BYTES, MAX_SIGNATURES
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, SignatureKind
from license_service.verification.strict_json import parse_object

METADATA_FILE = "license.json"
_RANGE_MEMBERS = 4
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_NAME_TREE_DEPTH = 8


@dataclass(frozen=True)
class _Field:
    byte_range: tuple[int, int, int, int]
    contents: bytes

    @property
    def end(self) -> int:
        return self.byte_range[2] + self.byte_range[3]


def parse_pdf(data: bytes) -> ParsedDocument:
    """Parse a signed PDF.

    Raises:
        FormatError: `PDF_*` if it cannot be read or breaks a byte rule, `CMS_*` for its signatures.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise FormatError("PDF_TOO_LARGE")
    fields, metadata = _read(data)
    ordered = sorted(fields, key=lambda field: field.end)
    signatures = tuple(_signature(data, index, field) for index, field in enumerate(ordered))
    uncovered = _uncovered(data, ordered)
    license_ = license_from_fields(parse_object(metadata)) if metadata and ordered else None
    return ParsedDocument(
        DocumentFormat.PDF, tuple(replace(item, uncovered=uncovered) for item in signatures), license_
    )


def _read(data: bytes) -> tuple[list[_Field], bytes | None]:
    try:
        reader = _reader(data)
        return _fields(data, reader), _embedded_file(reader.root)
    except FormatError:
        raise
    except Exception as error:  # pyHanko raises many types on hostile files; all mean malformed
        raise FormatError("PDF_MALFORMED", type(error).__name__) from error


def _reader(data: bytes) -> PdfFileReader:
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    if reader.encrypted:
        raise FormatError("PDF_ENCRYPTED")
    if _has_hybrid_xref(data):
        raise FormatError("PDF_HYBRID_XREF")
    return reader


def _fields(data: bytes, reader: PdfFileReader) -> list[_Field]:
    values = (value for _, value, _ in enumerate_sig_fields(reader) if value is not None)
    fields = [_field(data, value.get_object()) for value in values]
    if len(fields) > MAX_SIGNATURES:
        raise FormatError("PDF_TOO_MANY_SIGNATURES")
    return fields


def _has_hybrid_xref(data: bytes) -> bool:
    # A reader that knows /XRefStm and one that does not see different objects (ISO 32000-2, 7.5.8.4).
    return b"/XRefStm" in data


def _field(data: bytes, value: DictionaryObject) -> _Field:
    byte_range = value.raw_get("/ByteRange")
    if not isinstance(byte_range, ArrayObject) or len(byte_range) != _RANGE_MEMBERS:
        raise FormatError("PDF_BYTE_RANGE_MALFORMED")
    start, before, after, length = (int(item) for item in byte_range)
    contents = value.raw_get("/Contents")
    if not isinstance(contents, ByteStringObject | TextStringObject):
        raise FormatError("PDF_CONTENTS_MALFORMED")
    field = _Field((start, before, after, length), bytes(contents.original_bytes))
    _require_exact_gap(data, field)
    return field


def _require_exact_gap(data: bytes, field: _Field) -> None:
    start, before, after, length = field.byte_range
    if start != 0 or before <= 0 or after <= before or length <= 0 or field.end > len(data):
        raise FormatError("PDF_BYTE_RANGE_MALFORMED")
    gap = data[before:after]
    if gap[:1] != b"<" or gap[-1:] != b">" or not _HEX_DIGITS.issuperset(gap[1:-1]):
        raise FormatError("PDF_BYTE_RANGE_GAP")
    if bytes.fromhex(gap[1:-1].decode("ascii")) != field.contents:
        raise FormatError("PDF_BYTE_RANGE_GAP")


def _signature(data: bytes, index: int, field: _Field) -> ParsedSignature:
    _, before, after, length = field.byte_range
    content = data[:before] + data[after : after + length]
    signed = parse_signed_data(_without_padding(field.contents), detached=content)
    if len(signed.signers) != 1:
        raise FormatError("CMS_SEVERAL_SIGNERS")
    return _parsed(index, signed.signers[0], attached=signed.content is not None)


def _parsed(index: int, signer: SignerData, *, attached: bool) -> ParsedSignature:
    # An attached content would be what the digest is over, and not the file.
    failures = (*signer.failures, *(("PDF_CONTENT_ATTACHED",) if attached else ()))
    return ParsedSignature(
        index=index,
        kind=SignatureKind.PADES,
        value=signer.value,
        signer_certificate=signer.certificate,
        other_certificates=signer.certificates,
        signing_time=signer.signing_time,
        data_hash=signer.data_hash,
        timestamps=signer.timestamps,
        digest_algorithms=(signer.digest_algorithm,),
        format_failures=failures,
    )


def _without_padding(contents: bytes) -> bytes:
    """Cut the zeros that fill the space reserved for the signature; the DER length says where."""
    if len(contents) < 2 or contents[0] != 0x30:  # noqa: PLR2004 - tag and length of a SEQUENCE
        raise FormatError("CMS_MALFORMED")
    first = contents[1]
    size = first & 0x7F if first & 0x80 else 0
    length = int.from_bytes(contents[2 : 2 + size]) if size else first
    end = 2 + size + length
    if end > len(contents) or any(contents[end:]):
        raise FormatError("PDF_CONTENTS_PADDING")
    return contents[:end]


def _uncovered(data: bytes, ordered: Sequence[_Field]) -> tuple[str, ...]:
    if not ordered:
        return ()
    end = ordered[-1].end
    # One end-of-line after %%EOF belongs to the revision for most writers.
    return () if data[end:] in (b"", b"\n", b"\r\n") else (f"bytes {end}-{len(data)}",)


def _embedded_file(root: DictionaryObject) -> bytes | None:
    tree = _entry(_entry(root, "/Names"), "/EmbeddedFiles")
    found = _find(tree, 0)
    if len(found) > 1:
        raise FormatError("PDF_METADATA_REPEATED")
    return bytes(found[0]["/EF"]["/F"].data) if found else None


def _find(tree: Any, depth: int) -> list[Any]:  # noqa: ANN401 - pyHanko's objects
    if depth > _NAME_TREE_DEPTH:
        raise FormatError("PDF_MALFORMED", "name tree")
    leaves = _entry(tree, "/Names") or ()
    specifications = [leaves[i + 1] for i in range(0, len(leaves) - 1, 2)]
    found = [s for s in specifications if METADATA_FILE in (_entry(s, "/UF"), _entry(s, "/F"))]
    return found + [item for kid in _entry(tree, "/Kids") or () for item in _find(kid, depth + 1)]


def _entry(dictionary: Any, name: str) -> Any:  # noqa: ANN401 - pyHanko's objects
    """Return an entry with indirect references resolved, or None."""
    return dictionary[name] if isinstance(dictionary, DictionaryObject) and name in dictionary else None
