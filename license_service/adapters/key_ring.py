"""The log's keys below `private/log/<id>/`: `key` in PEM, and `meta.json`, which stays when the key goes.

Of a key in a PKCS#11 token there is `meta.json` alone, with its label. Processes that run find a change at
their next signature. A key kept as `log.key` by an earlier version is taken into the ring as it is: a second
name of the same file, so that a process of that version goes on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from license_service.adapters.key_folder import locked_folder, put_private
from license_service.adapters.log_key_files import LOG_KEY, FileLogKey, load_key, require_private
from license_service.adapters.pkcs11_token import Pkcs11Key, Pkcs11Token
from license_service.audit.note import NoteSigner, NoteVerifier, SigningKey, Sm2Signer
from license_service.clock import Clock, format_instant, parse_instant
from license_service.errors import ConfigurationError, KeyStateError
from license_service.services.proving.key_records import KeyRecord, KeyState

USE = "log"
_KEY, _META = "key", "meta.json"
_ALGORITHM = "Ed25519"
_PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class LogKeyRing:
    """Hold the keys of the log `name`; the first is made on first use.

    Raises:
        ConfigurationError: if one cannot be made or read, is open to others, or `name` cannot be one.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        clock: Clock,
        sm2: Sm2Signer | None = None,
        token: Pkcs11Token | None = None,
    ) -> None:
        self._directory, self._legacy = directory / USE, directory / LOG_KEY
        self._name, self._sm2, self._token = name, sm2, token
        with locked_folder(self._directory):
            if not self._folders():
                self._adopt(FileLogKey(directory, name).signer(), clock.now())
        self._state = self._look()
        self._records, self._signer = self._load()

    def signer(self) -> NoteSigner:
        """Return what signs with every active key."""
        self._refresh()
        return self._signer

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of every key that ever signed."""
        self._refresh()
        active = self._signer.verifiers
        known = (NoteVerifier.parse(record.verifier) for record in self._records)
        return (*active, *(verifier for verifier in known if verifier not in active))

    def records(self) -> tuple[KeyRecord, ...]:
        """Return every key, the oldest first."""
        self._refresh()
        return self._records

    def draw(self, *, in_token: bool = False) -> NoteSigner:
        """Make a key that is not in the ring yet.

        Raises:
            ConfigurationError: if it should be in a token and there is none, or the token makes none.
        """
        key = self._require_token().draw() if in_token else Ed25519PrivateKey.generate()
        return NoteSigner(self._name, key)

    def add(self, key: NoteSigner, now: datetime) -> KeyRecord:
        """Take a key into the ring: the private key first, since what names it must find it."""
        record = _record(key, now)
        with locked_folder(self._directory):
            folder = self._folder(record.id)
            folder.mkdir(mode=0o700)
            if isinstance(key.private_key, Ed25519PrivateKey):
                put_private(folder / _KEY, key.private_key.private_bytes(*_PEM))
            self._write(record)
        return record

    def retire(self, identifier: str, now: datetime) -> KeyRecord:
        """Let an active key sign no more.

        Raises:
            KeyStateError: if it is not active, or no other is.
        """
        with locked_folder(self._directory):
            record = self._require(identifier, KeyState.ACTIVE)
            if sum(other.state is KeyState.ACTIVE for other in self.records()) == 1:
                raise KeyStateError("the log's last active key cannot be retired: rotate first")
            return self._write(replace(record, state=KeyState.VERIFY_ONLY, not_after=now))

    def destroy(self, identifier: str) -> KeyRecord:
        """Remove the private part of a key that signs no more.

        Raises:
            KeyStateError: if it still signs.
        """
        with locked_folder(self._directory):
            record = self._require(identifier, KeyState.VERIFY_ONLY)
            if record.label:
                self._require_token().destroy(record.label)
            else:
                self._unlink(self._folder(identifier) / _KEY)
            return self._write(replace(record, state=KeyState.DESTROYED))

    def _unlink(self, key: Path) -> None:
        if self._legacy.exists() and self._legacy.samefile(key):
            self._legacy.unlink()
        key.unlink()

    def _require_token(self) -> Pkcs11Token:
        if self._token is None:
            raise ConfigurationError("no PKCS#11 token is set")
        return self._token

    def _adopt(self, first: NoteSigner, now: datetime) -> None:
        record = _record(first, now)
        folder = self._folder(record.id)
        folder.mkdir(mode=0o700, exist_ok=True)
        if not (folder / _KEY).exists():
            (folder / _KEY).hardlink_to(self._legacy)
        self._write(record)

    def _require(self, identifier: str, state: KeyState) -> KeyRecord:
        record = next((record for record in self.records() if record.id == identifier), None)
        if record is None or record.state is not state:
            raise KeyStateError(f"no {state} key {identifier}")
        return record

    def _refresh(self) -> None:
        state = self._look()
        if state != self._state:
            self._records, self._signer = self._load()
            self._state = state

    def _load(self) -> tuple[tuple[KeyRecord, ...], NoteSigner]:
        found = map(self._read, self._folders())
        records = tuple(sorted(found, key=lambda record: (record.created, record.id)))
        active = [record for record in records if record.state is KeyState.ACTIVE]
        if not active:
            raise ConfigurationError(f"{self._directory} has no active key")
        first, *others = map(self._private, active)
        return records, NoteSigner(self._name, first, self._sm2, tuple(others))

    def _private(self, record: KeyRecord) -> SigningKey:
        folder = self._folder(record.id)
        require_private(folder)
        key: SigningKey
        if record.label:
            key = self._require_token().key(record.label)
        else:
            require_private(folder / _KEY)
            key = load_key(folder / _KEY)
        if str(NoteSigner(self._name, key).verifier) != record.verifier:
            raise ConfigurationError(f"{folder}: another key than {_META} says, or of another log")
        return key

    def _read(self, folder: Path) -> KeyRecord:
        try:
            record = _from_json(json.loads((folder / _META).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{folder / _META} cannot be read") from error
        if record.id != folder.name:
            raise ConfigurationError(f"{folder / _META} is of another key")
        return record

    def _write(self, record: KeyRecord) -> KeyRecord:
        put_private(self._folder(record.id) / _META, json.dumps(_to_json(record), indent=1).encode())
        return record

    def _folder(self, identifier: str) -> Path:
        return self._directory / identifier

    def _folders(self) -> Sequence[Path]:
        """Return the folders of keys; one without its description is not finished yet."""
        return [path.parent for path in sorted(self._directory.glob(f"*/{_META}"))]

    def _look(self) -> tuple[tuple[str, int], ...]:
        metas = [folder / _META for folder in self._folders()]
        return tuple((str(path), path.stat().st_mtime_ns) for path in metas)


def _record(key: NoteSigner, now: datetime) -> KeyRecord:
    verifier = key.verifier
    label = key.private_key.label if isinstance(key.private_key, Pkcs11Key) else ""
    return KeyRecord(verifier.key_id.hex(), _ALGORITHM, str(verifier), now, now, None, KeyState.ACTIVE, label)


def _to_json(record: KeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "algorithm": record.algorithm,
        "verifier": record.verifier,
        "created": format_instant(record.created),
        "not_before": format_instant(record.not_before),
        "not_after": format_instant(record.not_after) if record.not_after else None,
        "state": record.state.value,
        "pkcs11_label": record.label,
    }


def _from_json(members: dict[str, Any]) -> KeyRecord:
    until = members["not_after"]
    return KeyRecord(
        members["id"],
        members["algorithm"],
        members["verifier"],
        parse_instant(members["created"]),
        parse_instant(members["not_before"]),
        parse_instant(until) if until else None,
        KeyState(members["state"]),
        members.get("pkcs11_label", ""),
    )
