"""Calls under `/v1/verifications`: is this document genuine?"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any, Unpack

from license_service.client.calls import Calls
from license_service.client.errors import StillRunningError
from license_service.client.shapes import Batch, BatchLine, Beside, Verification

_POLL_SECONDS = 0.2
_LONGEST_POLL_SECONDS = 5.0


class VerificationCalls(Calls):
    """Verify documents, one at a time."""

    def verify(
        self,
        document: bytes,
        *,
        content: bytes | None = None,
        key: str | None = None,
        **beside: Unpack[Beside],
    ) -> Verification:
        """Verify a document; `content` is what a detached signature is over."""
        body: dict[str, object] = {"document": _base64(document), **beside}
        if content is not None:
            body["content"] = _base64(content)
        answer: Verification = self._post("/v1/verifications", body, key=key).json()
        return answer

    def verify_identifier(
        self, identifier: str, *, key: str | None = None, **beside: Unpack[Beside]
    ) -> Verification:
        """Verify the document that the register of licenses has of a 电子证照标识."""
        body = {"identifier": identifier, **beside}
        answer: Verification = self._post("/v1/verifications", body, key=key).json()
        return answer

    def get(self, verification_id: str) -> Verification:
        """Return a verdict given before."""
        answer: Verification = self._get("/v1/verifications/{id}", id=verification_id).json()
        return answer

    def report_html(self, verification_id: str) -> str:
        """Return a verdict as a page."""
        return self._get("/v1/verifications/{id}/report.html", id=verification_id).data.decode()

    def report_pdf(self, verification_id: str) -> bytes:
        """Return a verdict as PDF."""
        return self._get("/v1/verifications/{id}/report.pdf", id=verification_id).data

    def validation_token(self, verification_id: str) -> str:
        """Return a verdict as a signed JWT (RFC 9321), bound to its document."""
        return self._get("/v1/verifications/{id}/validation-token", id=verification_id).data.decode()

    def validation_token_keys(self) -> dict[str, Any]:
        """Return the public keys of those, as a JWK set."""
        answer: dict[str, Any] = self._get("/v1/validation-token-keys").json()
        return answer


class BatchCalls(Calls):
    """Verify many documents as one job."""

    def open(self, documents: Iterable[tuple[str, bytes]], *, key: str | None = None) -> Batch:
        """Send documents, each under the name its sender knows it by; they are judged in the background."""
        lines = (json.dumps({"name": name, "document": _base64(data)}) for name, data in documents)
        body, kind = "\n".join(lines).encode(), "application/x-ndjson"
        answer: Batch = self._post("/v1/verifications/batches", body, key=key, content_type=kind).json()
        return answer

    def open_zip(self, archive: bytes, *, key: str | None = None) -> Batch:
        """Send a zip of documents."""
        kind = "application/zip"
        answer: Batch = self._post("/v1/verifications/batches", archive, key=key, content_type=kind).json()
        return answer

    def get(self, batch_id: str) -> Batch:
        """Return how far a batch is."""
        answer: Batch = self._get("/v1/verifications/batches/{id}", id=batch_id).json()
        return answer

    def results(self, batch_id: str) -> Iterator[BatchLine]:
        """Return the verdicts there are, in the order the documents were sent."""
        reply = self._get("/v1/verifications/batches/{id}/results", id=batch_id)
        yield from map(json.loads, reply.data.splitlines())

    def wait(self, batch_id: str, seconds: float) -> Batch:
        """Ask until a batch is complete, less and less often.

        Raises:
            StillRunningError: if it is not within `seconds`.
        """
        ends, pause = time.monotonic() + seconds, _POLL_SECONDS
        while (batch := self.get(batch_id))["state"] != "complete":
            if time.monotonic() + pause > ends:
                raise StillRunningError(f"batch {batch_id}: {batch['done']} of {batch['total']}")
            time.sleep(pause)
            pause = min(_LONGEST_POLL_SECONDS, pause * 1.5)
        return batch


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
