"""PDF signatures: pyHanko reads the structure, the byte rules are ours.

1. Walk the cross-references, then read objects within a budget; hybrid files are refused.
2. Hold each signature to its ByteRange and to its revision.
3. Judge every later revision: archive data and further signatures are explained, all else is uncovered.
4. Read the license from the first signed revision.

Clause: ISO 32000-2, 12.8.1; ETSI EN 319 142-1 (PAdES).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus, StandardSecurityHandler
from pyhanko.pdf_utils.crypt.api import PdfMacStatus

from license_service.verification.document import FormatError, ParsedDocument, ParsedSignature
from license_service.verification.formats.pdf.bounded_reader import BoundedReader
from license_service.verification.formats.pdf.coverage import find_uncovered
from license_service.verification.formats.pdf.security_store import read_security_store
from license_service.verification.formats.pdf.signature_fields import SignatureField, read_signature_fields
from license_service.verification.formats.pdf.signatures import read_signature, read_timestamp
from license_service.verification.formats.pdf.sources import read_license
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.report import DocumentFormat


def parse_pdf(data: bytes, password: str | None = None) -> ParsedDocument:
    """Parse a signed PDF; `password` opens an encrypted one.

    Raises:
        FormatError: `PDF_*` if it cannot be read or breaks a byte rule, `CMS_*` for its signatures.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise FormatError("PDF_TOO_LARGE")
    try:
        return _parse(data, password)
    except FormatError:
        raise
    except Exception as error:  # pyHanko raises many types on hostile files; all mean malformed
        raise FormatError("PDF_MALFORMED", type(error).__name__) from error


def _parse(data: bytes, password: str | None) -> ParsedDocument:
    reader = BoundedReader(data)
    _open(reader, password)
    fields = read_signature_fields(reader)
    licenses = [field for field in fields if not field.is_timestamp]
    if not licenses:
        return ParsedDocument(DocumentFormat.PDF, (), None)
    uncovered = find_uncovered(reader, fields, licenses)
    signatures = _signatures(reader, fields, licenses)
    return ParsedDocument(
        DocumentFormat.PDF,
        tuple(replace(item, uncovered=parts) for item, parts in zip(signatures, uncovered, strict=True)),
        read_license(_root_of(reader, licenses[0].revision)),
    )


def _open(reader: BoundedReader, password: str | None) -> None:
    """Decrypt where that is needed; a file that only restricts its use opens with the empty password."""
    if not reader.encrypted:
        return
    if not isinstance(reader.security_handler, StandardSecurityHandler):
        raise FormatError("PDF_ENCRYPTED", "for named recipients")
    answer = reader.decrypt(password or "")
    if answer.mac_status is PdfMacStatus.FAILED:
        raise FormatError("PDF_MAC_INVALID")
    if answer.status is AuthStatus.FAILED:
        raise FormatError("PDF_ENCRYPTED" if password is None else "PDF_PASSWORD_WRONG")


def _signatures(
    reader: BoundedReader, fields: Sequence[SignatureField], licenses: Sequence[SignatureField]
) -> list[ParsedSignature]:
    store = read_security_store(reader.root)
    stamps = [(field.end, read_timestamp(reader.data, field)) for field in fields if field.is_timestamp]
    return [
        read_signature(reader.data, index, field, [stamp for end, stamp in stamps if end > field.end], store)
        for index, field in enumerate(licenses)
    ]


def _root_of(reader: BoundedReader, revision: int) -> generic.DictionaryObject:
    last = revision == reader.total_revisions - 1
    root: generic.DictionaryObject = reader.root if last else reader.get_historical_root(revision)
    return root
