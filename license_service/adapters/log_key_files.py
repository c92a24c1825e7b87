"""Keys and secrets in files: made on first use, refused if others may read them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from license_service.audit.note import NoteSigner, NoteVerifier
from license_service.errors import ConfigurationError
from license_service.verification.crypto import libcrypto

LOG_KEY, LOG_SM2_KEY = "log.key", "log-sm2.key"
PUBLISHER_KEY, CURSOR_KEY, WITNESS_KEY = "publisher.key", "cursor.key", "witness.key"
BLIND_INDEX_KEY, DOCUMENT_KEY = "blind-index.key", "documents.key"
_SECRET_BYTES = 32
_LOOSE = 0o077


class FileLogKey:
    """Hold the key at `directory/file`, signing under `name`.

    Raises:
        ConfigurationError: if it cannot be made or read, is another kind of key, is open to others, or if
            `name` cannot be one (c2sp.org/signed-note).
    """

    def __init__(self, directory: Path, name: str, file: str = LOG_KEY) -> None:
        name = require_signer_name(name)
        self._signer = NoteSigner(name, load_key(prepare_key(directory, file, generate_ed25519)))

    def signer(self) -> NoteSigner:
        """Return the signer."""
        return self._signer

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of its lines."""
        return self._signer.verifiers


class LibcryptoSigner:
    """Sign with an SM2 key through the system's libcrypto."""

    def __init__(self, private_key: bytes) -> None:
        self._private_key = private_key
        self.public_key = libcrypto.sm2_public_spki(private_key)

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature, with SM3 and the default id."""
        return libcrypto.sm2_sign(self._private_key, message)


def require_signer_name(name: str) -> str:
    """Return a name that a verifier key can hold (c2sp.org/signed-note).

    Raises:
        ConfigurationError: if it cannot.
    """
    if not name or "+" in name or any(map(str.isspace, name)):
        raise ConfigurationError(f"{name!r} cannot name a signer: a verifier key could not hold it")
    return name


def read_secret(directory: Path, file: str) -> bytes:
    """Return a random secret kept in a file, made on first use.

    Raises:
        ConfigurationError: if others may read it, or it is no secret of ours.
    """
    secret = prepare_key(directory, file, lambda: secrets.token_bytes(_SECRET_BYTES)).read_bytes()
    if len(secret) != _SECRET_BYTES:
        raise ConfigurationError(f"{directory / file} is no secret of {_SECRET_BYTES} bytes")
    return secret


def require_private(path: Path) -> None:
    """Refuse a key or folder that others may read.

    Raises:
        ConfigurationError: naming it, its mode, and the mode it needs.
    """
    mode = path.stat().st_mode & 0o777
    if mode & _LOOSE:
        wanted = "700" if path.is_dir() else "600"
        raise ConfigurationError(f"{path} has mode {mode:o}: others may read it; chmod {wanted} {path}")


def prepare_key(directory: Path, file: str, make: Callable[[], bytes]) -> Path:
    """Return where a key is kept, made on first use.

    Raises:
        ConfigurationError: if it cannot be made, or others may read it.
    """
    path = directory / file
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        require_private(directory)
        if not path.exists():
            _create(path, make())
    except OSError as error:
        raise ConfigurationError(f"cannot make {path}: {error.strerror}") from error
    require_private(path)
    return path


def generate_ed25519() -> bytes:
    """Make a private key, in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _create(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    try:
        # A link fails where the name exists: processes that start together agree on one key.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@cache
def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key, once in each process.

    Raises:
        ConfigurationError: if it is none, or of another kind.
    """
    try:
        return read_ed25519(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is no Ed25519 key") from error


def read_ed25519(content: bytes) -> Ed25519PrivateKey:
    """Read a private key in PEM.

    Raises:
        ValueError: if it is none.
        TypeError: if it is encrypted, or of another kind.
    """
    key = load_pem_private_key(content, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("another kind of key")
    return key
