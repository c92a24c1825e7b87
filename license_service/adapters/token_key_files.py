"""Keys of validation tokens in files: ECDSA on P-256, Ed25519, or SM2 where the system's libcrypto has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from license_service.adapters.log_key_files import LibcryptoSigner, require_private
from license_service.adapters.p256_key_ring import ALGORITHM, P256KeyRing, require_p256
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.jwk import write_public_jwk

TOKEN = "token"
_WIDTH = 32
_SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class FileTokenKey:
    """Hold a private key of an algorithm by what it signs with."""

    algorithm: str
    spki: bytes
    sign: Callable[[bytes], bytes]

    def public_jwk(self) -> dict[str, str]:
        """Return the public half; its `kid` is the thumbprint (RFC 7638)."""
        return {**write_public_jwk(self.spki), "alg": self.algorithm}


class TokenKeyRing(P256KeyRing):
    """Hold the keys of the service's own tokens; the first is `token.key` in `directory`.

    They are on P-256, whose digest is the one that kept verdicts name their signatures by.

    Raises:
        ConfigurationError: as `P256KeyRing`.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        super().__init__(directory, TOKEN, clock)

    def signing(self) -> FileTokenKey:
        """Return the key that signs."""
        return _ecdsa(self.newest())


def load_token_key(path: Path) -> FileTokenKey:
    """Read a private key: PEM of one on P-256 or Ed25519, or PKCS#8 DER of one on the SM2 curve.

    Raises:
        ConfigurationError: if others may read it, or it is no such key.
    """
    try:
        require_private(path)
        data = path.read_bytes()
        return _read(data) if data.startswith(b"-----BEGIN") else _sm2(data)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, libcrypto.LibcryptoError) as error:
        raise ConfigurationError(f"{path} is no key on P-256, Ed25519 or SM2") from error


def _read(pem: bytes) -> FileTokenKey:
    key = load_pem_private_key(pem, None)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return FileTokenKey("EdDSA", key.public_key().public_bytes(*_SPKI), key.sign)
    return _ecdsa(require_p256(key))


def _ecdsa(key: ec.EllipticCurvePrivateKey) -> FileTokenKey:
    return FileTokenKey(
        ALGORITHM,
        key.public_key().public_bytes(*_SPKI),
        lambda data: _raw(key.sign(data, ec.ECDSA(hashes.SHA256()))),
    )


def _sm2(der: bytes) -> FileTokenKey:
    signer = LibcryptoSigner(der)
    return FileTokenKey("SGD_SM3_SM2", signer.public_key, lambda data: _raw(signer.sign(data)))


def _raw(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_WIDTH) + s.to_bytes(_WIDTH)
