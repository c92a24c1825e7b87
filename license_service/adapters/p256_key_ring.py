"""Rings of keys on P-256, which every browser can check (ES256, RFC 7518): the newest signs.

Public halves stay in `meta.json`, so that what any key signed verifies for ever. Those that earlier versions
kept beside the key, as `<use>-*.pem`, are listed too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import HeaderDict

from license_service.adapters.key_ring import KeyRing, KeyUse, latest_first
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.services.proving.key_records import Statement
from license_service.verification.crypto.jwk import write_public_jwk

ALGORITHM = "ES256"
_ROTATION_TYPE = "license-service-key-rotation+jws"
_ID_DIGITS = 8
_SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class P256KeyRing(KeyRing[EllipticCurvePrivateKey]):
    """Hold the keys of a use; `<use>.key` in `directory` is the first of them.

    Raises:
        ConfigurationError: as `KeyRing`, or if an earlier public half cannot be read.
    """

    def __init__(self, directory: Path, name: str, clock: Clock) -> None:
        super().__init__(directory, KeyUse(name, f"{name}.key", ALGORITHM, _make, _read, _name_of), clock)
        self._earlier = [_load_public(file) for file in sorted(directory.glob(f"{name}-*.pem"))]

    def newest(self) -> EllipticCurvePrivateKey:
        """Return the key that signs."""
        return self.active()[-1]

    def public_keys(self) -> list[dict[str, str]]:
        """Return the public half of every key that ever signed as JWK, the one that signs now first."""
        kept: list[dict[str, str]] = [json.loads(record.verifier) for record in latest_first(self.records())]
        return list({jwk["kid"]: jwk for jwk in (*kept, *self._earlier)}.values())

    def _attest(self, new: EllipticCurvePrivateKey, text: str) -> Statement:
        keys = [ECKey.import_key(key) for key in (*self.active(), new)]
        headers = [{"alg": ALGORITHM, "kid": key.thumbprint(), "typ": _ROTATION_TYPE} for key in keys]
        members: list[HeaderDict] = [{"protected": header} for header in headers]
        return {**jws.serialize_json(members, text.encode(), KeySet([*keys]), algorithms=[ALGORITHM])}


def public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    """Return a public key as JWK, its thumbprint as `kid` (RFC 7638)."""
    return {**write_public_jwk(key.public_bytes(*_SPKI)), "alg": ALGORITHM}


def identify(key: EllipticCurvePublicKey) -> str:
    """Return the id of a key in its ring."""
    return hashlib.sha256(key.public_bytes(*_SPKI)).hexdigest()[:_ID_DIGITS]


def require_p256(key: object) -> EllipticCurvePrivateKey:
    """Return a private key on P-256.

    Raises:
        TypeError: if it is another kind of key.
    """
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise TypeError("another kind of key")
    return key


def _make() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(content: bytes) -> EllipticCurvePrivateKey:
    return require_p256(load_pem_private_key(content, None))


def _name_of(key: EllipticCurvePrivateKey) -> tuple[str, str]:
    public = key.public_key()
    told = json.dumps(public_jwk(public), sort_keys=True, separators=(",", ":"))
    return identify(public), told


def _load_public(file: Path) -> dict[str, str]:
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{file} is no public key") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationError(f"{file} is no key on P-256")
    return public_jwk(key)
