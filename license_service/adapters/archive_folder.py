"""The archive as a folder: each item in a file named by its SHA-256, written whole or not at all.

Documents name people: they are sealed, below `documents/`, under a blind index of their SHA-256 that marks
their dossiers too. So who reads the folder can neither read one nor try out whether it is there.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import Counter

from license_service.adapters.envelope import Algorithm, SealBrokenError, SealingKey, context
from license_service.errors import ConfigurationError, StoreUnavailableError
from license_service.services.blind_index import BlindIndex

_LOG = logging.getLogger("license_service.archive")
FAILURES = Counter("license_service_archive_failures", "Inputs of verdicts that could not be archived.")
_NAME = re.compile(r"[0-9a-f]{64}")
_DOCUMENTS, _TAG = "documents", "license-service/sealed-document/v1"
_SM4_KEY_BYTES = 16


@dataclass(frozen=True)
class DocumentSeal:
    """Hold what seals documents: each has a key of its own, made from the secret and its name."""

    secret: bytes = field(repr=False)
    algorithm: Algorithm
    index: BlindIndex

    def seal(self, name: str, data: bytes) -> bytes:
        """Return a file's content: the algorithm in the first line, then what is sealed."""
        return f"{self.algorithm}\n".encode() + self._key(self.algorithm, name).seal(data, _context(name))

    def open(self, name: str, sealed: bytes) -> bytes:
        """Return a document.

        Raises:
            SealBrokenError: if the file is not what was written.
        """
        line, _, body = sealed.partition(b"\n")
        try:
            algorithm = Algorithm(line.decode("ascii"))
        except ValueError as error:
            raise SealBrokenError("no algorithm") from error
        return self._key(algorithm, name).open(body, _context(name))

    def _key(self, algorithm: Algorithm, name: str) -> SealingKey:
        key = hmac.digest(self.secret, f"{_TAG}\n{algorithm}\n{name}".encode(), hashlib.sha256)
        return SealingKey(algorithm, key[:_SM4_KEY_BYTES] if algorithm is Algorithm.SM4_GCM else key)


class ArchiveFolder:
    """Keep items under `directory/ab/ab…`; equal items are one file, so repeating a write is harmless."""

    def __init__(self, directory: Path, seal: DocumentSeal) -> None:
        self._directory, self._seal = directory, seal
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"cannot make {directory}: {error.strerror}") from error

    def put(self, data: bytes) -> bool:
        """Keep an item; a failure is counted and logged, and raises nothing."""
        return _keep(self._path(hashlib.sha256(data).hexdigest()), lambda: data)

    def put_document(self, data: bytes) -> bool:
        """Keep a document, likewise."""
        name = self._seal.index.of_document(hashlib.sha256(data).hexdigest())
        return _keep(self._document(name), lambda: self._seal.seal(name, data))

    def get(self, sha256: str) -> bytes | None:
        """Return an item or document, or None where it is missing or its bytes are not those of its name."""
        if not _NAME.fullmatch(sha256):
            return None
        data = _read(self._path(sha256))
        if data is None:
            data = self._open(self._seal.index.of_document(sha256))
        return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None

    def erase_documents(self, names: Iterable[str]) -> None:
        """Remove documents.

        Raises:
            StoreUnavailableError: if one cannot be removed.
        """
        try:
            for name in filter(_NAME.fullmatch, names):
                self._document(name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailableError(f"the archive cannot erase: {error.strerror}") from error

    def _open(self, name: str) -> bytes | None:
        sealed = _read(self._document(name))
        try:
            return None if sealed is None else self._seal.open(name, sealed)
        except SealBrokenError:
            return None

    def _path(self, sha256: str) -> Path:
        return self._directory / sha256[:2] / sha256

    def _document(self, name: str) -> Path:
        return self._directory / _DOCUMENTS / name[:2] / name


def _context(name: str) -> bytes:
    return context(_TAG, name)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(path: Path, content: Callable[[], bytes]) -> bool:
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, content())
    except OSError as error:
        FAILURES.inc()
        _LOG.error("cannot archive: %s", error.strerror)
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    # A reader sees no file or a whole one: it gets its name only when it is on the disk.
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).rename(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
