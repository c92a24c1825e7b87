"""The rings of the log (Ed25519 in files or a PKCS#11 token, and SM2 beside it) and of a witness."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.adapters.key_ring import KeyRing, KeyUse
from license_service.adapters.log_key_files import (
    LOG_KEY,
    LOG_SM2_KEY,
    WITNESS_KEY,
    LibcryptoSigner,
    generate_ed25519,
    read_ed25519,
    require_signer_name,
)
from license_service.adapters.pkcs11_token import Pkcs11Key, Pkcs11Token
from license_service.audit.note import SM2, Cosigner, NoteSigner, NoteVerifier, SigningKey
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.verification.crypto import libcrypto

LOG, LOG_SM2, WITNESS = "log", "log-sm2", "witness"
_ED25519 = "Ed25519"
KeyT = TypeVar("KeyT")


class Sm2KeyRing(KeyRing[LibcryptoSigner]):
    """Hold the keys of the log's SM2 lines."""

    def __init__(self, directory: Path, name: str, clock: Clock) -> None:
        self._verifier = partial(_sm2_verifier, name)
        name_of = _named(self._verifier)
        use = KeyUse(LOG_SM2, LOG_SM2_KEY, "SM2", libcrypto.generate_sm2_key, _read_sm2, name_of)
        super().__init__(directory, use, clock)

    def _attest(self, new: LibcryptoSigner, text: str) -> str:
        keys = (*self.active(), new)
        return f"{text}\n{''.join(self._verifier(key).line(key.sign(text.encode())) for key in keys)}"


def sm2_key_ring(directory: Path, name: str, clock: Clock) -> Sm2KeyRing | None:
    """Return the ring of SM2 keys; None on a machine without libcrypto 3.

    Raises:
        ConfigurationError: as `KeyRing`.
    """
    try:
        libcrypto.load()
    except libcrypto.LibcryptoError:
        return None
    return Sm2KeyRing(directory, name, clock)


class LogKeyRing(KeyRing[SigningKey]):
    """Hold the keys of the log `name`, each in a file or in `token`.

    Raises:
        ConfigurationError: as `KeyRing`, or if `name` cannot be one.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        clock: Clock,
        sm2: Sm2KeyRing | None = None,
        token: Pkcs11Token | None = None,
    ) -> None:
        self._name, self._sm2, self._token = require_signer_name(name), sm2, token
        super().__init__(directory, _ed25519_use(LOG, LOG_KEY, partial(_log_verifier, name)), clock)

    def signer(self) -> NoteSigner:
        """Return what signs with every active key."""
        first, *others = self.active()
        return NoteSigner(self._name, first, self._sm2.active() if self._sm2 else (), tuple(others))

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of every key that ever signed."""
        active = self.signer().verifiers
        records = (*self.records(), *(self._sm2.records() if self._sm2 else ()))
        known = (NoteVerifier.parse(record.verifier) for record in records)
        return (*active, *(verifier for verifier in known if verifier not in active))

    def _attest(self, new: SigningKey, text: str) -> str:
        old = self.signer()
        return NoteSigner(old.name, old.private_key, old.sm2, (*old.others, new)).sign(text)

    def _draw_in_token(self) -> tuple[SigningKey, str]:
        key: Pkcs11Key = self._require_token().draw()
        return key, key.label

    def _read_in_token(self, label: str) -> SigningKey:
        return self._require_token().key(label)

    def _destroy_in_token(self, label: str) -> None:
        self._require_token().destroy(label)

    def _require_token(self) -> Pkcs11Token:
        if self._token is None:
            raise ConfigurationError("no PKCS#11 token is set")
        return self._token


class WitnessKeyRing(KeyRing[SigningKey]):
    """Hold the keys of the witness `name`: each cosigns what it has seen.

    Raises:
        ConfigurationError: as `LogKeyRing`.
    """

    def __init__(self, directory: Path, name: str, clock: Clock) -> None:
        self._name = require_signer_name(name)
        super().__init__(
            directory, _ed25519_use(WITNESS, WITNESS_KEY, partial(_cosigner_verifier, name)), clock
        )

    def cosigners(self) -> tuple[Cosigner, ...]:
        """Return what cosigns with each active key, the oldest first."""
        return tuple(Cosigner(self._name, key) for key in self.active())


def _ed25519_use(name: str, file: str, verifier: Callable[[SigningKey], NoteVerifier]) -> KeyUse[SigningKey]:
    return KeyUse(name, file, _ED25519, generate_ed25519, _read_ed25519, _named(verifier))


def _read_ed25519(content: bytes) -> SigningKey:
    key: Ed25519PrivateKey = read_ed25519(content)
    return key


def _read_sm2(content: bytes) -> LibcryptoSigner:
    try:
        return LibcryptoSigner(content)
    except libcrypto.LibcryptoError as error:
        raise ValueError("no SM2 key") from error


def _named(verifier: Callable[[KeyT], NoteVerifier]) -> Callable[[KeyT], tuple[str, str]]:
    def name_of(key: KeyT) -> tuple[str, str]:
        found = verifier(key)
        return found.key_id.hex(), str(found)

    return name_of


def _log_verifier(name: str, key: SigningKey) -> NoteVerifier:
    return NoteSigner(name, key).verifier


def _cosigner_verifier(name: str, key: SigningKey) -> NoteVerifier:
    return Cosigner(name, key).verifier


def _sm2_verifier(name: str, key: LibcryptoSigner) -> NoteVerifier:
    return NoteVerifier(name, key.public_key, SM2)
