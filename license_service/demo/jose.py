"""Sign JSON as JWS with a demonstration key, whatever its family, and write its public half as JWK.

Clause: RFC 7515; RFC 7517; GM/T 0125.1-2022 and 0125.4-2022 (SM2).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from license_service.demo.keys import KeyFamily, PrivateKey
from license_service.verification.crypto.jose import encode_base64url

ALGORITHMS = {KeyFamily.SM2: "SGD_SM3_SM2", KeyFamily.EC: "ES256", KeyFamily.RSA: "RS256"}
_WIDTH = 32


def sign_compact(header: Mapping[str, object], payload: Mapping[str, object], key: PrivateKey) -> bytes:
    """Make a compact JWS; `alg` is the key's unless the header says another."""
    protected = {"alg": ALGORITHMS[key.family], **header}
    signed = encode_base64url(to_json(protected)) + b"." + encode_base64url(to_json(payload))
    return signed + b"." + encode_base64url(sign_value(signed, key))


def sign_value(data: bytes, key: PrivateKey) -> bytes:
    """Sign as JWS wants it: r then s in fixed width, or the RSA value."""
    signature = key.sign(data)
    if key.family is KeyFamily.RSA:
        return signature
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_WIDTH) + s.to_bytes(_WIDTH)


def chain_header(chain: Sequence[bytes]) -> dict[str, object]:
    """Return a header with the chain in `x5c`."""
    return {"x5c": [base64.b64encode(certificate).decode() for certificate in chain]}


def public_jwk(key: PrivateKey) -> dict[str, str]:
    """Return the public key."""
    spki = key.spki()
    if key.family is KeyFamily.SM2:
        return _point("SM2-P-256", spki[-2 * _WIDTH : -_WIDTH], spki[-_WIDTH:])
    public = load_der_public_key(spki)
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError(f"no JWK for the {key.family} family")
    point = public.public_numbers()
    return _point("P-256", point.x.to_bytes(_WIDTH), point.y.to_bytes(_WIDTH))


def to_json(value: object) -> bytes:
    """Write JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _point(curve: str, x: bytes, y: bytes) -> dict[str, str]:
    return {
        "kty": "EC",
        "crv": curve,
        "x": encode_base64url(x).decode(),
        "y": encode_base64url(y).decode(),
    }


def _number(value: int) -> str:
    return encode_base64url(value.to_bytes((value.bit_length() + 7) // 8)).decode()
