"""Calls for what was recorded: events, proofs, the lists of data sharing, the service itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from license_service.client.calls import Calls
from license_service.client.errors import ConflictError
from license_service.client.shapes import EventPage, SharingLists

_POLL_SECONDS = 0.5
_PENDING = "receipt_pending"


class EventCalls(Calls):
    """Read the feed of events."""

    def page(self, after: str | None = None, limit: int = 100) -> EventPage:
        """Return events behind a cursor, the oldest first."""
        answer: EventPage = self._get("/v1/events", {"after": after, "limit": limit}).json()
        return answer

    def pages(self, after: str | None = None, limit: int = 100) -> Iterator[EventPage]:
        """Return pages until there is nothing more; keep `next` of each once its events are dealt with."""
        page = self.page(after, limit)
        while page["events"]:
            yield page
            page = self.page(page["next"], limit)


class ProofCalls(Calls):
    """Fetch what proves that an event is in the log."""

    def checkpoint(self) -> str:
        """Return the last signed checkpoint."""
        return self._get("/v1/log/checkpoint").data.decode()

    def log_key(self) -> str:
        """Return the log's public key; pin it when you first see it."""
        return self._get("/v1/log/key").data.decode().strip()

    def tile(self, level: int, tail: str) -> bytes:
        """Return a tile of hashes (c2sp.org/tlog-tiles)."""
        return self._get("/v1/log/tile/{level}/{tail}", level=level, tail=tail).data

    def entries(self, tail: str) -> bytes:
        """Return the entries below a tile."""
        return self._get("/v1/log/tile/entries/{tail}", tail=tail).data

    def receipt(self, event_id: str) -> str:
        """Return the proof that an event is in the log."""
        return self._get("/v1/events/{id}/receipt", id=event_id).data.decode()

    def entry(self, event_id: str) -> bytes:
        """Return the exact bytes of an event, which its receipt is about."""
        return self._get("/v1/events/{id}/entry", id=event_id).data

    def await_receipt(self, event_id: str, seconds: float) -> str:
        """Return a receipt as soon as a checkpoint covers its event.

        Raises:
            ConflictError: if none does within `seconds`.
        """
        ends = time.monotonic() + seconds
        while True:
            try:
                return self.receipt(event_id)
            except ConflictError as error:
                if error.code != _PENDING or time.monotonic() + _POLL_SECONDS > ends:
                    raise
            time.sleep(_POLL_SECONDS)


class DataSharingCalls(Calls):
    """Read the lists of data sharing."""

    def lists(self) -> SharingLists:
        """Return the sharing list, the standards list and the operations list."""
        answer: SharingLists = self._get("/v1/data-sharing/lists").json()
        return answer


class OperationCalls(Calls):
    """Ask how the service is, and what it offers."""

    def is_live(self) -> bool:
        """Tell that the process answers."""
        return bool(self._get("/livez").json()["status"] == "ok")

    def readiness(self) -> dict[str, Any]:
        """Return whether the service can do its work, and on what it runs."""
        answer: dict[str, Any] = self._get("/readyz").json()
        return answer

    def metrics(self) -> str:
        """Return metrics in Prometheus's text format."""
        return self._get("/metrics").data.decode()

    def openapi(self) -> dict[str, Any]:
        """Return the API's description."""
        answer: dict[str, Any] = self._get("/openapi.json").json()
        return answer

    def report_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a report."""
        answer: dict[str, Any] = self._get("/v1/schemas/report").json()
        return answer
