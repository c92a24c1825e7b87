"""Fetch what a verdict lacks, where it lacks nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from license_service.errors import (
    InvalidRequestError,
    LicenseNotInRegisterError,
    RegisterUnavailableError,
)
from license_service.services.outside import EvidenceFetcher, LicenseRegister
from license_service.verification.crypto.issuer_points import issuer_points
from license_service.verification.crypto.revocation_points import RevocationPoint, revocation_points
from license_service.verification.evidence import Evidence
from license_service.verification.limits import MAX_ISSUER_FETCHES
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.register import RegisterEntry, Silence
from license_service.verification.report import Indication, SignatureReport, VerificationReport
from license_service.verification.status import LicenseStatus
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SOURCE = "register"


@dataclass(frozen=True)
class Fetching:
    """Hold what may be asked: where revocation data and issuers are, and the register of licenses."""

    revocation: EvidenceFetcher | None = None
    register: LicenseRegister | None = None

    def judge(
        self,
        document: bytes,
        policy: VerificationPolicy,
        trust: TrustStore,
        evidence: Evidence,
        moment: datetime,
        presentation: Presentation,
    ) -> tuple[VerificationReport, Evidence]:
        """Judge a document; where only what can be fetched is open, fetch it and judge again.

        What was fetched is part of the second verdict's evidence, and in its digest.

        Raises:
            DocumentTooLargeError: above the size limit.
        """
        report = verify(document, policy, trust, evidence, moment, presentation)
        for _ in range(MAX_ISSUER_FETCHES):
            issuers = self._issuers(report)
            more = evidence.joined(issuers) if issuers.certificates else evidence
            if more == evidence:
                break
            report, evidence = verify(document, policy, trust, more, moment, presentation), more
        more = evidence.joined(self.more(report))
        if more == evidence:
            return report, evidence
        return verify(document, policy, trust, more, moment, presentation), more

    def download(self, identifier: str) -> bytes:
        """Return the document of a license that is presented by its identifier alone.

        Raises:
            InvalidRequestError: if there is no register.
            LicenseNotInRegisterError: if the register has none of that identifier.
            RegisterUnavailableError: if it did not answer.
        """
        return self.require_register().download(identifier)

    def require_register(self) -> LicenseRegister:
        """Return the register.

        Raises:
            InvalidRequestError: if there is none.
        """
        if self.register is None:
            raise InvalidRequestError("no register of licenses is named here: send the document")
        return self.register

    def obtain(self, identifier: str, moment: datetime) -> tuple[bytes, Evidence]:
        """Return the document of a license, or no bytes and evidence that says why there are none.

        Raises:
            InvalidRequestError: if there is no register.
        """
        try:
            return self.download(identifier), Evidence()
        except LicenseNotInRegisterError:
            reason = Silence.NOT_KNOWN
        except RegisterUnavailableError:
            reason = Silence.UNREACHABLE
        entry = RegisterEntry(identifier, _SOURCE, moment, LicenseStatus.UNKNOWN, reason)
        return b"", Evidence(register_entries=(entry.to_bytes(),))

    def more(self, report: VerificationReport) -> Evidence:
        """Return what settles the open questions of a verdict, nothing where that would change none."""
        unsettled = [s for s in report.signatures if s.indication is not Indication.TOTAL_PASSED]
        if not all(signature.unknown_revocation or signature.unknown_status for signature in unsettled):
            return Evidence()
        points, asked = _open_points(unsettled), dict.fromkeys(s.unknown_status for s in unsettled)
        found = self.revocation.fetch(points) if self.revocation and points else Evidence()
        if self.register is None:
            return found
        entries = [self.register.query(identifier) for identifier in asked if identifier]
        return found.joined(Evidence(register_entries=tuple(entry.to_bytes() for entry in entries)))

    def _issuers(self, report: VerificationReport) -> Evidence:
        """Return issuers for want of whom paths break off, nothing where that would change no verdict."""
        unsettled = [s for s in report.signatures if s.indication is not Indication.TOTAL_PASSED]
        ends = dict.fromkeys(end for signature in unsettled for end in signature.broken_off)
        points = [point for end in ends for point in issuer_points(end)]
        failed = any(signature.indication is Indication.TOTAL_FAILED for signature in unsettled)
        return self.revocation.fetch(points) if self.revocation and points and not failed else Evidence()


NOTHING = Fetching()
"""Nobody may be asked."""


def _open_points(unsettled: list[SignatureReport]) -> tuple[RevocationPoint, ...]:
    chains = [chain for signature in unsettled for chain in signature.unknown_revocation]
    return tuple(dict.fromkeys(point for chain in chains for point in revocation_points(chain)))
