"""Turn a signature field into what the checks judge.

Clause: ISO 32000-2, 12.8.3.3; ETSI EN 319 142-1, 5.3 and 6.3 (PAdES).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from asn1crypto import cms, pdf
from pyhanko.pdf_utils import generic, misc

from license_service.verification.crypto.signed_data import Binding, SignerData, parse_signed_data
from license_service.verification.document import (
    EmbeddedRevocation,
    FormatError,
    ParsedSignature,
    Timestamp,
    TimestampSubject,
)
from license_service.verification.formats.pdf.objects import entry
from license_service.verification.formats.pdf.permissions import certification_level
from license_service.verification.formats.pdf.security_store import SecurityStore
from license_service.verification.formats.pdf.signature_fields import SignatureField
from license_service.verification.limits import MAX_CERTIFICATES, MAX_REVOCATION_ITEMS
from license_service.verification.report import SignatureKind

_PADES = "/ETSI.CAdES.detached"
_ACCEPTED = frozenset({_PADES, "/adbe.pkcs7.detached"})
_REVOCATION_INFO = "1.2.840.113583.1.1.8"
_SEQUENCE = 0x30


def read_timestamp(data: bytes, field: SignatureField) -> Timestamp:
    """Return a DocTimeStamp, which is over its own ByteRange."""
    return Timestamp(_without_padding(field.contents), field.content(data), TimestampSubject.DOCUMENT)


def read_signature(
    data: bytes, index: int, field: SignatureField, timestamps: Sequence[Timestamp], store: SecurityStore
) -> ParsedSignature:
    """Read a signature; `timestamps` are the document's that cover its revision.

    Raises:
        FormatError: `PDF_SUBFILTER_REFUSED` for encodings that bind nothing but the hash, or `CMS_*`.
    """
    if field.subfilter not in _ACCEPTED:
        raise FormatError("PDF_SUBFILTER_REFUSED", field.subfilter)
    signed = parse_signed_data(_without_padding(field.contents), detached=field.content(data))
    if len(signed.signers) != 1:
        raise FormatError("CMS_SEVERAL_SIGNERS")
    # An attached content would be what the digest is over, and not the file.
    attached = ("PDF_CONTENT_ATTACHED",) if signed.content is not None else ()
    parsed = _parsed(index, field, signed.signers[0])
    return replace(
        parsed,
        other_certificates=(*parsed.other_certificates, *store.certificates)[:MAX_CERTIFICATES],
        timestamps=(*parsed.timestamps, *timestamps),
        format_failures=(*parsed.format_failures, *attached),
        revocation=_join(parsed.revocation, store.revocation),
    )


def _parsed(index: int, field: SignatureField, signer: SignerData) -> ParsedSignature:
    attributes = _signed_attributes(signer)
    unnamed = field.subfilter == _PADES and signer.binding is not Binding.STRONG
    level = certification_level(field)
    return ParsedSignature(
        index=index,
        kind=SignatureKind.PADES,
        value=signer.value,
        signer_certificate=signer.certificate,
        other_certificates=signer.certificates,
        signing_time=signer.signing_time or _written_time(field.dictionary),
        data_hash=signer.data_hash,
        timestamps=signer.timestamps,
        digest_algorithms=(signer.digest_algorithm,),
        format_failures=(*signer.failures, *(("PADES_SIGNING_CERTIFICATE_MISSING",) if unnamed else ())),
        notes=(*signer.notes, *((f"PDF_CERTIFIED_P{level}",) if level else ())),
        revocation=_archived_revocation(attributes.get(_REVOCATION_INFO)),
    )


def _signed_attributes(signer: SignerData) -> dict[str, Any]:
    if not signer.has_signed_attributes:
        return {}
    return {item["type"].dotted: item["values"] for item in cms.CMSAttributes.load(signer.value.data)}


def _archived_revocation(values: Any) -> EmbeddedRevocation:  # noqa: ANN401 - asn1crypto is untyped
    """Read the revocation data Adobe's signers put among the signed attributes.

    Clause: ISO 32000-2, 12.8.3.3.2.
    """
    if values is None or len(values) != 1:
        return EmbeddedRevocation()
    info = pdf.RevocationInfoArchival.load(values[0].dump())
    crls, ocsp = (tuple(item.dump() for item in info[name] or ()) for name in ("crl", "ocsp"))
    return EmbeddedRevocation(crls, ocsp)


def _join(first: EmbeddedRevocation, second: EmbeddedRevocation) -> EmbeddedRevocation:
    crls = tuple(dict.fromkeys((*first.crls, *second.crls)))
    ocsp = tuple(dict.fromkeys((*first.ocsp, *second.ocsp)))
    if len(crls) + len(ocsp) > MAX_REVOCATION_ITEMS:
        raise FormatError("PDF_SECURITY_STORE", "too many items")
    return EmbeddedRevocation(crls, ocsp)


def _written_time(dictionary: generic.DictionaryObject) -> datetime | None:
    """Return the time PAdES writes beside the signature; without a zone it names no instant."""
    written = entry(dictionary, "/M")
    try:
        moment: datetime = generic.parse_pdf_date(str(written), strict=True)
    except (misc.PdfError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _without_padding(contents: bytes) -> bytes:
    """Cut the zeros that fill the space reserved for the signature; the DER length says where."""
    if len(contents) < 2 or contents[0] != _SEQUENCE:  # noqa: PLR2004 - tag and length
        raise FormatError("CMS_MALFORMED")
    first = contents[1]
    size = first & 0x7F if first & 0x80 else 0
    length = int.from_bytes(contents[2 : 2 + size]) if size else first
    end = 2 + size + length
    if end > len(contents) or any(contents[end:]):
        raise FormatError("PDF_CONTENTS_PADDING")
    return contents[:end]
