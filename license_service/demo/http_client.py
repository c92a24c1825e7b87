"""Talk to the service over HTTP, as an approval system would."""

from __future__ import annotations

import json
import uuid
from typing import Any

import urllib3


class ServiceRefusedError(Exception):
    """Report an answer of 400 and above; the text is the problem document."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status = status


class HttpClient:
    """Send requests with an API key; every creating one with an `Idempotency-Key`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._pool = urllib3.PoolManager(retries=False, timeout=30.0)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON body of a GET."""
        return json.loads(self._send("GET", path))

    def get_bytes(self, path: str) -> bytes:
        """Return the raw body of a GET."""
        return self._send("GET", path)

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON body of a POST with a fresh idempotency key."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return json.loads(self._send("POST", path, json.dumps(body).encode(), headers))

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        merged = {**self._headers, **(headers or {})}
        answer = self._pool.request(method, f"{self._url}{path}", body=body, headers=merged)
        if answer.status >= 400:  # noqa: PLR2004 - HTTP client and server errors
            text = answer.data.decode(errors="replace")
            raise ServiceRefusedError(answer.status, f"{method} {path}: {text}")
        return answer.data
