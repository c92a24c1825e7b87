"""Outgoing HTTP, only to hosts the operator listed: no redirects, no proxies, bounded time and size.

`http.client` does no more than that. Its timeouts hold for one read, so that a server sending a byte now and
then could hold a worker for ever: a timer ends the whole exchange.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from threading import Timer

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from license_service.domain.case import CheckResult
from license_service.services.ports import WebhookEndpoint
from license_service.verification.document import FormatError
from license_service.verification.strict_json import parse_object

_CONNECT_SECONDS = 3.0
_EXCHANGE_SECONDS = 12.0
_LARGEST_ANSWER = 64 * 1024
_OK = 200
_KINDS = {"http": (HTTPConnection, 80), "https": (HTTPSConnection, 443)}
_RESULTS = {"kept": CheckResult.KEPT, "broken": CheckResult.BROKEN}


class HttpDataSource:
    """Ask the data sources named in the settings.

    The question goes as JSON with `Idempotency-Key`; the answer is `{"result": "kept" | "broken"}`.
    """

    def __init__(self, sources: Mapping[str, str], seconds: float = _EXCHANGE_SECONDS) -> None:
        self._sources = sources
        self._seconds = seconds

    def check(self, source: str, question: dict[str, str], idempotency_key: str) -> CheckResult:
        """Return what the source says; any other status, shape or silence is undetermined."""
        url = self._sources.get(source)
        if url is None:
            return CheckResult.UNDETERMINED
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        status, data = _post(url, headers, json.dumps(question).encode(), self._seconds)
        return _read(data) if status == _OK else CheckResult.UNDETERMINED


class HttpWebhookSender:
    """Send webhooks to listed hosts (`host:port`)."""

    def __init__(self, hosts: frozenset[str], seconds: float = _EXCHANGE_SECONDS) -> None:
        self._hosts = hosts
        self._seconds = seconds

    def send(self, endpoint: WebhookEndpoint, headers: dict[str, str], body: bytes) -> int:
        """Return the status; 0 for a host that is not listed."""
        if not self.allows(endpoint.url):
            return 0
        return _post(endpoint.url, headers, body, self._seconds)[0]

    def allows(self, url: str) -> bool:
        """Tell whether the operator listed the URL's host and port."""
        try:
            address = parse_url(url)
        except LocationParseError:
            return False
        if address.scheme not in _KINDS:
            return False
        return f"{address.host}:{address.port or _KINDS[address.scheme][1]}" in self._hosts


class HttpWitnessClient:
    """Reach the witnesses that the operator's policy names."""

    def submit(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        return _post(url, {"Content-Type": "text/plain; charset=utf-8"}, body, _EXCHANGE_SECONDS)


def _post(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> tuple[int, bytes]:
    """Return status and body; status 0 where nothing answered whole and in time."""
    try:
        # The parser that `allows` asked: where two read one URL differently, the wrong host is reached.
        address = parse_url(url)
        kind, port = _KINDS[address.scheme or ""]
        connection = kind(address.host or "", address.port or port, timeout=min(seconds, _CONNECT_SECONDS))
        with closing(connection):
            return _exchange(connection, address, headers, body, seconds)
    except (OSError, HTTPException, LocationParseError, KeyError):
        return 0, b""


def _exchange(
    connection: HTTPConnection, address: Url, headers: Mapping[str, str], body: bytes, seconds: float
) -> tuple[int, bytes]:
    connection.connect()
    connection.sock.settimeout(seconds)
    deadline = time.monotonic() + seconds
    end = Timer(seconds, _end, (connection.sock,))
    end.start()
    try:
        connection.request("POST", address.request_uri, body, dict(headers))
        with connection.getresponse() as answer:
            data = answer.read(_LARGEST_ANSWER + 1)
            rest = answer.length
    finally:
        end.cancel()
    if len(data) > _LARGEST_ANSWER:
        return answer.status, b""
    if rest or time.monotonic() >= deadline:
        raise IncompleteRead(data)
    return answer.status, data


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself just now
        connection.shutdown(socket.SHUT_RDWR)


def _read(data: bytes) -> CheckResult:
    try:
        result = parse_object(data).get("result")
    except FormatError:
        return CheckResult.UNDETERMINED
    return (
        _RESULTS.get(result, CheckResult.UNDETERMINED)
        if isinstance(result, str)
        else CheckResult.UNDETERMINED
    )
