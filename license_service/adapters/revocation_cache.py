"""What was fetched: items by digest, so that verdicts can be computed again; the last good of each point.

Files are written whole or not at all; one that is damaged is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from license_service.clock import format_instant, parse_instant
from license_service.verification.crypto.revocation_points import RevocationPoint

_REMEMBERED = 256


@dataclass(frozen=True)
class Kept:
    """Hold an item with the time it was fetched."""

    data: bytes
    fetched_at: datetime


class RevocationCache:
    """Keep items in memory, and in a folder where one is given."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._memory: OrderedDict[str, Kept] = OrderedDict()
        self._lock = Lock()

    def last_good(self, point: RevocationPoint) -> Kept | None:
        """Return the last good item of a point."""
        key = _key(point)
        with self._lock:
            kept = self._memory.get(key)
        return kept or self._read(key)

    def keep(self, data: bytes) -> None:
        """Keep an item a verdict may rest on, by its digest."""
        if self._directory:
            path = self._directory / "items" / hashlib.sha256(data).hexdigest()
            if not path.exists():
                _write(path, data)

    def keep_good(self, point: RevocationPoint, kept: Kept) -> None:
        """Make an item the last good one of its point."""
        key = _key(point)
        with self._lock:
            self._memory[key] = kept
            self._memory.move_to_end(key)
            while len(self._memory) > _REMEMBERED:
                self._memory.popitem(last=False)
        if self._directory:
            digest = hashlib.sha256(kept.data).hexdigest()
            entry = {"sha256": digest, "fetched_at": format_instant(kept.fetched_at), "url": point.url}
            _write(self._directory / "last-good" / key, json.dumps(entry).encode())

    def _read(self, key: str) -> Kept | None:
        if not self._directory:
            return None
        try:
            entry = json.loads((self._directory / "last-good" / key).read_bytes())
            data = (self._directory / "items" / entry["sha256"]).read_bytes()
            fetched_at = parse_instant(entry["fetched_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Kept(data, fetched_at) if hashlib.sha256(data).hexdigest() == entry["sha256"] else None


def _key(point: RevocationPoint) -> str:
    """Name what a point gives: a CRL serves all of its issuer, an OCSP response one certificate."""
    about = point.certificate if point.kind == "ocsp" else b""
    parts = (point.kind.encode(), point.url.encode(), hashlib.sha256(point.issuer).digest(), about)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Write a file whole; a cache that cannot be written is no reason to refuse a license."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)  # noqa: PTH105 - the name is a text already
    except OSError:
        return
