"""The ring of secrets that seal cursors: the newest seals, and what a retired one sealed still opens."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from license_service.adapters.key_ring import KeyRing, KeyUse
from license_service.adapters.log_key_files import CURSOR_KEY
from license_service.clock import Clock

CURSOR = "cursor"
_SECRET_BYTES, _ID_DIGITS = 32, 8
_NAME_TAG = b"license-service/cursor-key-name/v1"


def cursor_key_ring(directory: Path, clock: Clock) -> KeyRing[bytes]:
    """Return the ring.

    Raises:
        ConfigurationError: as `KeyRing`.
    """
    use = KeyUse(CURSOR, CURSOR_KEY, "HMAC-SHA256", _make, _read, _name_of, reads_retired=True)
    return KeyRing(directory, use, clock)


def _make() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def _read(content: bytes) -> bytes:
    if len(content) != _SECRET_BYTES:
        raise ValueError("another length")
    return content


def _name_of(secret: bytes) -> tuple[str, str]:
    name = hmac.digest(secret, _NAME_TAG, hashlib.sha256).hex()
    return name[:_ID_DIGITS], name
