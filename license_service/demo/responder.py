"""Answer OCSP requests as a demonstration authority does. Clause: RFC 6960, 4.2."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asn1crypto import ocsp

from license_service.demo.certificates import Identity, Life
from license_service.demo.keys import SIGNATURE_OIDS
from license_service.verification.crypto.ocsp import certificate_id

GOOD: Mapping[str, object] = {"name": "good", "value": None}
UNKNOWN: Mapping[str, object] = {"name": "unknown", "value": None}


def revoked(when: datetime, reason: str = "key_compromise") -> Mapping[str, object]:
    """Return the status of a revoked certificate."""
    value = {"revocation_time": when.replace(microsecond=0), "revocation_reason": reason}
    return {"name": "revoked", "value": value}


def answer(
    certificate: Identity,
    issuer: Identity,
    responder: Identity,
    life: Life,
    status: Mapping[str, object] = GOOD,
    *,
    digest: str = "SHA1",
    nonce: bytes | None = None,
    next_update: bool = True,
) -> bytes:
    """Make a response about `certificate`, signed by `responder`, whose certificate comes along."""
    identifier = certificate_id(certificate.asn1, issuer.asn1, digest) or ()
    members = ("issuer_name_hash", "issuer_key_hash", "serial_number")
    single: dict[str, Any] = {
        "cert_id": {
            "hash_algorithm": {"algorithm": digest.lower()},
            **dict(zip(members, identifier, strict=True)),
        },
        "cert_status": ocsp.CertStatus(**status),
        "this_update": life.start,
    }
    data = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId(name="by_name", value=responder.asn1.subject),
            "produced_at": life.start,
            "responses": [{**single, "next_update": life.end} if next_update else single],
        }
    )
    if nonce is not None:
        data["response_extensions"] = [{"extn_id": "nonce", "critical": False, "extn_value": nonce}]
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": {"algorithm": SIGNATURE_OIDS[responder.key.family]},
            "signature": responder.key.sign(data.dump()),
            "certs": [responder.asn1],
        }
    )
    response = ocsp.OCSPResponse(
        {
            "response_status": "successful",
            "response_bytes": {"response_type": "basic_ocsp_response", "response": basic},
        }
    )
    der: bytes = response.dump()
    return der
