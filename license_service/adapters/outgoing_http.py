"""Webhook receivers and witnesses over HTTP: only those the operator listed, each within 12 seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from license_service.adapters.pinned_http import Budget, PinnedHttp, Resolver, origin
from license_service.services.records import WebhookAnswer, WebhookEndpoint

EXCHANGE_SECONDS = 12.0
_LARGEST_ANSWER = 64 * 1024
_NOTHING = WebhookAnswer(0)


class HttpWebhookSender:
    """Send webhooks to listed receivers (`host:port`, `scheme://host:port`), never to services kept off."""

    def __init__(
        self,
        hosts: Iterable[str],
        networks: Iterable[str] = (),
        seconds: float = EXCHANGE_SECONDS,
        *,
        resolver: Resolver | None = None,
        off_limits: Collection[tuple[str, int]] = (),
    ) -> None:
        self._http = PinnedHttp(hosts, networks, resolver, off_limits)
        self._seconds = seconds

    def send(self, endpoint: WebhookEndpoint, headers: dict[str, str], body: bytes) -> WebhookAnswer:
        """Return what the receiver said; nothing where it is not allowed, or not in time."""
        budget = Budget(self._seconds, _LARGEST_ANSWER)
        answer = self._http.exchange(endpoint.url, budget, method="POST", body=body, headers=headers)
        if answer is None:
            return _NOTHING
        return WebhookAnswer(answer.status, answer.headers.get("Retry-After", ""))

    def allows(self, url: str) -> bool:
        """Tell whether the operator listed the URL's host and port."""
        return self._http.allows(url)


class HttpWitnessClient:
    """Reach the witnesses at the given URLs, at public addresses or in listed networks."""

    def __init__(self, urls: Iterable[str], networks: Iterable[str] = ()) -> None:
        self._http = PinnedHttp(filter(None, map(origin, urls)), networks)

    def submit(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer; status 0 where nothing answered whole and in time."""
        budget = Budget(EXCHANGE_SECONDS, _LARGEST_ANSWER)
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        answer = self._http.exchange(url, budget, method="POST", body=body, headers=headers)
        return (0, b"") if answer is None else (answer.status, answer.body or b"")
