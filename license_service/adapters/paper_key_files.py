"""The key that signs papers: ECDSA on P-256, which every browser can check (ES256, RFC 7518)."""

from __future__ import annotations

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
    load_pem_private_key,
    load_pem_public_key,
)
from joserfc import jws
from joserfc.jwk import ECKey

from license_service.adapters.log_key_files import prepare_key
from license_service.errors import ConfigurationError

PAPER_KEY, _EARLIER = "paper.key", "paper-*.pem"
_ALGORITHM, _TYPE = "ES256", "license-service-paper+jws"


class FilePaperKey:
    """Hold the key at `directory/paper.key`, made on first use, and the public ones it took the place of.

    Raises:
        ConfigurationError: if it cannot be made or read, is another kind of key, or is open to others.
    """

    def __init__(self, directory: Path) -> None:
        self._key = ECKey.import_key(load_paper_key(directory))
        self._kid = self._key.thumbprint()
        self._earlier = [_load_public(file) for file in sorted(directory.glob(_EARLIER))]

    def sign(self, payload: bytes) -> str:
        """Return a compact JWS over a payload; its `kid` is the key's thumbprint (RFC 7638)."""
        header = {"alg": _ALGORITHM, "kid": self._kid, "typ": _TYPE}
        return jws.serialize_compact(header, payload, self._key, algorithms=[_ALGORITHM])

    def public_keys(self) -> list[dict[str, str]]:
        """Return the public key, and the earlier ones that papers were signed with."""
        return [_public(key) for key in (self._key, *self._earlier)]


def load_paper_key(directory: Path) -> EllipticCurvePrivateKey:
    """Return the key of papers, made on first use.

    Raises:
        ConfigurationError: if it cannot be made or read, is another kind of key, or is open to others.
    """
    return _load(prepare_key(directory, PAPER_KEY, _generate))


def _public(key: ECKey) -> dict[str, str]:
    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    return {**public, "kid": key.thumbprint(), "alg": _ALGORITHM, "use": "sig"}


def _load_public(file: Path) -> ECKey:
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{file} is no public key") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationError(f"{file} is no key on P-256")
    return ECKey.import_key(key)


def _generate() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load(path: Path) -> EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is no private key") from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationError(f"{path} is no key on P-256")
    return key
