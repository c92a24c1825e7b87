"""Calls under `/v1/matters` and `/v1/cases`: what is asked for, and applying."""

from __future__ import annotations

import base64

from license_service.client.calls import Calls
from license_service.client.shapes import (
    Application,
    AssessedCase,
    Case,
    Document,
    Event,
    Matter,
    MatterSummary,
    Paper,
    Supplemented,
)


def document(content: bytes) -> Document:
    """Return the bytes of a license as a document of an application."""
    return {"content": base64.b64encode(content).decode()}


class MatterCalls(Calls):
    """Read guides, and try an application without storing it."""

    def list(self) -> list[MatterSummary]:
        """Return every matter in effect today."""
        answer: list[MatterSummary] = self._get("/v1/matters").json()["matters"]
        return answer

    def get(self, code: str) -> Matter:
        """Return the guide of a matter."""
        answer: Matter = self._get("/v1/matters/{code}", code=code).json()
        return answer

    def guide_html(self, code: str) -> str:
        """Return the guide as a page."""
        return self._get("/v1/matters/{code}/guide.html", code=code).data.decode()

    def walk_through(self, code: str, application: Application) -> AssessedCase:
        """Say what would become of an application; stores nothing."""
        answer: AssessedCase = self._post("/v1/matters/{code}/walkthroughs", application, code=code).json()
        return answer


class CaseCalls(Calls):
    """Apply, and do what is open."""

    def open(self, matter_code: str, application: Application, *, key: str | None = None) -> AssessedCase:
        """Assess an application and open its case."""
        body = {"matter_code": matter_code, **application}
        answer: AssessedCase = self._post("/v1/cases", body, key=key).json()
        return answer

    def get(self, case_id: str) -> Case:
        """Return a case; its `version` goes into a change that must not overwrite another."""
        answer: Case = self._get("/v1/cases/{id}", id=case_id).json()
        return answer

    def timeline(self, case_id: str) -> list[Event]:
        """Return what happened to a case, in order."""
        answer: list[Event] = self._get("/v1/cases/{id}/timeline", id=case_id).json()["events"]
        return answer

    def supplement(
        self,
        case_id: str,
        material: str,
        *,
        document: Document | None = None,
        paper: Paper | None = None,
        key: str | None = None,
        version: int | None = None,
    ) -> Supplemented:
        """Hand in what is owed: a license, or a paper by its digest."""
        body = {"material": material, "document": document, "submitted": paper}
        reply = self._post("/v1/cases/{id}/supplements", body, key=key, version=version, id=case_id)
        answer: Supplemented = reply.json()
        return answer

    def suspend_clock(
        self, case_id: str, procedure: str, reason: str, *, key: str | None = None, version: int | None = None
    ) -> Case:
        """Stop the clock of the decision for a special procedure."""
        body = {"procedure": procedure, "reason": reason}
        reply = self._post("/v1/cases/{id}/clock/suspensions", body, key=key, version=version, id=case_id)
        answer: Case = reply.json()
        return answer

    def resume_clock(
        self, case_id: str, reason: str, *, key: str | None = None, version: int | None = None
    ) -> Case:
        """Let the clock run again."""
        body = {"reason": reason}
        reply = self._post("/v1/cases/{id}/clock/resumptions", body, key=key, version=version, id=case_id)
        answer: Case = reply.json()
        return answer

    def extend_clock(
        self, case_id: str, reason: str, *, key: str | None = None, version: int | None = None
    ) -> Case:
        """Give the decision more time, once."""
        body = {"reason": reason}
        reply = self._post("/v1/cases/{id}/clock/extensions", body, key=key, version=version, id=case_id)
        answer: Case = reply.json()
        return answer
