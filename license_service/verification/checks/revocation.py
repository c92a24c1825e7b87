"""Ask the evidence about revocation at the time that counts.

Where a signature is proven older, a certificate known to be good at some moment since the proof was good
then too, and one revoked later was not revoked yet.

Clause: RFC 5280, 3.3 and 6.3; ETSI EN 319 102-1, 5.2.5 and 5.6.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.paths import PathResult
from license_service.verification.crypto.revocation import RevocationResult, check_revocation
from license_service.verification.evidence import Evidence
from license_service.verification.policy import PathRules


def revocation_since(
    path: PathResult,
    certificates: Sequence[bytes],
    evidence: Evidence,
    proven: datetime,
    now: datetime,
    rules: PathRules,
) -> RevocationResult:
    """Judge a found path at `proven`, by what was known at any moment from then to `now`.

    Without proof `proven` is `now`. A leaf that has ended is asked about at its end: that it has ended
    is told by another check. `certificates` may have signed CRLs beside the path.
    """
    leaf = read_certificate(path.chain[0])
    return check_revocation(
        path,
        evidence.crls,
        evidence.ocsp_responses,
        min(max(proven, leaf.not_before), leaf.not_after),
        certificates=(*certificates, *evidence.certificates),
        asked_at=now,
        rules=rules,
    )
