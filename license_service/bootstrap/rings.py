"""Build the rings of keys that sign or seal; those that wrap data keys are with what they seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from license_service.adapters.cursor_key_ring import CURSOR, cursor_key_ring
from license_service.adapters.key_ring import KeyRing
from license_service.adapters.log_key_files import require_private
from license_service.adapters.log_key_ring import LOG, LOG_SM2, LogKeyRing, Sm2KeyRing, sm2_key_ring
from license_service.adapters.paper_key_ring import PAPER, PaperKeyRing
from license_service.adapters.pkcs11_token import Pkcs11Token
from license_service.adapters.token_key_files import TOKEN, TokenKeyRing
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.services.proving import key_records
from license_service.settings import Settings


@dataclass(frozen=True)
class Rings:
    """Hold the rings; without libcrypto 3 there is none of SM2."""

    log: LogKeyRing
    log_sm2: Sm2KeyRing | None
    paper: PaperKeyRing
    token: TokenKeyRing
    cursor: KeyRing[bytes]

    def signing(self) -> Mapping[str, key_records.KeyRing]:
        """Return the rings of keys whose signatures others verify, by use."""
        sm2 = {} if self.log_sm2 is None else {LOG_SM2: self.log_sm2}
        return {LOG: self.log, **sm2, PAPER: self.paper, TOKEN: self.token}

    def by_use(self) -> Mapping[str, key_records.KeyRing]:
        """Return every ring by its use."""
        return {**self.signing(), CURSOR: self.cursor}


def rings_of(settings: Settings, clock: Clock) -> Rings:
    """Return the rings; the first key of each is made on first use.

    Raises:
        ConfigurationError: if a key or the token's settings are not usable.
    """
    private = settings.private_dir
    sm2 = sm2_key_ring(private, settings.log_origin, clock)
    certificates = Path(settings.paper_certificates) if settings.paper_certificates else None
    return Rings(
        LogKeyRing(private, settings.log_origin, clock, sm2, _token(settings)),
        sm2,
        PaperKeyRing(private, clock, certificates),
        TokenKeyRing(private, clock),
        cursor_key_ring(private, clock),
    )


def _token(settings: Settings) -> Pkcs11Token | None:
    if not settings.pkcs11_module:
        return None
    path = Path(settings.pkcs11_pin_file)
    try:
        require_private(path)
        pin = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"pkcs11_pin_file: {path}: {error}") from error
    return Pkcs11Token(settings.pkcs11_module, settings.pkcs11_token, pin)
