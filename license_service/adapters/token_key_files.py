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
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from license_service.adapters.log_key_files import LibcryptoSigner, prepare_key, require_private
from license_service.errors import ConfigurationError
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.jwk import write_public_jwk

TOKEN_KEY, _EARLIER = "token.key", "token-*.pem"
_ALGORITHM = "ES256"
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


class FileTokenKeys:
    """Hold the key at `directory/token.key`, made on first use, and the public ones it took the place of.

    It is on P-256, whose digest is the one that kept verdicts name their signatures by.

    Raises:
        ConfigurationError: if it cannot be made or read, is another kind of key, or is open to others.
    """

    def __init__(self, directory: Path) -> None:
        self._key = load_token_key(prepare_key(directory, TOKEN_KEY, _generate))
        if self._key.algorithm != _ALGORITHM:
            raise ConfigurationError(f"{directory / TOKEN_KEY} is no key on P-256")
        self._earlier = [_load_public(file) for file in sorted(directory.glob(_EARLIER))]

    def active(self) -> FileTokenKey:
        """Return the key."""
        return self._key

    def public_keys(self) -> list[dict[str, str]]:
        """Return its public half, and the earlier ones."""
        return [self._key.public_jwk(), *self._earlier]


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
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TypeError("another kind of key")
    private = key
    return FileTokenKey(
        _ALGORITHM,
        key.public_key().public_bytes(*_SPKI),
        lambda data: _raw(private.sign(data, ec.ECDSA(hashes.SHA256()))),
    )


def _sm2(der: bytes) -> FileTokenKey:
    signer = LibcryptoSigner(der)
    return FileTokenKey("SGD_SM3_SM2", signer.public_key, lambda data: _raw(signer.sign(data)))


def _load_public(file: Path) -> dict[str, str]:
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{file} is no public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigurationError(f"{file} is no key on P-256")
    return {**write_public_jwk(key.public_bytes(*_SPKI)), "alg": _ALGORITHM}


def _raw(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_WIDTH) + s.to_bytes(_WIDTH)


def _generate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
