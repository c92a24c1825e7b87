"""Ask the evidence about revocation, at the latest moment it can speak of.

A certificate known to be good at some moment since the proven time was good at the proven time. Evidence
kept from the life of a certificate can say so long after; a CRL made after it ended cannot, since
certificates that have ended are taken off.

Clause: RFC 5280, 3.3 and 6.3; ETSI EN 319 102-1, 5.2.5 and 5.6.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from license_service.verification.crypto.certificates import CertificateFacts
from license_service.verification.crypto.paths import PathResult
from license_service.verification.crypto.revocation import (
    RevocationResult,
    RevocationStatus,
    check_revocation,
    issue_time,
)
from license_service.verification.evidence import Evidence
from license_service.verification.limits import MAX_REVOCATION_MOMENTS


def revocation_since(
    path: PathResult, leaf: CertificateFacts, evidence: Evidence, proven: datetime, now: datetime
) -> RevocationResult:
    """Judge a path now or, where nothing is known of now, at a moment since `proven`.

    Without proof `proven` is `now`. A leaf that has ended is asked about at its end: that it has ended
    is told by another check.
    """
    latest = min(max(now, leaf.not_before), leaf.not_after)
    result = check_revocation(path, evidence.crls, latest)
    for moment in _earlier_moments(evidence, proven, latest):
        if result.status is not RevocationStatus.UNKNOWN:
            break
        result = check_revocation(path, evidence.crls, moment)
    return result


def _earlier_moments(evidence: Evidence, proven: datetime, latest: datetime) -> Iterator[datetime]:
    if proven >= latest:
        return
    issued = {issue_time(data) for data in evidence.crls}
    between = sorted((moment for moment in issued if moment and proven < moment < latest), reverse=True)
    yield from between[:MAX_REVOCATION_MOMENTS]
    yield proven
