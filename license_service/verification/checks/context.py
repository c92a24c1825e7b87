"""What every check may look at, and the few results that several checks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from license_service.clock import format_instant
from license_service.verification.checks.proof import (
    JudgedTimestamp,
    TimestampJudge,
    content_time,
    proven_time,
)
from license_service.verification.checks.revocation import revocation_since
from license_service.verification.crypto.certificates import CertificateFacts, read_certificate
from license_service.verification.crypto.paths import PathResult, build_path
from license_service.verification.crypto.revocation import RevocationResult, RevocationSource
from license_service.verification.document import (
    EmbeddedRevocation,
    FormatError,
    ParsedDocument,
    ParsedSignature,
)
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import Check, CheckName, LicenseMetadata, Outcome
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustedKey, TrustStore


class SignerKey(Protocol):
    """What checks ask of a signer, whether a certificate says it or the trust store."""

    @property
    def organization(self) -> str:
        """Return the unit, with its USCC in front where the signer is an issuer."""

    @property
    def spki(self) -> bytes:
        """Return the DER SubjectPublicKeyInfo."""

    @property
    def key_type(self) -> str:
        """Return the type, in the words of `CertificateFacts`."""

    @property
    def key_bits(self) -> int:
        """Return the size of the key."""

    @property
    def not_before(self) -> datetime:
        """Return when the key may first be used."""

    @property
    def not_after(self) -> datetime:
        """Return when the key may last be used."""


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
    def signer(self) -> SignerKey | None:
        """Return whose key it is: by certificate, or by a key of the trust store."""
        return self.certificate or self.trusted_key

    @cached_property
    def trusted_key(self) -> TrustedKey | None:
        """Return the key of the trust store that the signature names, where it brings no certificate."""
        signature = self.signature
        if signature.signer_certificate is not None or signature.signer_key_id is None:
            return None
        return self.trust.key(signature.signer_key_id, self.validation_time)

    @property
    def signer_missing_code(self) -> str:
        """Return why nobody knows the signer."""
        named = self.signature.signer_key_id is not None
        return "SIGNER_KEY_UNKNOWN" if named else "SIGNER_CERTIFICATE_MISSING"

    @cached_property
    def certificate(self) -> CertificateFacts | None:
        """Return the signer's certificate, or None where there is none that can be read."""
        der = self.signature.signer_certificate
        if der is None:
            return None
        try:
            return read_certificate(der)
        except FormatError:
            return None

    @cached_property
    def timestamps(self) -> tuple[JudgedTimestamp, ...]:
        """Return every timestamp of the signature with what became of it."""
        judge = TimestampJudge(self.policy, self.trust, self.all_evidence, self.validation_time)
        return judge.judge_all(self.signature.timestamps)

    @cached_property
    def proven_at(self) -> datetime | None:
        """Return the instant by which the signature is proven to have existed, or None without proof."""
        moment = proven_time(self.timestamps)
        return moment if moment is not None and moment < self.validation_time else None

    @cached_property
    def made_after(self) -> datetime | None:
        """Return the instant before which the signature cannot have been made, where one is proven."""
        return content_time(self.timestamps)

    @cached_property
    def best_time(self) -> datetime:
        """Return the time the signer is judged at: the proven one, else the validation time.

        Clause: ETSI EN 319 102-1, 5.6.2.4 (best-signature-time).
        """
        return self.proven_at or self.validation_time

    @cached_property
    def signer_path(self) -> PathResult | None:
        """Return the signer's path to an anchor for licenses, or None without a signer."""
        der = self.signature.signer_certificate
        return None if der is None or self.certificate is None else self.path(der, AnchorPurpose.LICENSE)

    @cached_property
    def signer_anchor(self) -> TrustAnchor | None:
        """Return the anchor the signer's path ends at."""
        end = self.signer_path.anchor if self.signer_path else None
        return next((anchor for anchor in self.trust.anchors if anchor.certificate == end), None)

    def signed_by(self, code: str) -> bool:
        """Tell whether the signer's certificate names the unit with this USCC, in front of its name."""
        return self.signer is not None and self.signer.organization[:_USCC_LENGTH] == code

    def path(self, leaf: bytes, purpose: AnchorPurpose) -> PathResult:
        """Build a path from `leaf` to an anchor that serves `purpose`."""
        anchors = self.trust.for_purpose(purpose, self.validation_time, self.best_time)
        ders = [anchor.certificate for anchor in anchors]
        return build_path(leaf, self.intermediates, ders, self.best_time, self.policy.paths)

    @property
    def intermediates(self) -> tuple[bytes, ...]:
        """Return the certificates that a path may lead through."""
        return (*self.signature.other_certificates, *self.evidence.certificates)

    @cached_property
    def all_evidence(self) -> Evidence:
        """Return the evidence with what came inside the document; both are judged alike."""
        embedded = self.signature.revocation
        if embedded == EmbeddedRevocation():
            return self.evidence
        return self.evidence.joined(Evidence(crls=embedded.crls, ocsp_responses=embedded.ocsp))

    def revocation(self, path: PathResult) -> RevocationResult:
        """Judge the revocation of a found path at the best time, from the evidence."""
        return revocation_since(
            path,
            self.signature.other_certificates,
            self.all_evidence,
            self.best_time,
            self.validation_time,
            self.policy.paths,
        )


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
