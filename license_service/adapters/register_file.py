"""The register of licenses as a TOML file, such as an authority exports every night.

It is read again when it changes; while it cannot be read, it says nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from license_service.adapters.trust_files import read_file
from license_service.clock import Clock, parse_instant
from license_service.errors import ConfigurationError, LicenseNotInRegisterError, RegisterUnavailableError
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.register import RegisterEntry, Silence, read_fields
from license_service.verification.status import LicenseStatus

KIND = "file"
_HEAD = {"kind", "name", "as_of", "licenses"}
_ROW = {"identifier", "status"}
_MORE = {"current", "fields", "document"}
_Stamp = tuple[int, int]


@dataclass(frozen=True)
class _Content:
    """Hold the file as it was read: entries and the names of documents, by identifier."""

    entries: Mapping[str, RegisterEntry]
    documents: Mapping[str, str]


class FileRegister:
    """Answer from a file; documents are beside it."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Read the file.

        Raises:
            ConfigurationError: if it is not usable.
        """
        self._path, self._clock = path, clock
        self._stamp, self._content = _stamp(path), _load(path)

    def query(self, identifier: str) -> RegisterEntry:
        """Return the row of a license, or an entry that says why there is none."""
        try:
            content = self._current()
        except ConfigurationError:
            return self._silent(identifier, Silence.UNREACHABLE)
        return content.entries.get(identifier) or self._silent(identifier, Silence.NOT_KNOWN)

    def download(self, identifier: str) -> bytes:
        """Return the document of a license.

        Raises:
            LicenseNotInRegisterError: if no row has one.
            RegisterUnavailableError: if file or document cannot be read.
        """
        try:
            name = self._current().documents.get(identifier)
            if name is None:
                raise LicenseNotInRegisterError("the register has no document of this identifier")
            with (self._path.parent / name).open("rb") as file:
                return file.read(MAX_DOCUMENT_BYTES + 1)
        except (OSError, ConfigurationError) as error:
            raise RegisterUnavailableError("the register's file cannot be read") from error

    def _current(self) -> _Content:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp, self._content = stamp, _load(self._path)
        return self._content

    def _silent(self, identifier: str, reason: Silence) -> RegisterEntry:
        return RegisterEntry(identifier, self._path.name, self._clock.now(), LicenseStatus.UNKNOWN, reason)


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _load(path: Path) -> _Content:
    try:
        return _read(tomllib.loads(read_file(path).decode()))
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _read(data: Mapping[str, Any]) -> _Content:
    if data.keys() != _HEAD or data["kind"] != KIND or not data["name"]:
        raise ValueError(f'expected kind = "{KIND}", {", ".join(sorted(_HEAD))}, no more')
    as_of = parse_instant(data["as_of"])
    entries = [_entry(row, str(data["name"]), as_of) for row in data["licenses"]]
    by_identifier = {entry.identifier: entry for entry in entries}
    if len(by_identifier) != len(entries):
        raise ValueError("a license has two rows")
    return _Content(
        by_identifier, {row["identifier"]: _name(row) for row in data["licenses"] if "document" in row}
    )


def _entry(row: Mapping[str, Any], source: str, as_of: datetime) -> RegisterEntry:
    if not _ROW <= row.keys() <= _ROW | _MORE or not row["identifier"]:
        raise ValueError(f"a license has {', '.join(sorted(_ROW))}, perhaps {', '.join(sorted(_MORE))}")
    return RegisterEntry(
        identifier=row["identifier"],
        source=source,
        as_of=as_of,
        status=LicenseStatus(row["status"]),
        current=str(row.get("current", "")),
        fields=read_fields(row.get("fields", {})),
    )


def _name(row: Mapping[str, Any]) -> str:
    name = str(row["document"])
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no file of the folder itself")
    return name
