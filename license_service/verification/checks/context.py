"""What every check may look at, and the few results that several checks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from license_service.clock import format_instant
from license_service.verification.crypto.certificates import CertificateFacts, read_certificate
from license_service.verification.crypto.paths import PathResult, build_path
from license_service.verification.crypto.revocation import (
    RevocationResult,
    RevocationSource,
    check_revocation,
)
from license_service.verification.document import FormatError, ParsedSignature
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import Check, CheckName, LicenseMetadata, Outcome
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore


@dataclass(frozen=True)
class SignatureContext:
    """Hold one signature with all that decides on it; nothing here is fetched or read from a clock."""

    signature: ParsedSignature
    license: LicenseMetadata | None
    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    validation_time: datetime
    presentation: Presentation

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

    def path(self, leaf: bytes, purpose: AnchorPurpose) -> PathResult:
        """Build a path from `leaf` to an anchor that serves `purpose`."""
        anchors = [a.certificate for a in self.trust.for_purpose(purpose, self.validation_time)]
        intermediates = (*self.signature.other_certificates, *self.evidence.certificates)
        moment = self.certificate_time if purpose is AnchorPurpose.LICENSE else self.validation_time
        return build_path(leaf, intermediates, anchors, moment, self.policy.paths)

    def revocation(self, path: PathResult, moment: datetime) -> RevocationResult:
        """Judge the revocation of a path at `moment`, from the evidence."""
        return check_revocation(
            path,
            self.evidence.crls,
            self.evidence.ocsp_responses,
            moment,
            certificates=(*self.signature.other_certificates, *self.evidence.certificates),
            asked_at=self.validation_time,
            rules=self.policy.paths,
        )

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


def describe_sources(sources: Sequence[RevocationSource], now: datetime) -> list[dict[str, object]]:
    """Return the wire shape of what decided on revocation, with its age in seconds."""
    return [
        {
            "kind": source.kind,
            "issuer": source.issuer,
            "this_update": format_instant(source.this_update),
            "next_update": format_instant(source.next_update) if source.next_update else None,
            "age": int((now - source.this_update).total_seconds()),
        }
        for source in sources
    ]


def _plain(detail: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if value not in (None, "")}
