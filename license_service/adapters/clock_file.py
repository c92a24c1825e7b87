"""A clock that a demonstration or a test moves from outside, for several processes at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path


class FileClock:
    """Add the seconds written in a file to the machine's time, reading it at every call.

    Only for demonstrations and tests: `/readyz` says when it is in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return the machine's time plus the offset; a file that is missing or empty means none."""
        return datetime.now(UTC) + timedelta(seconds=self._offset())

    def _offset(self) -> float:
        try:
            return float(self._path.read_text() or 0)
        except FileNotFoundError:
            return 0.0
