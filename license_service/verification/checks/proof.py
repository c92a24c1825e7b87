"""Judge the timestamps of one signature: which instants are proven, and by whom.

A token proves something only if it is whole and its authority leads to an anchor for timestamps, was
alive when it stamped, and is alive and unrevoked for as long as the token has to speak for itself:
until now, or until a later token that holds the earlier one in what it stamps.

Clause: RFC 3161, 2.3 and 4; ETSI EN 319 102-1, 5.4 and 5.6.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from license_service.verification.checks.revocation import revocation_since
from license_service.verification.crypto.algorithms import SignatureOutcome
from license_service.verification.crypto.certificates import CertificateFacts
from license_service.verification.crypto.paths import PathResult, PathStatus, build_path
from license_service.verification.crypto.revocation import RevocationStatus
from license_service.verification.crypto.timestamps import TimestampToken, read_token
from license_service.verification.document import FormatError, Timestamp, TimestampSubject
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import Outcome
from license_service.verification.trust import AnchorPurpose, TrustStore

_Verdict = tuple[Outcome, str]
_PASSED: _Verdict = (Outcome.PASSED, "OK")
_ORDER = {
    # What is stamped first when a signature is made, then extended.
    TimestampSubject.SEAL: 0,
    TimestampSubject.CONTENT: 0,
    TimestampSubject.SIGNATURE: 1,
    TimestampSubject.DOCUMENT: 2,
}


@dataclass(frozen=True)
class JudgedTimestamp:
    """Hold a timestamp with what became of it; `token` is None where it cannot be read."""

    timestamp: Timestamp
    token: TimestampToken | None
    outcome: Outcome
    code: str

    @property
    def proof(self) -> TimestampToken | None:
        """Return the token if it proves something."""
        return self.token if self.outcome is Outcome.PASSED else None


@dataclass(frozen=True)
class TimestampJudge:
    """Judge tokens under one policy, trust store, evidence and validation time."""

    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    validation_time: datetime

    def judge_all(self, timestamps: Sequence[Timestamp]) -> tuple[JudgedTimestamp, ...]:
        """Judge every token, those over more bytes first: they may prove that the others existed."""
        judged: list[JudgedTimestamp] = []
        for timestamp in sorted(timestamps, key=lambda item: -len(item.message)):
            judged.append(self._judge(timestamp, judged))
        return tuple(sorted(judged, key=lambda item: timestamps.index(item.timestamp)))

    def _judge(self, timestamp: Timestamp, others: Sequence[JudgedTimestamp]) -> JudgedTimestamp:
        try:
            token = read_token(timestamp.token, timestamp.message)
        except FormatError as error:
            return JudgedTimestamp(timestamp, None, Outcome.FAILED, error.code)
        outcome, code = self._verdict(timestamp, token, others)
        return JudgedTimestamp(timestamp, token, outcome, code)

    def _verdict(
        self, timestamp: Timestamp, token: TimestampToken, others: Sequence[JudgedTimestamp]
    ) -> _Verdict:
        if token.failures:
            return Outcome.FAILED, token.failures[0]
        authority = token.authority
        if authority is None:
            return Outcome.UNDETERMINED, "TIMESTAMP_SIGNER_MISSING"
        proven = self._proven(timestamp, others)
        verdict = self._time(token, authority) or self._algorithms(token, authority, proven)
        return verdict or self._authority(token, authority, proven)

    def _time(self, token: TimestampToken, authority: CertificateFacts) -> _Verdict | None:
        if token.earliest > self.validation_time + self.policy.signing_time_tolerance:
            return Outcome.FAILED, "TIMESTAMP_IN_FUTURE"
        if not authority.not_before <= token.gen_time <= authority.not_after:
            return Outcome.FAILED, "TIMESTAMP_OUTSIDE_AUTHORITY_VALIDITY"
        return None

    def _algorithms(
        self, token: TimestampToken, authority: CertificateFacts, proven: datetime
    ) -> _Verdict | None:
        allowed, signature = self.policy.algorithms, token.signer.value.algorithm
        if token.signature is SignatureOutcome.UNSUPPORTED_ALGORITHM or token.imprint.actual is None:
            return Outcome.UNDETERMINED, "TIMESTAMP_ALGORITHM_UNSUPPORTED"
        rsa_bits = [authority.key_bits] if authority.key_type == "RSA" else []
        weak = any(bits < allowed.min_rsa_bits for bits in rsa_bits)
        if weak or signature not in allowed.signatures or not allowed.digests.issuperset(token.digests):
            return Outcome.UNDETERMINED, "TIMESTAMP_ALGORITHM_REFUSED"
        if allowed.ended((signature, *token.digests), rsa_bits, proven):
            return Outcome.UNDETERMINED, "TIMESTAMP_ALGORITHM_ENDED"
        return None

    def _authority(self, token: TimestampToken, authority: CertificateFacts, proven: datetime) -> _Verdict:
        path = self._path(token, authority, proven)
        if path.status is not PathStatus.FOUND:
            return Outcome.UNDETERMINED, "TIMESTAMP_AUTHORITY_UNKNOWN"
        if proven > authority.not_after:
            return Outcome.UNDETERMINED, "TIMESTAMP_AUTHORITY_EXPIRED"
        certificates, now = token.signer.certificates, self.validation_time
        result = revocation_since(path, certificates, self.evidence, proven, now, self.policy.paths)
        if result.status is RevocationStatus.UNKNOWN:
            return Outcome.UNDETERMINED, "TIMESTAMP_REVOCATION_UNKNOWN"
        if result.status is RevocationStatus.GOOD:
            return _PASSED
        if result.is_after(token.gen_time):
            return Outcome.UNDETERMINED, "TIMESTAMP_AUTHORITY_REVOKED_SINCE"
        return Outcome.FAILED, "TIMESTAMP_AUTHORITY_REVOKED"

    def _path(self, token: TimestampToken, authority: CertificateFacts, proven: datetime) -> PathResult:
        anchors = self.trust.for_purpose(AnchorPurpose.TIMESTAMP, self.validation_time, proven)
        intermediates = (*token.signer.certificates, *self.evidence.certificates)
        ders = [anchor.certificate for anchor in anchors]
        return build_path(authority.der, intermediates, ders, proven, self.policy.paths)

    def _proven(self, timestamp: Timestamp, others: Iterable[JudgedTimestamp]) -> datetime:
        later = [o.proof.latest for o in others if o.proof and _holds(o.timestamp, timestamp)]
        return min([self.validation_time, *later])


def proven_time(judged: Iterable[JudgedTimestamp]) -> datetime | None:
    """Return the earliest instant by which the signature is proven to have existed.

    A timestamp over the content or the seal says nothing of the signature made later.
    """
    proofs = _proofs(judged, TimestampSubject.SIGNATURE, TimestampSubject.DOCUMENT)
    return min((token.latest for token in proofs), default=None)


def content_time(judged: Iterable[JudgedTimestamp]) -> datetime | None:
    """Return the latest instant before which the signature cannot have been made."""
    proofs = _proofs(judged, TimestampSubject.CONTENT, TimestampSubject.SEAL)
    return max((token.earliest for token in proofs), default=None)


def are_out_of_order(judged: Sequence[JudgedTimestamp], tolerance: timedelta) -> bool:
    """Tell whether something is proven to be older than what it was made of."""
    ranked = [(_ORDER[item.timestamp.subject], item.proof) for item in judged if item.proof]
    return any(
        early < late and first.earliest > second.latest + tolerance
        for early, first in ranked
        for late, second in ranked
    )


def _proofs(judged: Iterable[JudgedTimestamp], *subjects: TimestampSubject) -> list[TimestampToken]:
    return [item.proof for item in judged if item.proof and item.timestamp.subject in subjects]


def _holds(outer: Timestamp, inner: Timestamp) -> bool:
    # A PDF holds a signature with its tokens in hexadecimal.
    text = inner.token.hex().encode("ascii")
    return any(form in outer.message for form in (inner.token, text, text.upper()))
