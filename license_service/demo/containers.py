"""Sign license fields as JWS and CMS.

Clause: RFC 7515 (JWS, x5c); RFC 5652 and RFC 5035 (CMS).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from license_service.demo.certificates import Identity
from license_service.demo.signed_data import signed_data

_P256_BYTES = 32


def sign_jws(fields: Mapping[str, str], signer: Identity, chain: tuple[bytes, ...], at: datetime) -> bytes:
    """Make a compact JWS with ES256 and the chain in x5c."""
    header = {"alg": "ES256", "x5c": [base64.b64encode(certificate).decode() for certificate in chain]}
    payload = {**fields, "iat": int(at.timestamp())}
    signing_input = _base64url(_json(header)) + b"." + _base64url(_json(payload))
    r, s = decode_dss_signature(signer.key.sign(signing_input))
    value = r.to_bytes(_P256_BYTES) + s.to_bytes(_P256_BYTES)
    return signing_input + b"." + _base64url(value)


def sign_cms(fields: Mapping[str, str], signer: Identity, chain: tuple[bytes, ...], at: datetime) -> bytes:
    """Make CMS SignedData over attached JSON with the signed attributes a verifier requires."""
    return signed_data(_json(fields), signer, chain, at)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
