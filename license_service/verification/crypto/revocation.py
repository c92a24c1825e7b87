"""Revocation from the evidence: good, revoked, or unknown, which is never good.

Every certificate of a path below its anchor is judged by the OCSP responses and the CRLs at hand, each by the
source that knows worst. What was found is kept until time could change it (`instants`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509

from license_service.verification.crypto.certificates import parsed_certificate
from license_service.verification.crypto.crls import CrlJudge
from license_service.verification.crypto.digests import fingerprint
from license_service.verification.crypto.instants import Instant, TimedCache
from license_service.verification.crypto.issuance import IssuanceSignatures
from license_service.verification.crypto.names import certificate_names, crl_issuer
from license_service.verification.crypto.ocsp import OcspJudge
from license_service.verification.crypto.path_search import Chain
from license_service.verification.crypto.paths import ANY_RULES, PathResult, PathStatus, find_path
from license_service.verification.crypto.revocation_answers import (
    Answer,
    RevocationSource,
    RevocationStatus,
    Times,
    most_severe,
)
from license_service.verification.limits import MAX_PATH_POOL, MAX_REVOCATION_DEPTH
from license_service.verification.policy import PathRules

__all__ = ["RevocationResult", "RevocationSource", "RevocationStatus", "check_revocation"]

_CACHED = 1024
_INDEXES = 8
_WORST_FIRST = (
    (RevocationStatus.REVOKED, False, "CERTIFICATE_REVOKED"),
    (RevocationStatus.UNKNOWN, True, "CERTIFICATE_ON_HOLD"),
    (RevocationStatus.UNKNOWN, False, "REVOCATION_UNKNOWN"),
)


@dataclass(frozen=True)
class RevocationResult:
    """Hold the status of a path, when it was revoked, and what said so for each certificate, leaf first."""

    status: RevocationStatus
    code: str
    revoked_at: datetime | None = None
    detail: str = ""
    sources: tuple[RevocationSource, ...] = ()

    def is_after(self, moment: datetime) -> bool:
        """Tell whether revocation came after `moment`; one without a date counts from the beginning."""
        return self.revoked_at is not None and self.revoked_at > moment


def check_revocation(
    path: PathResult,
    crls: Sequence[bytes],
    ocsp_responses: Sequence[bytes],
    moment: datetime,
    *,
    certificates: Sequence[bytes] = (),
    asked_at: datetime | None = None,
    rules: PathRules = ANY_RULES,
) -> RevocationResult:
    """Judge every certificate of a found path below its anchor at `moment`; raises nothing.

    `certificates` are where signers of CRLs beside the path are looked for. `asked_at` is the validation time
    where `moment` is an earlier, proven one. Clause: RFC 5280, 6.3; RFC 6960; ETSI EN 319 102-1, 5.2.5.
    """
    if path.status is not PathStatus.FOUND:
        return RevocationResult(RevocationStatus.UNKNOWN, "REVOCATION_UNKNOWN", detail="no certificate path")
    if len(path.chain) == 1:
        return RevocationResult(RevocationStatus.GOOD, "OK", detail="the certificate is itself an anchor")
    index = _by_issuer(tuple(crls))
    key = (fingerprint(path.chain, certificates, ocsp_responses, index.digests), rules)
    return _RESULTS.get(
        key,
        (moment, asked_at or moment),
        lambda instants: _Inquiry(
            index.crls, ocsp_responses, (*path.chain, *certificates), Times(*instants), rules
        ).result(path.chain),
    )


class _Inquiry:
    """Judge one path, and whoever signs CRLs and OCSP responses beside it."""

    def __init__(
        self,
        crls: Mapping[str, Sequence[bytes]],
        ocsp_responses: Sequence[bytes],
        certificates: Sequence[bytes],
        times: Times,
        rules: PathRules,
    ) -> None:
        self._certificates, self._times = certificates[:MAX_PATH_POOL], times
        self._signatures = IssuanceSignatures()
        by_subject = _by_subject(self._certificates)
        self._crls = CrlJudge(crls, by_subject, times, self._signatures, self._trusts)
        self._ocsp = OcspJudge(ocsp_responses, times, rules.max_ocsp_age, self._signatures, self._unrevoked)
        self._asking: list[bytes] = []

    def result(self, chain: Sequence[bytes]) -> RevocationResult:
        """Judge a chain, leaf first and anchor last."""
        try:
            answers = self._answers(tuple(map(parsed_certificate, chain)))
        except Exception as error:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; all are unknown
            answers = [Answer(RevocationStatus.UNKNOWN, type(error).__name__)]
        return _conclude(answers)

    def _answers(self, chain: Chain) -> list[Answer]:
        return [self._answer(chain[i], chain[i + 1 :]) for i in range(len(chain) - 1)]

    def _answer(self, certificate: x509.Certificate, above: Chain) -> Answer:
        self._asking.append(certificate.dump())
        try:
            by_crl = self._crls.answer(certificate, above)
            return most_severe([*self._ocsp.answers(certificate, above), by_crl])
        finally:
            self._asking.pop()

    def _trusts(self, signer: x509.Certificate, above: Chain, since: datetime) -> bool:
        """Tell whether a CRL signer beside the path leads to the same anchor and is not revoked itself.

        A signer that is being asked about already is not asked again: its own list may cover it.
        Clause: RFC 5280, 6.3.3 f).
        """
        der, anchor = signer.dump(), above[-1].dump()
        at = self._times.moment if self._times.moment.reached(since) else Instant(since)
        path = find_path(der, self._certificates, (anchor,), at, ANY_RULES, self._signatures)
        if path.status is not PathStatus.FOUND:
            return False
        if der in self._asking:
            return True
        if len(self._asking) > MAX_REVOCATION_DEPTH:
            return False
        answers = self._answers(tuple(map(parsed_certificate, path.chain)))
        return all(answer.status is RevocationStatus.GOOD for answer in answers)

    def _unrevoked(self, responder: x509.Certificate, above: Chain) -> bool:
        return self._crls.answer(responder, above).status is RevocationStatus.GOOD


def _conclude(answers: Sequence[Answer]) -> RevocationResult:
    sources = tuple(answer.source for answer in answers if answer.source)
    for status, on_hold, code in _WORST_FIRST:
        found = next((a for a in answers if (a.status, a.on_hold) == (status, on_hold)), None)
        if found:
            return RevocationResult(status, code, found.revoked_at, found.reason, sources)
    return RevocationResult(RevocationStatus.GOOD, "OK", sources=sources)


@dataclass(frozen=True)
class _Index:
    crls: Mapping[str, Sequence[bytes]]
    digests: Sequence[bytes]


@lru_cache(maxsize=_INDEXES)
def _by_issuer(crls: tuple[bytes, ...]) -> _Index:
    index: dict[str, list[bytes]] = defaultdict(list)
    for der in crls:
        if issuer := crl_issuer(der):
            index[issuer].append(der)
    return _Index(index, [fingerprint(crls)])


def _by_subject(certificates: Sequence[bytes]) -> dict[str, list[bytes]]:
    index: dict[str, list[bytes]] = defaultdict(list)
    for der in dict.fromkeys(certificates):
        index[certificate_names(der)[1]].append(der)
    return index


_RESULTS: TimedCache[RevocationResult] = TimedCache(_CACHED)
