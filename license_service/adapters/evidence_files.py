"""Evidence from a folder, read again when a file in it changes."""

from __future__ import annotations

from pathlib import Path

from license_service.adapters.trust_files import load_evidence
from license_service.errors import ConfigurationError
from license_service.verification.evidence import Evidence


class EvidenceFolder:
    """Return the evidence of a folder; the last that could be read is kept when a read fails."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._state = self._look()
        self._evidence = load_evidence(directory)

    def __call__(self) -> Evidence:
        """Return the current evidence."""
        state = self._look()
        if state != self._state:
            try:
                self._evidence, self._state = load_evidence(self._directory), state
            except ConfigurationError:
                return self._evidence
        return self._evidence

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        try:
            entries = [(path.name, path.stat()) for path in sorted(self._directory.iterdir())]
        except OSError:
            return ()
        return tuple((name, status.st_mtime_ns, status.st_size) for name, status in entries)
