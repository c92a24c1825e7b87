"""What every check may look at, and the few results that several checks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from license_service.verification.crypto.certificates import CertificateFacts, read_certificate
from license_service.verification.crypto.paths import PathResult, build_path
from license_service.verification.document import FormatError, ParsedDocument, ParsedSignature
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import Check, CheckName, LicenseMetadata, Outcome
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore

_USCC_LENGTH = 18
"""A seal certificate names its unit as USCC and name in one text; a part of a code names nobody."""


@dataclass(frozen=True)
class SignatureContext:
    """Hold one signature with all that decides on it; nothing here is fetched or read from a clock."""

    signature: ParsedSignature
    document: ParsedDocument
    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    validation_time: datetime
    presentation: Presentation

    @property
    def license(self) -> LicenseMetadata | None:
        """Return what the signed bytes say of the license."""
        return self.document.license

    @cached_property
    def signer(self) -> CertificateFacts | None:
        """Return the signer's certificate, or None where there is none that can be read."""
        der = self.signature.signer_certificate
        if der is None:
            return None
        try:
            return read_certificate(der)
        except FormatError:
            return None

    @cached_property
    def signer_path(self) -> PathResult | None:
        """Return the signer's path to an anchor for licenses, or None without a signer."""
        der = self.signature.signer_certificate
        return None if der is None or self.signer is None else self.path(der, AnchorPurpose.LICENSE)

    @property
    def signer_anchor(self) -> TrustAnchor | None:
        """Return the anchor the signer's path ends at."""
        end = self.signer_path.anchor if self.signer_path else None
        return next((anchor for anchor in self.trust.anchors if anchor.certificate == end), None)

    def signed_by(self, code: str) -> bool:
        """Tell whether the signer's certificate names the unit with this USCC, in front of its name."""
        return self.signer is not None and self.signer.organization[:_USCC_LENGTH] == code

    def path(self, leaf: bytes, purpose: AnchorPurpose) -> PathResult:
        """Build a path from `leaf` to an anchor that serves `purpose`."""
        anchors = [a.certificate for a in self.trust.for_purpose(purpose, self.validation_time)]
        intermediates = (*self.signature.other_certificates, *self.evidence.certificates)
        moment = self.certificate_time if purpose is AnchorPurpose.LICENSE else self.validation_time
        return build_path(leaf, intermediates, anchors, moment)

    @property
    def certificate_time(self) -> datetime:
        """Return the validation time, held within the life of the signer's certificate.

        That it has ended since is told by `certificate_validity`, not by its path or revocation too.
        """
        if self.signer is None:
            return self.validation_time
        return min(max(self.validation_time, self.signer.not_before), self.signer.not_after)


def passed(name: CheckName, **detail: object) -> Check:
    """Record that a rule holds."""
    return Check(name, Outcome.PASSED, "OK", _plain(detail))


def failed(name: CheckName, code: str, **detail: object) -> Check:
    """Record that a rule is broken."""
    return Check(name, Outcome.FAILED, code, _plain(detail))


def undetermined(name: CheckName, code: str, **detail: object) -> Check:
    """Record that a rule could not be decided: unknown is not absent, and absent is not good."""
    return Check(name, Outcome.UNDETERMINED, code, _plain(detail))


def _plain(detail: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if value not in (None, "")}
