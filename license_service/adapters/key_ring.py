"""Rings of keys: `<use>/<id>/` holds `key`, and `meta.json`, which stays when the key goes.

Processes that run find a change at their next use. A key kept as one file by an earlier version is taken into
its ring as it is: a second name of the same file, so that a process of that version goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from license_service.adapters.key_folder import locked_folder, put_private
from license_service.adapters.log_key_files import prepare_key, require_private
from license_service.clock import Clock, format_instant, parse_instant
from license_service.errors import ConfigurationError, KeyStateError
from license_service.services.proving.key_records import KeyRecord, KeyState, NewKey, Statement

_KEY, _META = "key", "meta.json"
K = TypeVar("K")


@dataclass(frozen=True)
class KeyUse(Generic[K]):
    """Say what keys of a use are like.

    `file` is where an earlier version kept its only one. `name_of` returns the id of a key and what is told
    of it, which tells nothing of a secret. `read` raises `ValueError` or `TypeError`.
    """

    name: str
    file: str
    algorithm: str
    make: Callable[[], bytes]
    read: Callable[[bytes], K]
    name_of: Callable[[K], tuple[str, str]]
    reads_retired: bool = False
    """Whether a key that is retired is needed yet: what a secret sealed, only that secret opens."""


@dataclass(frozen=True)
class _Seen(Generic[K]):
    state: tuple[tuple[str, int], ...]
    records: tuple[KeyRecord, ...]
    keys: Mapping[str, K]


class KeyRing(Generic[K]):
    """Hold the keys of a use below `directory`; the first is made on first use.

    Raises:
        ConfigurationError: if one cannot be made or read, or is open to others.
    """

    def __init__(self, directory: Path, use: KeyUse[K], clock: Clock) -> None:
        self._use = use
        self._directory, self._legacy = directory / use.name, directory / use.file
        with locked_folder(self._directory):
            if not self._folders():
                self._adopt(clock.now())
        self._seen = self._load()

    def active(self) -> tuple[K, ...]:
        """Return the keys in use, the oldest first."""
        seen = self._look()
        return tuple(seen.keys[r.id] for r in seen.records if r.state is KeyState.ACTIVE)

    def readable(self) -> tuple[K, ...]:
        """Return every key that is there to be read, in the order of `latest_first`."""
        seen = self._look()
        return tuple(seen.keys[r.id] for r in latest_first(seen.records) if r.id in seen.keys)

    def records(self) -> tuple[KeyRecord, ...]:
        """Return every key, the oldest first."""
        return self._look().records

    def draw(self, now: datetime, *, in_token: bool = False) -> NewKey:
        """Make a key that is not in the ring yet.

        Raises:
            ConfigurationError: if it should be in a token and there is none, or the token makes none.
        """
        if in_token:
            key, label = self._draw_in_token()
            return self._drawn(key, b"", now, label)
        content = self._use.make()
        return self._drawn(self._use.read(content), content, now)

    def add(self, new: NewKey) -> KeyRecord:
        """Take a key into the ring: the private key first, since what names it must find it."""
        with locked_folder(self._directory):
            folder = self._folder(new.record.id)
            folder.mkdir(mode=0o700)
            if new.content:
                put_private(folder / _KEY, new.content)
            self._write(new.record)
        return new.record

    def retire(self, identifier: str, now: datetime) -> KeyRecord:
        """Let an active key sign no more.

        Raises:
            KeyStateError: if it is not active, or no other is.
        """
        with locked_folder(self._directory):
            record = self._require(identifier, KeyState.ACTIVE)
            if sum(other.state is KeyState.ACTIVE for other in self.records()) == 1:
                raise KeyStateError("the last active key cannot be retired: rotate first")
            return self._write(replace(record, state=KeyState.VERIFY_ONLY, not_after=now))

    def destroy(self, identifier: str) -> KeyRecord:
        """Remove the private part of a key that signs no more.

        Raises:
            KeyStateError: if it still signs.
        """
        with locked_folder(self._directory):
            record = self._require(identifier, KeyState.VERIFY_ONLY)
            if record.label:
                self._destroy_in_token(record.label)
            else:
                self._unlink(self._folder(identifier) / _KEY)
            return self._write(replace(record, state=KeyState.DESTROYED))

    def _attest(self, _new: K, _text: str) -> Statement | None:
        """Return a text as every active key and a new one signed it; None where they sign nothing."""
        return None

    def _draw_in_token(self) -> tuple[K, str]:
        raise ConfigurationError(f"keys of {self._use.name} are in files alone")

    def _read_in_token(self, _label: str) -> K:
        raise ConfigurationError(f"keys of {self._use.name} are in files alone")

    def _destroy_in_token(self, _label: str) -> None:
        raise ConfigurationError(f"keys of {self._use.name} are in files alone")

    def _drawn(self, key: K, content: bytes, now: datetime, label: str = "") -> NewKey:
        return NewKey(self._record(key, now, label), content, partial(self._attest, key))

    def _record(self, key: K, now: datetime, label: str = "") -> KeyRecord:
        identifier, told = self._use.name_of(key)
        return KeyRecord(identifier, self._use.algorithm, told, now, now, None, KeyState.ACTIVE, label)

    def _unlink(self, key: Path) -> None:
        if self._legacy.exists() and self._legacy.samefile(key):
            self._legacy.unlink()
        key.unlink()

    def _adopt(self, now: datetime) -> None:
        path = prepare_key(self._legacy.parent, self._legacy.name, self._use.make)
        record = self._record(self._parse(path), now)
        folder = self._folder(record.id)
        folder.mkdir(mode=0o700, exist_ok=True)
        if not (folder / _KEY).exists():
            (folder / _KEY).hardlink_to(path)
        self._write(record)

    def _require(self, identifier: str, state: KeyState) -> KeyRecord:
        record = next((record for record in self.records() if record.id == identifier), None)
        if record is None or record.state is not state:
            raise KeyStateError(f"no {state} key {identifier}")
        return record

    def _look(self) -> _Seen[K]:
        state = self._state()
        # Where the folder is out of reach for a moment, what was read goes on.
        if state and state != self._seen.state:
            self._seen = self._load()
        return self._seen

    def _load(self) -> _Seen[K]:
        state, found = self._state(), map(self._read, self._folders())
        records = tuple(sorted(found, key=lambda record: (record.created, record.id)))
        if not any(record.state is KeyState.ACTIVE for record in records):
            raise ConfigurationError(f"{self._directory} has no active key")
        return _Seen(
            state, records, {record.id: self._private(record) for record in records if self._needs(record)}
        )

    def _needs(self, record: KeyRecord) -> bool:
        if record.state is KeyState.ACTIVE:
            return True
        # A retired key without its file is being destroyed by another process.
        retired = self._use.reads_retired and record.state is KeyState.VERIFY_ONLY
        return retired and (self._folder(record.id) / _KEY).exists()

    def _private(self, record: KeyRecord) -> K:
        folder = self._folder(record.id)
        require_private(folder)
        key = self._read_in_token(record.label) if record.label else self._parse(folder / _KEY)
        if self._use.name_of(key) != (record.id, record.verifier):
            raise ConfigurationError(f"{folder}: another key than {_META} says")
        return key

    def _parse(self, path: Path) -> K:
        try:
            require_private(path)
            return self._use.read(path.read_bytes())
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"{path} is no {self._use.algorithm} key") from error

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

    def _state(self) -> tuple[tuple[str, int], ...]:
        metas = [folder / _META for folder in self._folders()]
        return tuple((str(path), path.stat().st_mtime_ns) for path in metas)


def latest_first(records: Sequence[KeyRecord]) -> Sequence[KeyRecord]:
    """Return the key that signs where one does, then older active ones, then the rest."""
    return sorted(records, key=lambda r: (r.state is KeyState.ACTIVE, r.created, r.id), reverse=True)


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
