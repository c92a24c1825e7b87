"""Read a public JWK into a SubjectPublicKeyInfo, and write the keys of ours as JWK.

A key says itself what it may be used for; a private one is refused, for it must not be here at all.
Clause: RFC 7517, 4; RFC 7518, 6; RFC 8037, 2; GM/T 0125.4-2022 (`SM2-P-256`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from license_service.verification.crypto.jose import ALGORITHMS, decode_base64url, encode_base64url
from license_service.verification.crypto.sm2 import public_key_spki
from license_service.verification.crypto.weak_rsa import has_roca_fingerprint
from license_service.verification.document import FormatError

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MIN_RSA_BITS = 2048  # RFC 7518, 3.3
_CURVES: Mapping[str, tuple[str, ec.EllipticCurve]] = {
    "P-256": ("EC-P256", ec.SECP256R1()),
    "P-384": ("EC-P384", ec.SECP384R1()),
    "P-521": ("EC-P521", ec.SECP521R1()),
}
_SM2_WIDTH = 32


@dataclass(frozen=True)
class PublicJwk:
    """Hold a public key with its type, and the canonical names of the algorithms it may verify."""

    spki: bytes
    key_type: str
    algorithms: frozenset[str]


def parse_public_jwk(jwk: Mapping[str, Any]) -> PublicJwk:
    """Read a JWK meant for verifying signatures.

    Raises:
        FormatError: `JWK_PRIVATE`, `JWK_USE_REFUSED`, `JWK_ALGORITHM_MISMATCH`, `JWK_WEAK`, or
            `JWK_MALFORMED` where it is no key of a known type.
    """
    if jwk.keys() & _PRIVATE:
        raise FormatError("JWK_PRIVATE")
    if jwk.get("use", "sig") != "sig" or not _may_verify(jwk.get("key_ops", ["verify"])):
        raise FormatError("JWK_USE_REFUSED")
    try:
        key_type, spki = _read(jwk)
    except (ValueError, KeyError, AttributeError, TypeError, UnicodeEncodeError) as error:
        raise FormatError("JWK_MALFORMED") from error
    return PublicJwk(spki, key_type, _algorithms(jwk, key_type))


def write_public_jwk(spki: bytes) -> dict[str, str]:
    """Write a key on P-256, Ed25519 or the SM2 curve as JWK, with its thumbprint as `kid` (RFC 7638).

    Raises:
        FormatError: `JWK_MALFORMED` for any other key.
    """
    jwk = _members(spki)
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    kid = encode_base64url(hashlib.sha256(canonical).digest()).decode()
    return {**jwk, "kid": kid, "use": "sig"}


def _members(spki: bytes) -> dict[str, str]:
    if _is_sm2(spki):
        return _point_members("SM2-P-256", *_coordinates(spki))
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise FormatError("JWK_MALFORMED") from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": encode_base64url(key.public_bytes_raw()).decode()}
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        point = key.public_numbers()
        return _point_members("P-256", point.x, point.y)
    raise FormatError("JWK_MALFORMED")


def _is_sm2(spki: bytes) -> bool:
    try:
        return spki == public_key_spki(*_coordinates(spki))
    except ValueError:
        return False


def _coordinates(spki: bytes) -> tuple[int, int]:
    return int.from_bytes(spki[-2 * _SM2_WIDTH : -_SM2_WIDTH]), int.from_bytes(spki[-_SM2_WIDTH:])


def _point_members(curve: str, x: int, y: int) -> dict[str, str]:
    """Return the members of a point of 32-byte coordinates, which both curves have."""
    named = {"x": x, "y": y}
    written = {n: encode_base64url(v.to_bytes(_SM2_WIDTH)).decode() for n, v in named.items()}
    return {"crv": curve, "kty": "EC", **written}


def _may_verify(key_ops: object) -> bool:
    return isinstance(key_ops, list) and "verify" in key_ops


def _algorithms(jwk: Mapping[str, Any], key_type: str) -> frozenset[str]:
    fitting = {name: known.name for name, known in ALGORITHMS.items() if known.key_type == key_type}
    if "alg" not in jwk:
        return frozenset(fitting.values())
    if jwk["alg"] not in fitting:
        raise FormatError("JWK_ALGORITHM_MISMATCH")
    return frozenset({fitting[jwk["alg"]]})


def _read(jwk: Mapping[str, Any]) -> tuple[str, bytes]:
    match jwk["kty"], jwk.get("crv"):
        case "EC", "SM2-P-256":
            return "SM2", public_key_spki(*_point(jwk, _SM2_WIDTH))
        case "EC", str() as curve:
            return _elliptic(jwk, curve)
        case "OKP", "Ed25519":
            return "ED25519", _spki(ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk, "x")))
        case "RSA", None:
            return "RSA", _rsa(_number(jwk, "n"), _number(jwk, "e"))
    raise ValueError("no key of a known type")


def _elliptic(jwk: Mapping[str, Any], name: str) -> tuple[str, bytes]:
    key_type, curve = _CURVES[name]
    x, y = _point(jwk, (curve.key_size + 7) // 8)
    return key_type, _spki(ec.EllipticCurvePublicNumbers(x, y, curve).public_key())


def _rsa(modulus: int, exponent: int) -> bytes:
    if modulus.bit_length() < _MIN_RSA_BITS or has_roca_fingerprint(modulus):
        raise FormatError("JWK_WEAK")
    return _spki(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def _spki(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _point(jwk: Mapping[str, Any], width: int) -> tuple[int, int]:
    x, y = _bytes(jwk, "x"), _bytes(jwk, "y")
    if not len(x) == len(y) == width:
        raise ValueError(f"coordinates have {len(x)} and {len(y)} bytes")
    return int.from_bytes(x), int.from_bytes(y)


def _number(jwk: Mapping[str, Any], name: str) -> int:
    data = _bytes(jwk, name)
    if not data or data[0] == 0:  # RFC 7518, 2: the shortest form
        raise ValueError(f"{name} is not in its shortest form")
    return int.from_bytes(data)


def _bytes(jwk: Mapping[str, Any], name: str) -> bytes:
    return decode_base64url(jwk[name].encode("ascii"))
