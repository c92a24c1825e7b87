"""A log that somebody else publishes, read over HTTP (c2sp.org/tlog-tiles)."""

from __future__ import annotations

import urllib3

from license_service.audit.errors import AuditError
from license_service.audit.tiles import Tile

_TIMEOUT = urllib3.Timeout(connect=5.0, read=15.0)
_LARGEST = 64 * 1024
"""A tile has 8 KiB, a checkpoint less than 64."""
_OK, _NOT_FOUND = 200, 404


class HttpLog:
    """Read the log below a URL such as `https://service.example/v1/log`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)

    def checkpoint(self) -> str:
        """Return the checkpoint; bytes that are no UTF-8 make it one nobody signed."""
        return self._get("checkpoint").decode(errors="surrogateescape")

    def tile(self, tile: Tile) -> bytes:
        """Return a tile."""
        return self._get(tile.path)

    def _get(self, path: str) -> bytes:
        try:
            answer = self._pool.request("GET", f"{self._url}/{path}", preload_content=False)
            data = answer.read(_LARGEST + 1, decode_content=False)
            answer.close()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise AuditError("LOG_UNREACHABLE", str(error)) from error
        if answer.status == _NOT_FOUND:
            raise AuditError("TILE_MISSING", path)
        if answer.status != _OK or len(data) > _LARGEST:
            raise AuditError("LOG_UNREACHABLE", f"{path}: {answer.status}")
        return bytes(data)
