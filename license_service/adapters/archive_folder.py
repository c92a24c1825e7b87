"""The archive as a folder: each item in a file named by its SHA-256, written whole or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from pathlib import Path

from prometheus_client import Counter

from license_service.errors import ConfigurationError

_LOG = logging.getLogger("license_service.archive")
FAILURES = Counter("license_service_archive_failures", "Inputs of verdicts that could not be archived.")
_NAME = re.compile(r"[0-9a-f]{64}")


class ArchiveFolder:
    """Keep items under `directory/ab/ab…`; equal items are one file, so repeating a write is harmless."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"cannot make {directory}: {error.strerror}") from error

    def put(self, data: bytes) -> bool:
        """Keep an item; a failure is counted and logged, and raises nothing."""
        path = self._path(hashlib.sha256(data).hexdigest())
        try:
            if not path.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _write(path, data)
        except OSError as error:
            FAILURES.inc()
            _LOG.error("cannot archive: %s", error.strerror)
            return False
        return True

    def get(self, sha256: str) -> bytes | None:
        """Return an item, or None where it is missing or its bytes are not those of its name."""
        if not _NAME.fullmatch(sha256):
            return None
        try:
            data = self._path(sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def _path(self, sha256: str) -> Path:
        return self._directory / sha256[:2] / sha256


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
