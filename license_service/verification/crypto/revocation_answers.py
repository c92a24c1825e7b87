"""What one source can say of one certificate, and when it may still say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from license_service.verification.crypto.instants import Instant


class RevocationStatus(StrEnum):
    """What revocation data can say."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RevocationSource:
    """Name what decided: a CRL or an OCSP response, who made it and for when."""

    kind: str
    issuer: str
    this_update: datetime
    next_update: datetime | None


@dataclass(frozen=True)
class Answer:
    """Say what is known of a certificate; `reason` is why it is revoked, or why nothing is known."""

    status: RevocationStatus
    reason: str = ""
    revoked_at: datetime | None = None
    source: RevocationSource | None = None
    on_hold: bool = False


@dataclass(frozen=True)
class Times:
    """Hold the moment a certificate must not have been revoked at, and when the question is asked.

    They differ where a signature is proven older: what authorities said since counts too, and more.
    """

    moment: Instant
    asked: Instant

    def current(self, this_update: datetime, until: datetime | None, life_end: datetime) -> bool:
        """Tell whether something said at `this_update` answers for the moment.

        It does if it was in force then; or was said later, of a certificate whose life had not ended, after
        which authorities may forget it. What is dated in the future is not in force yet. RFC 5280, 6.3.3 a).
        """
        if not self.asked.reached(this_update):
            return False
        if self.moment.reached(this_update):
            return until is not None and not self.moment.passed(until)
        return this_update <= life_end

    def judge(self, source: RevocationSource, revoked_at: datetime, reason: str) -> Answer:
        """Answer for a listed certificate: revoked, on hold, or revoked only after the moment.

        A hold (暂停) may be lifted, so it decides nothing. Clause: ETSI EN 319 102-1, 5.1.3 (TRY_LATER).
        """
        if not self.moment.reached(revoked_at):
            return Answer(RevocationStatus.GOOD, source=source)
        if reason == "certificate_hold":
            return Answer(RevocationStatus.UNKNOWN, reason, revoked_at, source, on_hold=True)
        return Answer(RevocationStatus.REVOKED, reason, revoked_at, source)


def most_severe(answers: Sequence[Answer]) -> Answer:
    """Return the answer to go by: revoked anywhere is revoked, a hold is not good, and else any good is."""
    return min(answers, key=lambda answer: _SEVERITY[answer.status, answer.on_hold])


_SEVERITY = {
    (RevocationStatus.REVOKED, False): 0,
    (RevocationStatus.UNKNOWN, True): 1,
    (RevocationStatus.GOOD, False): 2,
    (RevocationStatus.UNKNOWN, False): 3,
}
