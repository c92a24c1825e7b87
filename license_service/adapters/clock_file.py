"""A clock that a demonstration or a test moves from outside, for several processes at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from license_service.errors import ConfigurationError


class FileClock:
    """Add the seconds written in a file to the machine's time, reading it at every call.

    Only for demonstrations and tests: `/readyz` says when it is in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return the machine's time plus the offset; a file that is missing or empty means none.

        Raises:
            ConfigurationError: if the file holds no offset.
        """
        try:
            return datetime.now(UTC) + timedelta(seconds=float(self._path.read_text() or 0))
        except FileNotFoundError:
            return datetime.now(UTC)
        except (ValueError, OverflowError) as error:
            raise ConfigurationError(f"{self._path} holds no offset in seconds") from error
