"""The keys that wrap data keys, below `private/data/<id>/`: `key`, and `meta.json`, which outlives it.

The newest wraps; the others unwrap until nothing is wrapped by them any more. Whoever has a copy of the
database and not these files has nothing: they are backed up apart from it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from license_service.adapters.envelope import Algorithm, SealingKey, draw_key, require_key
from license_service.adapters.key_folder import locked_folder, put_private
from license_service.adapters.log_key_files import require_private
from license_service.clock import Clock, format_instant
from license_service.errors import ConfigurationError, KeyStateError

USE = "data"
_KEY, _META = "key", "meta.json"
_ID_BYTES = 4
ACTIVE, UNWRAP_ONLY, DESTROYED = "active", "unwrap-only", "destroyed"


@dataclass(frozen=True)
class WrappingKey:
    """Describe a key that wraps data keys; its secret is in a file of its own."""

    id: str
    algorithm: Algorithm
    created: str
    state: str


class DataKeyRing:
    """Hold the wrapping keys; the first is made on first use.

    Raises:
        ConfigurationError: if one cannot be made or read, or others may read it.
    """

    def __init__(self, directory: Path, algorithm: Algorithm, clock: Clock) -> None:
        self._directory, self._algorithm = directory / USE, algorithm
        with locked_folder(self._directory):
            if not self._metas():
                self._draw(clock.now())
        self._known: dict[str, SealingKey] = {}
        self._seen: tuple[tuple[str, int], ...] = ()
        self._active = ""
        self.active()

    def active(self) -> tuple[str, SealingKey]:
        """Return the key that wraps now, by its id; processes that run find a new one at once.

        Raises:
            ConfigurationError: if there is none.
        """
        seen = tuple((str(path), path.stat().st_mtime_ns) for path in self._metas())
        # Where the folder is out of reach for a moment, what was read goes on.
        if seen != self._seen and (seen or not self._active):
            found = [item for item in self.records() if item.state == ACTIVE]
            if not found:
                raise ConfigurationError(f"{self._directory} has no active key")
            self._active, self._seen = found[-1].id, seen
        return self._active, self.key(self._active)

    def key(self, identifier: str) -> SealingKey:
        """Return a key.

        Raises:
            ConfigurationError: if it is not there: was the private folder restored with the database?
        """
        if identifier not in self._known:
            self._known[identifier] = self._load(identifier)
        return self._known[identifier]

    def records(self) -> tuple[WrappingKey, ...]:
        """Return every key, the oldest first."""
        found = map(self._read, self._metas())
        return tuple(sorted(found, key=lambda item: (item.created, item.id)))

    def rotate(self, now: datetime) -> WrappingKey:
        """Draw a new key that wraps from now on; the others unwrap."""
        with locked_folder(self._directory):
            for item in self.records():
                if item.state == ACTIVE:
                    self._write(replace(item, state=UNWRAP_ONLY))
            return self._draw(now)

    def destroy(self, identifier: str) -> WrappingKey:
        """Remove a key: what it still wraps is lost, in every backup too.

        Raises:
            KeyStateError: if it is the one that wraps, or there is none of that id.
        """
        with locked_folder(self._directory):
            found = [item for item in self.records() if (item.id, item.state) == (identifier, UNWRAP_ONLY)]
            if not found:
                raise KeyStateError(f"no {UNWRAP_ONLY} key {identifier}")
            (self._directory / identifier / _KEY).unlink()
            self._known.pop(identifier, None)
            return self._write(replace(found[0], state=DESTROYED))

    def _draw(self, now: datetime) -> WrappingKey:
        drawn = draw_key(self._algorithm)
        record = WrappingKey(secrets.token_hex(_ID_BYTES), self._algorithm, format_instant(now), ACTIVE)
        folder = self._directory / record.id
        folder.mkdir(mode=0o700)
        put_private(folder / _KEY, drawn.secret)
        return self._write(record)

    def _load(self, identifier: str) -> SealingKey:
        record = next((item for item in self.records() if item.id == identifier), None)
        path = self._directory / identifier / _KEY
        if record is None or not path.is_file():
            raise ConfigurationError(f"no key {identifier} in {self._directory} unwraps data keys")
        require_private(path.parent)
        require_private(path)
        return require_key(record.algorithm, path.read_bytes())

    def _read(self, path: Path) -> WrappingKey:
        try:
            members: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            record = WrappingKey(**{**members, "algorithm": Algorithm(members["algorithm"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{path} cannot be read") from error
        if record.id != path.parent.name:
            raise ConfigurationError(f"{path} is of another key")
        return record

    def _write(self, record: WrappingKey) -> WrappingKey:
        path = self._directory / record.id / _META
        put_private(path, json.dumps(asdict(record), indent=1).encode())
        return record

    def _metas(self) -> list[Path]:
        return sorted(self._directory.glob(f"*/{_META}"))
