"""Calls that say why cases come out as they do, and what people say of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from license_service.client.calls import Calls, Json


class InsightCalls(Calls):
    """Trace cases, and see where many of them wait."""

    def trace(self, case_id: str, *, until: int | None = None) -> Json:
        """Return a case from its outcome backwards, as of an event or now."""
        return self._get("/v1/cases/{id}/trace", {"until": until}, id=case_id).members()

    def blockages(self, first: date, last: date, by: str = "matter") -> Json:
        """Return where cases wait or fail most, and by what materials were skipped."""
        query = {"from": first.isoformat(), "to": last.isoformat(), "by": by}
        return self._get("/v1/reports/blockages", query).members()


class FeedbackCalls(Calls):
    """Take ratings (好差评) and complaints (12345), and answer them."""

    def rate(
        self,
        case_id: str,
        channel: str,
        score: int,
        *,
        reasons: Sequence[str] = (),
        text: str = "",
        key: str | None = None,
    ) -> Json:
        """Rate a case from 1 to 5, once."""
        body = {"channel": channel, "score": score, "reasons": list(reasons), "text": text}
        return self._post("/v1/cases/{id}/ratings", body, key=key, id=case_id).members()

    def complain(
        self,
        case_id: str,
        channel: str,
        reasons: Sequence[str],
        *,
        text: str = "",
        key: str | None = None,
    ) -> Json:
        """Complain about a case."""
        body = {"channel": channel, "reasons": list(reasons), "text": text}
        return self._post("/v1/cases/{id}/complaints", body, key=key, id=case_id).members()

    def get(self, feedback_id: str) -> Json:
        """Return a rating or complaint with its answer."""
        return self._get("/v1/complaints/{id}", id=feedback_id).members()

    def answer(self, feedback_id: str, text: str, *, key: str | None = None) -> Json:
        """Answer a bad rating or a complaint."""
        return self._post("/v1/complaints/{id}/answer", {"text": text}, key=key, id=feedback_id).members()
