"""Calls under `/v1/bundles` and `/v1/bundle-applications`: several matters as one thing (一件事一次办)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from license_service.client.calls import Calls, Json
from license_service.client.shapes import Agent, Document, Person


class BundleCalls(Calls):
    """Read bundles, try one, apply for one, and go on when a result has come."""

    def list(self) -> Json:
        """Return every bundle in effect today."""
        return self._get("/v1/bundles").members()

    def get(self, code: str) -> Json:
        """Return what the matters of a bundle ask for, each material once."""
        return self._get("/v1/bundles/{code}", code=code).members()

    def guide_html(self, code: str) -> str:
        """Return the same guide as a page."""
        return self._get("/v1/bundles/{code}/guide.html", code=code).data.decode()

    def walk_through(self, code: str, application: Mapping[str, Any]) -> Json:
        """Say the whole way of each matter and of all together; stores nothing."""
        return self._post("/v1/bundles/{code}/walkthroughs", application, code=code).members()

    def apply(self, code: str, application: Mapping[str, Any], *, key: str | None = None) -> Json:
        """Apply for every matter of a bundle at once; each gets a case of its own."""
        return self._post("/v1/bundles/{code}/applications", application, key=key, code=code).members()

    def application(self, application_id: str) -> Json:
        """Return an application with the cases of its matters as they are now."""
        return self._get("/v1/bundle-applications/{id}", id=application_id).members()

    def add_result(
        self,
        application_id: str,
        document: Document,
        *,
        applicant: Person | None = None,
        agent: Agent | None = None,
        by_agent: bool = False,
        key: str | None = None,
    ) -> Json:
        """Hand in the result of one matter, and go on with those that waited for it."""
        body = {"document": document, "applicant": applicant, "agent": agent, "by_agent": by_agent}
        return self._post("/v1/bundle-applications/{id}/results", body, key=key, id=application_id).members()

    def withdraw(
        self, application_id: str, reason: str, *, matters: Sequence[str] = (), key: str | None = None
    ) -> Json:
        """Withdraw matters that wait for a result, or all of them where none is named."""
        body = {"matters": list(matters), "reason": reason}
        return self._post(
            "/v1/bundle-applications/{id}/withdrawal", body, key=key, id=application_id
        ).members()
