"""Outgoing HTTP, only to hosts the operator listed: no redirects, no proxies, bounded time and size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import urllib3

from license_service.domain.case import CheckResult
from license_service.services.ports import WebhookEndpoint

_TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0, total=12.0)
_LARGEST_ANSWER = 64 * 1024
_OK = 200


class _Outgoing:
    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Return status and body; status 0 where nothing answered."""
        try:
            answer = self._pool.request(
                "POST", url, headers=dict(headers), body=body, redirect=False, preload_content=False
            )
            data = answer.read(_LARGEST_ANSWER, decode_content=False)
            status = answer.status
            answer.close()
        except (urllib3.exceptions.HTTPError, ValueError):
            return 0, b""
        return status, data


class HttpDataSource:
    """Ask the data sources named in the settings.

    The question goes as JSON with `Idempotency-Key`; the answer is `{"result": "kept" | "broken"}`.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._http = _Outgoing()

    def check(self, source: str, question: dict[str, str], idempotency_key: str) -> CheckResult:
        """Return what the source says; any other status, shape or silence is undetermined."""
        url = self._sources.get(source)
        if url is None:
            return CheckResult.UNDETERMINED
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        status, data = self._http.post(url, headers, json.dumps(question).encode())
        return _read(data) if status == _OK else CheckResult.UNDETERMINED


class HttpWebhookSender:
    """Send webhooks to listed hosts (`host:port`)."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        self._http = _Outgoing()

    def send(self, endpoint: WebhookEndpoint, headers: dict[str, str], body: bytes) -> int:
        """Return the status; 0 for a host that is not listed."""
        if not self.allows(endpoint.url):
            return 0
        return self._http.post(endpoint.url, headers, body)[0]

    def allows(self, url: str) -> bool:
        """Tell whether the operator listed the URL's host and port."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and f"{parts.hostname}:{port}" in self._hosts


class HttpWitnessClient:
    """Reach the witnesses that the operator's policy names."""

    def __init__(self) -> None:
        self._http = _Outgoing()

    def submit(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        return self._http.post(url, {"Content-Type": "text/plain; charset=utf-8"}, body)


def _read(data: bytes) -> CheckResult:
    try:
        answer = json.loads(data)
        result = answer.get("result")
    except (ValueError, AttributeError, RecursionError):
        return CheckResult.UNDETERMINED
    known = {"kept": CheckResult.KEPT, "broken": CheckResult.BROKEN}
    return (
        known.get(result, CheckResult.UNDETERMINED) if isinstance(result, str) else CheckResult.UNDETERMINED
    )
