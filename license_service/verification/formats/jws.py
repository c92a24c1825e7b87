"""A license as JWS: a JSON object of GB/T 36903 fields, under one or several signatures.

Clause: RFC 7515; RFC 7519 (claims about the token itself).
"""

from __future__ import annotations

from license_service.verification.crypto.jws import JwsSignature, parse_jws_signatures
from license_service.verification.crypto.jwt import TokenClaims, license_claims, read_claims
from license_service.verification.document import ParsedDocument, ParsedSignature
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, SignatureKind
from license_service.verification.strict_json import parse_object

_TYPES = (None, "jwt", "jose", "jose+json")


def parse_jws(data: bytes) -> ParsedDocument:
    """Parse a JWS whose payload is a JSON object of license fields.

    Raises:
        FormatError: `JWS_*`, `JWT_*`, `JSON_*` or `BASE64URL_MALFORMED`.
    """
    signatures = parse_jws_signatures(data)
    for signature in signatures:
        signature.require_type(*_TYPES)
    payload = parse_object(signatures[0].payload)
    claims = read_claims(payload)
    return ParsedDocument(
        DocumentFormat.JWS,
        tuple(_signature(index, item, claims) for index, item in enumerate(signatures)),
        license_from_fields(license_claims(payload)),
    )


def _signature(index: int, item: JwsSignature, claims: TokenClaims) -> ParsedSignature:
    return ParsedSignature(
        index=index,
        kind=SignatureKind.JWS,
        value=item.value,
        signer_certificate=item.certificates[0] if item.certificates else None,
        other_certificates=item.certificates[1:],
        signer_key_id=item.key_id,
        signing_time=claims.issued_at,
        valid_from=claims.valid_from,
        valid_until=claims.valid_until,
        status_reference=claims.status,
    )
