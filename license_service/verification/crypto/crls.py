"""Judge one certificate by CRLs: complete, delta and indirect ones, for points and reasons.

1. Each distribution point of the certificate, and then its issuer's own unnamed one, is asked: newest list
   first, until every reason for revocation is covered (RFC 5280, 6.3.3 and its last paragraph).
2. A list counts if it is about this certificate (b), signed by its issuer or by whom the same anchor lets
   sign CRLs (f, g), and in force at the moment, alone or with a delta (a, c, h).
3. What it lists decides (i to l). Anything short of all reasons is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509

from license_service.verification.crypto.algorithms import SignatureOutcome
from license_service.verification.crypto.certificates import load_certificate
from license_service.verification.crypto.crl_lists import (
    ALL_REASONS,
    Name,
    RevocationList,
    general_name,
    point_names,
    read_crl,
)
from license_service.verification.crypto.issuance import IssuanceSignatures, is_strong
from license_service.verification.crypto.names import comparable
from license_service.verification.crypto.path_search import Chain
from license_service.verification.crypto.revocation_answers import (
    Answer,
    RevocationSource,
    RevocationStatus,
    Times,
)
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_CRL_SIGNERS, MAX_CRLS

Trusts = Callable[[x509.Certificate, Chain, datetime], bool]
"""Whether a certificate beside the path may speak for the authorities above, at a time."""


@dataclass(frozen=True)
class _Point:
    """Hold a distribution point of a certificate, with what it leaves out filled in."""

    names: frozenset[Name]
    issuers: frozenset[str]
    reasons: frozenset[str]
    indirect: bool

    def serves(self, revocations: RevocationList, certificate: x509.Certificate) -> frozenset[str]:
        """Return the reasons a list covers for a certificate with this point. RFC 5280, 6.3.3 b), d)."""
        wrong_issuer = revocations.issuer not in self.issuers
        if (
            wrong_issuer
            or (self.indirect and not revocations.indirect)
            or not revocations.covers(certificate)
        ):
            return frozenset()
        names = revocations.names
        return revocations.reasons & self.reasons if not names or names & self.names else frozenset()


class CrlJudge:
    """Judge certificates by the CRLs given, by comparable issuer name."""

    def __init__(
        self,
        crls: Mapping[str, Sequence[bytes]],
        signers: Mapping[str, Sequence[bytes]],
        times: Times,
        signatures: IssuanceSignatures,
        trusts: Trusts,
    ) -> None:
        self._crls, self._signers = crls, signers
        self._times, self._signatures, self._trusts = times, signatures, trusts
        self._failed_signers = 0

    def answer(self, certificate: x509.Certificate, above: Chain) -> Answer:
        """Judge `certificate`, whose issuers up to the anchor are `above`."""
        points = list(_points(certificate))
        lists = self._lists({issuer for point in points for issuer in point.issuers})
        covered: frozenset[str] = frozenset()
        answer = Answer(RevocationStatus.UNKNOWN, "no CRL for it")
        for complete in lists:
            if complete.base is not None:
                continue
            reasons = frozenset().union(*(point.serves(complete, certificate) for point in points))
            if reasons <= covered:
                continue
            found = self._judge(certificate, above, complete, lists)
            if found.status is RevocationStatus.REVOKED or found.on_hold:
                return found
            if found.status is RevocationStatus.GOOD:
                covered |= reasons
            if found.source or not answer.source:
                answer = found
        if covered == ALL_REASONS:
            return Answer(RevocationStatus.GOOD, source=answer.source)
        reason = "not all reasons are covered" if covered else answer.reason
        return Answer(RevocationStatus.UNKNOWN, reason, source=answer.source)

    def _judge(
        self,
        certificate: x509.Certificate,
        above: Chain,
        complete: RevocationList,
        lists: Sequence[RevocationList],
    ) -> Answer:
        signer = self._signer(complete, certificate, above)
        if signer is None:
            return Answer(RevocationStatus.UNKNOWN, "not signed by whom the issuer lets sign CRLs")
        life_end = certificate["tbs_certificate"]["validity"]["not_after"].native
        delta = next((d for d in lists if self._completes(d, complete, signer, life_end)), None)
        newest = delta or complete
        if not self._times.current(newest.this_update, newest.next_update, life_end):
            return Answer(RevocationStatus.UNKNOWN, "the CRL is not in force", source=_source(newest))
        entry = (delta.entry(certificate) if delta else None) or complete.entry(certificate)
        if entry is None or entry.reason == "remove_from_crl":
            return Answer(RevocationStatus.GOOD, source=_source(newest))
        if not entry.readable:
            return Answer(RevocationStatus.UNKNOWN, "an entry with an unknown critical extension")
        return self._times.judge(_source(newest), entry.revoked_at, entry.reason)

    def _lists(self, issuers: set[str]) -> list[RevocationList]:
        found = []
        for der in [der for issuer in sorted(issuers) for der in self._crls.get(issuer, ())]:
            try:
                found.append(read_crl(der))
            except FormatError:
                continue
            if len(found) == MAX_CRLS:
                break
        return sorted(
            found, key=lambda revocations: (revocations.this_update, revocations.number), reverse=True
        )

    def _completes(
        self, delta: RevocationList, complete: RevocationList, signer: x509.Certificate, life_end: datetime
    ) -> bool:
        """Tell whether a delta brings a complete list up to date. RFC 5280, 5.2.4 and 6.3.3 c), h)."""
        return (
            delta.base is not None
            and delta.base <= complete.number < delta.number
            and delta.issuer == complete.issuer
            and delta.key_identifier == complete.key_identifier
            and _same_scope(delta, complete)
            and self._times.current(delta.this_update, delta.next_update, life_end)
            and self._signed(delta, signer)
        )

    def _signer(
        self, revocations: RevocationList, certificate: x509.Certificate, above: Chain
    ) -> x509.Certificate | None:
        for issuer in above:
            if comparable(issuer.subject) == revocations.issuer and self._signed(revocations, issuer):
                return issuer
        for other in filter(None, map(load_certificate, self._signers.get(revocations.issuer, ()))):
            # Only an indirect list may cover its own signer: there the authority above has named it.
            if other.key_usage_value is None or (
                other.dump() == certificate.dump() and not revocations.indirect
            ):
                continue
            if self._failed_signers == MAX_CRL_SIGNERS:
                return None
            if self._signed(revocations, other) and self._trusts(other, above, revocations.this_update):
                return other
            self._failed_signers += 1
        return None

    def _signed(self, revocations: RevocationList, signer: x509.Certificate) -> bool:
        usage, named = signer.key_usage_value, revocations.key_identifier
        if usage is not None and "crl_sign" not in usage.native:
            return False
        if named and signer.key_identifier and named != signer.key_identifier:
            return False
        asn1 = revocations.asn1
        algorithm, spki = asn1["signature_algorithm"], signer.public_key.dump()
        outcome = self._signatures.outcome(asn1["tbs_cert_list"], asn1["signature"], algorithm, spki)
        return outcome is SignatureOutcome.VALID and is_strong(algorithm)


def _points(certificate: x509.Certificate) -> Iterator[_Point]:
    own = comparable(certificate.issuer)
    for point in certificate.crl_distribution_points_value or ():
        issuers = point["crl_issuer"] or ()
        named = [name for name in issuers if name.name == "directory_name"]
        names = point_names(point["distribution_point"], named[0].chosen if named else certificate.issuer)
        some = point["reasons"].native
        yield _Point(
            names=names or frozenset(map(general_name, issuers)),
            issuers=frozenset(name.chosen.hashable for name in named) if issuers else frozenset({own}),
            reasons=ALL_REASONS if some is None else ALL_REASONS & some,
            indirect=bool(issuers),
        )
    yield _Point(frozenset({("directory_name", own)}), frozenset({own}), ALL_REASONS, indirect=False)


def _same_scope(delta: RevocationList, complete: RevocationList) -> bool:
    if delta.scope is None or complete.scope is None:
        return delta.scope is complete.scope
    return bool(delta.scope.native == complete.scope.native)


def _source(revocations: RevocationList) -> RevocationSource:
    return RevocationSource("crl", revocations.issuer_text, revocations.this_update, revocations.next_update)
