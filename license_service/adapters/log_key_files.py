"""The log's signing key in a file, made on first start, refused if others may read it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from license_service.audit.checkpoint import NoteSigner
from license_service.errors import ConfigurationError

_FILE = "log.key"
_LOOSE = 0o077


class FileLogKey:
    """Hold the key at `directory/log.key`.

    Raises:
        ConfigurationError: if it cannot be made or read, is another kind of key, is open to others, or if
            `origin` cannot name a log (c2sp.org/signed-note).
    """

    def __init__(self, directory: Path, origin: str) -> None:
        if not origin or "+" in origin or any(map(str.isspace, origin)):
            raise ConfigurationError(f"{origin!r} cannot name a log: a verifier key could not hold it")
        self._path = _prepare(directory)
        self._signer = NoteSigner(origin, _load(self._path))

    def signer(self) -> NoteSigner:
        """Return the signer."""
        return self._signer


def require_private(path: Path) -> None:
    """Refuse a key or folder that others may read.

    Raises:
        ConfigurationError: naming it, its mode, and the mode it needs.
    """
    mode = path.stat().st_mode & 0o777
    if mode & _LOOSE:
        wanted = "700" if path.is_dir() else "600"
        raise ConfigurationError(f"{path} has mode {mode:o}: others may read it; chmod {wanted} {path}")


def _prepare(directory: Path) -> Path:
    path = directory / _FILE
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        require_private(directory)
        if not path.exists():
            _create(path)
    except OSError as error:
        raise ConfigurationError(f"cannot make {path}: {error.strerror}") from error
    require_private(path)
    return path


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{_FILE}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(pem)
    try:
        # A link fails where the name exists: processes that start together agree on one key.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@cache
def _load(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is no private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no Ed25519 key")
    return key
