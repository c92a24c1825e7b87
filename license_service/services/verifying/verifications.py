"""Verify a document and keep the answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from license_service.clock import Clock, format_instant
from license_service.domain.application import PresentedLicense
from license_service.domain.case import Event, EventKind
from license_service.domain.identifiers import license_identifier_parts
from license_service.errors import NotFoundError
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.ports import Store, Transaction
from license_service.services.recording import record_event
from license_service.services.salted import commit, draw_salt
from license_service.services.verifying.archive import InputKeeper
from license_service.services.verifying.explanation import explain
from license_service.services.verifying.fetching import NOTHING, Fetching
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.validation_token import bind

BINDING_HASH = "SHA256"
"""Under which a kept verdict names its signatures; the document's own digest is there anyway."""


@dataclass(frozen=True)
class Verifier:
    """Hold what every verdict of this process rests on; trust and evidence follow their files."""

    policy: VerificationPolicy
    trust: Callable[[], TrustStore]
    evidence: Callable[[], Evidence]
    keeper: InputKeeper | None = None
    fetching: Fetching = NOTHING

    def __call__(
        self, document: bytes | None, moment: datetime, presentation: Presentation = AS_IS
    ) -> VerificationReport:
        """Judge a document, and keep what the verdict rests on.

        Without one it is what the register has of the identifier presented; that it gave none is a
        verdict too.

        Raises:
            InvalidRequestError: if there is no document and no register.
            DocumentTooLargeError: above the size limit.
        """
        return self._judge(document, moment, presentation, self.keeper)

    def look(
        self, document: bytes | None, moment: datetime, presentation: Presentation = AS_IS
    ) -> VerificationReport:
        """Judge a document as `__call__` does, and keep nothing."""
        return self._judge(document, moment, presentation, None)

    def _judge(
        self,
        document: bytes | None,
        moment: datetime,
        presentation: Presentation,
        keeper: InputKeeper | None,
    ) -> VerificationReport:
        trust, known = self.trust(), self.evidence()
        if document is None:
            document, silence = self.fetching.obtain(presentation.identifier or "", moment)
            known = known.joined(silence)
        report, evidence = self.fetching.judge(document, self.policy, trust, known, moment, presentation)
        if keeper is not None:
            keeper.keep(document, self.policy, trust, evidence, presentation)
        return report


class VerificationService:
    """Answer `POST /v1/verifications` and `GET /v1/verifications/{id}`."""

    def __init__(self, store: Store, clock: Clock, verifier: Verifier) -> None:
        self._store = store
        self._clock = clock
        self._verifier = verifier

    def verify(
        self,
        caller: Caller,
        document: bytes | None,
        *,
        validation_time: datetime | None,
        presentation: Presentation,
        claim: IdempotencyClaim | None = None,
    ) -> dict[str, Any]:
        """Verify, record the event, and keep the answer; the document itself is not kept.

        Without a document it is the one the register has under the identifier of the presentation.

        Raises:
            ForbiddenError: without the scope.
            InvalidRequestError: if there is no document, and no identifier or no register.
            LicenseNotInRegisterError: if the register has none of that identifier.
            RegisterUnavailableError: if the register did not answer.
            DocumentTooLargeError: above the size limit.
            IdempotencyKeyReusedError: if the claim's key came with another payload.
        """
        caller.require(Scope.VERIFY)
        now = self._clock.now()
        if claim is not None:
            with self._store.read() as tx:
                stored = tx.stored_answer(caller.tenant, claim)
            if stored is not None:
                return stored
        if document is None:
            document = self._verifier.fetching.download(presentation.identifier or "")
        report = self._verifier(document, validation_time or now, presentation)
        with self._store.begin() as tx:
            answer = keep_verification(tx, caller.tenant, report, now)
            if claim is not None:
                tx.keep_answer(caller.tenant, claim, answer, answer["id"])
        return answer

    def get(self, caller: Caller, identifier: str) -> dict[str, Any]:
        """Return a kept answer.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.VERIFY)
        with self._store.read() as tx:
            answer = tx.verification(caller.tenant, identifier)
        if answer is None:
            raise NotFoundError("no such verification")
        return answer


def keep_verification(
    tx: Transaction, tenant: str, report: VerificationReport, now: datetime
) -> dict[str, Any]:
    """Write a report with its event; return the answer."""
    identifier, salt = uuid.uuid4().hex, draw_salt()
    found = completed_event(identifier, report, salt)
    event = record_event(tx, tenant, None, found, now, subject=identifier)
    body = report.to_json()
    answer = {
        "id": identifier,
        "created_at": format_instant(now),
        "event_id": event.id,
        "salt": salt,
        "report": body,
        "codes": list(report.codes()),
        "messages": [explanation.to_json() for explanation in explain(body)],
        "bindings": bind(report.signatures, BINDING_HASH),
    }
    tx.add_verification(tenant, identifier, answer)
    return answer


def presented(answer: dict[str, Any]) -> PresentedLicense:
    """Return what assessment needs of a kept answer."""
    report = answer["report"]
    license_ = report["license"] or _named(report.get("presentation", {}).get("identifier") or "")
    return PresentedLicense(
        report_id=answer["id"],
        indication=report["indication"],
        codes=tuple(answer["codes"]),
        type_code=license_.get("type_code", ""),
        holder_ids=tuple(holder["id"] for holder in license_.get("holders", ()) if holder["id"]),
        issuer_code=license_.get("issuer_code", ""),
        valid_from=_date(license_.get("valid_from")),
        valid_until=_date(license_.get("valid_until")),
        fields=license_.get("fields", {}),
        unread=report["license"] is None,
        identifier=license_.get("identifier", ""),
    )


def _named(identifier: str) -> dict[str, Any]:
    """Return what an identifier alone says of its license: which material it is meant for."""
    type_code, issuer_code = license_identifier_parts(identifier)
    return {"type_code": type_code, "issuer_code": issuer_code}


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def completed_event(identifier: str, report: VerificationReport, salt: str) -> Event:
    """Return what the log says of a verdict: by digests, so that whoever has the inputs can check it.

    Of the document by a commitment: its digest would tell whoever has it that it was presented here. One
    without a salt is of an earlier version.
    """
    document = f"sha256:{report.sha256}"
    return Event(
        EventKind.VERIFICATION_COMPLETED,
        {
            "verification": identifier,
            "document": commit(salt, document) if salt else document,
            "indication": report.indication.value,
            "sub_indication": report.sub_indication.value if report.sub_indication else None,
            "policy": report.policy_digest,
            "trust": report.trust_digest,
            "evidence": report.evidence_digest,
            "validation_time": format_instant(report.validation_time),
        },
    )
