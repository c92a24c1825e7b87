"""Take turns at writing to SQLite, which lets one transaction write at a time.

Its own way to wait is to sleep, ever longer, and to try again: whoever has waited longest is the least likely
to be next, so that of many writers a few wait for seconds. Here each looks again at once, in whatever process
it is. SQLite's own locks stay what keeps the file whole; whoever takes no turn only waits as before.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TextIO

from license_service.errors import StoreUnavailableError

_LOOK_SECONDS = 0.001


class WritingTurn:
    """The turn at writing to a database file, among threads and processes."""

    def __init__(self, database: Path, patience: float) -> None:
        self._path = database.with_name(f"{database.name}.turn")
        self._among_threads, self._patience = Lock(), patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn; a process that dies gives it up.

        Raises:
            StoreUnavailableError: if others do not let it go, or there is no place for a lock.
        """
        deadline = time.monotonic() + self._patience
        if not self._among_threads.acquire(timeout=self._patience):
            raise StoreUnavailableError("the database is busy")
        try:
            # Opened anew: a file that was open before a fork would be one lock for both.
            with self._open() as file:
                _lock(file, deadline)
                yield
        finally:
            self._among_threads.release()

    def _open(self) -> TextIO:
        try:
            return self._path.open("w")
        except OSError as error:
            raise StoreUnavailableError("the database's folder cannot be written to") from error


def _lock(file: TextIO, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released when the file is closed
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise StoreUnavailableError("the database is busy") from error
            time.sleep(_LOOK_SECONDS)
        else:
            return
