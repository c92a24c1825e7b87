"""A folder of keys, `<use>/<id>/`: private to its owner, changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from license_service.adapters.log_key_files import require_private
from license_service.errors import ConfigurationError

_LOCK = ".lock"


@contextmanager
def locked_folder(directory: Path) -> Iterator[None]:
    """Make a folder of keys where there is none, and let one process at a time change it.

    Raises:
        ConfigurationError: if it cannot be made, or others may read it.
    """
    try:
        for folder in (directory.parent, directory):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            require_private(folder)
        lock = (directory / _LOCK).open("w")
    except OSError as error:
        raise ConfigurationError(f"cannot use {directory}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed
        yield


def put_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; it appears whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)
