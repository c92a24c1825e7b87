"""CMS SignedData over license fields in JSON or XML: in DER, PEM or S/MIME, with its content or without.

Clause: RFC 5652; RFC 7468, 9; RFC 8551; GB/T 36903-2018 (names of the fields).
"""

from __future__ import annotations

from dataclasses import dataclass

from asn1crypto import pem

from license_service.verification.crypto.signed_data import Binding, SignerData, parse_signed_data
from license_service.verification.document import FormatError, ParsedDocument, ParsedSignature
from license_service.verification.formats.smime import entity_body, read_message
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, LicenseMetadata, SignatureKind
from license_service.verification.strict_json import parse_object
from license_service.verification.xml_fields import fields_from_xml

_LABELS = ("CMS", "PKCS7")
_DER_SEQUENCE = b"\x30"
_SPACES = b" \t\r\n"


@dataclass(frozen=True)
class _Envelope:
    """Hold SignedData as it was wrapped, with the content that came beside it."""

    signature: bytes
    content: bytes | None = None
    is_mime: bool = False


def parse_cms(data: bytes, content: bytes | None = None) -> ParsedDocument:
    """Parse SignedData; `content` is what the caller holds of a detached signature.

    Without any content the signature is judged as far as it goes, and the license stays unknown.

    Raises:
        FormatError: `CMS_*`, `PEM_MALFORMED`, `MIME_MALFORMED`, `JSON_*` or `XML_*`.
    """
    envelope = _unwrap(data)
    beside = content if envelope.content is None else envelope.content
    signed = parse_signed_data(envelope.signature, beside)
    body = beside if signed.content is None else signed.content
    if any(other not in (None, body) for other in (content, envelope.content)):
        raise FormatError("CMS_CONTENT_CONTRADICTS", "the content is there twice, and differs")
    if body is None and not all(signer.has_signed_attributes for signer in signed.signers):
        raise FormatError("CMS_CONTENT_MISSING", "nothing else was signed")
    payload = entity_body(body) if envelope.is_mime and body is not None else body
    return ParsedDocument(
        DocumentFormat.CMS,
        tuple(_signature(index, signer) for index, signer in enumerate(signed.signers)),
        _license(payload) if payload is not None else None,
        ("CMS_SIGNER_REPEATED",) if signed.repeated else (),
    )


def _unwrap(data: bytes) -> _Envelope:
    if data.startswith(_DER_SEQUENCE):
        return _Envelope(data)
    if data.startswith(b"-----"):
        return _Envelope(_unarmor(data))
    message = read_message(data)
    return _Envelope(message.signature, message.content, is_mime=True)


def _unarmor(data: bytes) -> bytes:
    try:
        label, _, body = pem.unarmor(data)
    except ValueError as error:
        raise FormatError("PEM_MALFORMED") from error
    if label not in _LABELS:
        raise FormatError("PEM_MALFORMED", label)
    return bytes(body)


def _license(payload: bytes) -> LicenseMetadata | None:
    """Read license fields; content that announces neither JSON nor XML holds none."""
    start = payload.lstrip(_SPACES)[:1]
    if start == b"{":
        return license_from_fields(parse_object(payload))
    return license_from_fields(fields_from_xml(payload.strip(_SPACES))) if start == b"<" else None


def _signature(index: int, signer: SignerData) -> ParsedSignature:
    # RFC 5035 with SHA-1 names no certificate for sure.
    bound = signer.binding is Binding.STRONG
    return ParsedSignature(
        index=index,
        kind=SignatureKind.CMS,
        value=signer.value,
        signer_certificate=signer.certificate,
        other_certificates=signer.certificates,
        signing_time=signer.signing_time,
        data_hash=signer.data_hash,
        timestamps=signer.timestamps,
        digest_algorithms=(signer.digest_algorithm,),
        format_failures=(*signer.failures, *(() if bound else ("CMS_SIGNING_CERTIFICATE_MISSING",))),
        notes=signer.notes,
    )
