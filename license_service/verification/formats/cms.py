"""CMS SignedData over attached JSON, in DER or PEM.

Clause: RFC 5652; RFC 7468, 9.
"""

from __future__ import annotations

from asn1crypto import pem

from license_service.verification.crypto.signed_data import SignerData, parse_signed_data
from license_service.verification.document import FormatError, ParsedDocument, ParsedSignature
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, SignatureKind
from license_service.verification.strict_json import parse_object

_LABELS = ("CMS", "PKCS7")


def parse_cms(data: bytes) -> ParsedDocument:
    """Parse SignedData whose content is a JSON object of license fields.

    Raises:
        FormatError: `CMS_*`, `PEM_MALFORMED` or `JSON_*`.
    """
    signed = parse_signed_data(_unarmor(data) if data.startswith(b"-----") else data)
    if signed.content is None:
        raise FormatError("CMS_CONTENT_MISSING", "detached signatures need their content")
    return ParsedDocument(
        DocumentFormat.CMS,
        tuple(_signature(index, signer) for index, signer in enumerate(signed.signers)),
        license_from_fields(parse_object(signed.content)),
    )


def _unarmor(data: bytes) -> bytes:
    try:
        label, _, body = pem.unarmor(data)
    except ValueError as error:
        raise FormatError("PEM_MALFORMED") from error
    if label not in _LABELS:
        raise FormatError("PEM_MALFORMED", label)
    return bytes(body)


def _signature(index: int, signer: SignerData) -> ParsedSignature:
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
        format_failures=signer.failures,
    )
