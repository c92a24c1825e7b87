"""Take turns at writing to SQLite, which lets one transaction write at a time.

Its own way to wait is to sleep, ever longer, and to try again: whoever has waited longest is the least likely
to be next, so that of many writers a few wait for seconds. Here one of those who wait is next, whoever comes
later, and the others wait to be it: a process that has always something to write passes nobody by. SQLite's
own locks stay what keeps the file whole; whoever takes no turn only waits as before.
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

_LOOK_SECONDS, _NEXT_LOOK_SECONDS = 0.001, 0.0002
"""Whoever is next looks more often: it is one process, and nobody writes between two of its looks."""


class WritingTurn:
    """The turn at writing to a database file, among threads and processes."""

    def __init__(self, database: Path, patience: float) -> None:
        self._turn = database.with_name(f"{database.name}.turn")
        self._next = database.with_name(f"{database.name}.next")
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
            with _open(self._turn) as turn:
                with _open(self._next) as following:
                    _lock(following, deadline, _LOOK_SECONDS)
                    _lock(turn, deadline, _NEXT_LOOK_SECONDS)
                yield
        finally:
            self._among_threads.release()


def _open(path: Path) -> TextIO:
    """Open a lock anew each time: a file that was open before a fork would be one lock for both."""
    try:
        return path.open("w")
    except OSError as error:
        raise StoreUnavailableError("the database's folder cannot be written to") from error


def _lock(file: TextIO, deadline: float, look_seconds: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released when the file is closed
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise StoreUnavailableError("the database is busy") from error
            time.sleep(look_seconds)  # a lock that waits by itself cannot be given up at a deadline
        else:
            return
