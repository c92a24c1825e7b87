"""Verify a document and keep the answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from license_service.clock import Clock, format_instant
from license_service.domain.application import PresentedLicense
from license_service.domain.case import Event, EventKind
from license_service.errors import NotFoundError
from license_service.services.archive import InputKeeper
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.explanation import explain
from license_service.services.ports import EvidenceFetcher, Store, Transaction
from license_service.services.recording import record_event
from license_service.verification.crypto.revocation_points import RevocationPoint, revocation_points
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.report import Indication, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_JUDGING = Lock()


@dataclass(frozen=True)
class Verifier:
    """Hold what every verdict of this process rests on; trust and evidence follow their files."""

    policy: VerificationPolicy
    trust: Callable[[], TrustStore]
    evidence: Callable[[], Evidence]
    keeper: InputKeeper | None = None
    fetcher: EvidenceFetcher | None = None

    def __call__(
        self, document: bytes, moment: datetime, presentation: Presentation = AS_IS
    ) -> VerificationReport:
        """Judge a document, and keep what the verdict rests on."""
        trust = self.trust()
        report, evidence = self._judge(document, trust, moment, presentation)
        if self.keeper is not None:
            self.keeper.keep(document, self.policy, trust, evidence, presentation)
        return report

    def look(self, document: bytes, moment: datetime) -> VerificationReport:
        """Judge a document and keep nothing."""
        return self._judge(document, self.trust(), moment, AS_IS)[0]

    def _judge(
        self, document: bytes, trust: TrustStore, moment: datetime, presentation: Presentation
    ) -> tuple[VerificationReport, Evidence]:
        """Judge a document; where only revocation is open, fetch what allowed hosts have and judge again.

        What was fetched is part of the second verdict's evidence, and in its digest.
        """
        evidence = self.evidence()
        report = self._verify(document, trust, evidence, moment, presentation)
        points = _open_points(report) if self.fetcher else ()
        if not self.fetcher or not points:
            return report, evidence
        more = evidence.joined(self.fetcher.fetch(points))
        if more == evidence:
            return report, evidence
        return self._verify(document, trust, more, moment, presentation), more

    def _verify(
        self,
        document: bytes,
        trust: TrustStore,
        evidence: Evidence,
        moment: datetime,
        presentation: Presentation,
    ) -> VerificationReport:
        """Judge one document at a time in this process.

        Two threads that first used the ASN.1 library together got a genuine seal's chain judged invalid, and
        the path was kept as invalid. Judging is bound by the interpreter's lock anyway.
        """
        with _JUDGING:
            return verify(document, self.policy, trust, evidence, moment, presentation)


def _open_points(report: VerificationReport) -> tuple[RevocationPoint, ...]:
    unsettled = [s for s in report.signatures if s.indication is not Indication.TOTAL_PASSED]
    if not all(signature.unknown_revocation for signature in unsettled):
        return ()
    chains = [chain for signature in unsettled for chain in signature.unknown_revocation]
    return tuple(dict.fromkeys(point for chain in chains for point in revocation_points(chain)))


class VerificationService:
    """Answer `POST /v1/verifications` and `GET /v1/verifications/{id}`."""

    def __init__(self, store: Store, clock: Clock, verifier: Verifier) -> None:
        self._store = store
        self._clock = clock
        self._verifier = verifier

    def verify(
        self,
        caller: Caller,
        document: bytes,
        *,
        validation_time: datetime | None,
        presentation: Presentation,
        claim: IdempotencyClaim | None = None,
    ) -> dict[str, Any]:
        """Verify, record the event, and keep the answer; the document itself is not kept.

        Raises:
            ForbiddenError: without the scope.
            DocumentTooLargeError: above the size limit.
            IdempotencyKeyReusedError: if the claim's key came with another payload.
        """
        caller.require(Scope.VERIFY)
        now = self._clock.now()
        if claim is not None:
            with self._store.begin() as tx:
                stored = tx.stored_answer(caller.tenant, claim)
            if stored is not None:
                return stored
        report = self._verifier(document, validation_time or now, presentation)
        with self._store.begin() as tx:
            answer = keep_verification(tx, caller.tenant, report, now)
            if claim is not None:
                tx.keep_answer(caller.tenant, claim, answer)
        return answer

    def get(self, caller: Caller, identifier: str) -> dict[str, Any]:
        """Return a kept answer.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.VERIFY)
        with self._store.begin() as tx:
            answer = tx.verification(caller.tenant, identifier)
        if answer is None:
            raise NotFoundError("no such verification")
        return answer


def keep_verification(
    tx: Transaction, tenant: str, report: VerificationReport, now: datetime
) -> dict[str, Any]:
    """Write a report with its event; return the answer."""
    identifier = uuid.uuid4().hex
    event = record_event(tx, tenant, None, _event(identifier, report), now)
    body = report.to_json()
    answer = {
        "id": identifier,
        "created_at": format_instant(now),
        "event_id": event.id,
        "report": body,
        "codes": list(report.codes()),
        "messages": [explanation.to_json() for explanation in explain(body)],
    }
    tx.add_verification(tenant, identifier, answer)
    return answer


def presented(answer: dict[str, Any]) -> PresentedLicense:
    """Return what assessment needs of a kept answer."""
    report = answer["report"]
    license_ = report["license"] or {}
    return PresentedLicense(
        report_id=answer["id"],
        indication=report["indication"],
        codes=tuple(answer["codes"]),
        type_code=license_.get("type_code", ""),
        holder_ids=tuple(holder["id"] for holder in license_.get("holders", ()) if holder["id"]),
    )


def _event(identifier: str, report: VerificationReport) -> Event:
    return Event(
        EventKind.VERIFICATION_COMPLETED,
        {
            "verification": identifier,
            "document": f"sha256:{report.sha256}",
            "indication": report.indication.value,
            "sub_indication": report.sub_indication.value if report.sub_indication else None,
            "policy": report.policy_digest,
            "trust": report.trust_digest,
            "evidence": report.evidence_digest,
            "validation_time": format_instant(report.validation_time),
        },
    )
