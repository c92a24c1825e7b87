"""The verdict: three-way, with every check listed.

Clause: ETSI EN 319 102-1 V1.3.1, 5.1.3 (indications) and 5.1.4 (sub-indications).
Enum values are the wire strings and are append-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NoReturn

from license_service import __version__
from license_service.clock import format_instant
from license_service.verification.clauses import CLAUSES
from license_service.verification.presentation import AS_IS, Presentation

SOFTWARE = "license-service"


class Indication(StrEnum):
    """Say what is known of a signature: it is good, it is bad, or it cannot be told."""

    TOTAL_PASSED = "TOTAL_PASSED"
    TOTAL_FAILED = "TOTAL_FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Say why an indication is not `TOTAL_PASSED`."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    TRY_LATER = "TRY_LATER"
    GENERIC = "GENERIC"


class Outcome(StrEnum):
    """The three outcomes of one check."""

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"


class CheckName(StrEnum):
    """The checks, in the order of GB/T 38540-2020, 6.3 and 7.3."""

    FORMAT = "format"
    SIGNATURE_VALUE = "signature_value"
    REFERENCES = "references"
    DATA_HASH = "data_hash"
    SEAL_SIGNATURE = "seal_signature"
    SIGNER_IN_SEAL = "signer_in_seal"
    SEAL_VALIDITY = "seal_validity"
    CERTIFICATE_PATH = "certificate_path"
    CERTIFICATE_VALIDITY = "certificate_validity"
    REVOCATION = "revocation"
    ALGORITHMS = "algorithms"
    COVERAGE = "coverage"
    TIMESTAMP = "timestamp"
    LICENSE_BINDING = "license_binding"
    KEY_BINDING = "key_binding"
    LICENSE_STATUS = "license_status"


class SignatureKind(StrEnum):
    """The forms of signature the service knows."""

    SES_V1 = "ses-v1"
    SES_V4 = "ses-v4"
    SES_V5 = "ses-v5"
    GBT35275 = "gbt35275"
    SM2_BARE = "sm2-bare"
    PADES = "pades"
    CMS = "cms"
    JWS = "jws"
    SD_JWT_VC = "sd-jwt-vc"


class DocumentFormat(StrEnum):
    """The containers, told apart by leading bytes and never by name."""

    OFD = "ofd"
    PDF = "pdf"
    CMS = "cms"
    JWS = "jws"
    SD_JWT = "sd-jwt"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """Record one check; `code` says which rule decided and is stable."""

    name: CheckName
    outcome: Outcome
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape."""
        return {
            "name": self.name,
            "outcome": self.outcome,
            "code": self.code,
            "clause": CLAUSES[self.name],
            "detail": dict(self.detail),
        }


@dataclass(frozen=True)
class Signer:
    """Name the signer's certificate: RFC 4514 texts and the serial in lower-case hex.

    For a key of the trust store only `subject` is there, with the issuer it is pinned to.
    """

    subject: str
    issuer: str
    serial: str


@dataclass(frozen=True)
class Bound:
    """Hold which signature a report is about: its value, the bytes it is over, and whose it is.

    `certificates` is the signer's path as far as one was found, the signer first; `spki` the key of the
    trust store where there is no certificate. Both are empty where nobody knows the signer.
    """

    value: bytes
    signed: bytes
    certificates: tuple[bytes, ...] = ()
    spki: bytes = b""


@dataclass(frozen=True)
class SignatureReport:
    """Judge one signature."""

    index: int
    kind: SignatureKind
    indication: Indication
    sub_indication: SubIndication | None
    signer: Signer | None
    signing_time: datetime | None
    algorithm: str
    checks: tuple[Check, ...]
    unknown_revocation: tuple[tuple[bytes, ...], ...] = ()
    """Paths whose revocation is all that is open, for whoever can fetch more evidence; not on the wire."""
    broken_off: tuple[bytes, ...] = ()
    """Certificates whose issuer's nobody has, where it might complete a path; not on the wire."""
    unknown_status: str = ""
    """Identifier to ask a register about, where only what can be fetched is open; not on the wire."""
    bound: Bound | None = field(default=None, repr=False)
    """What a validation token binds the verdict to; not on the wire."""

    def check(self, name: CheckName) -> Check | None:
        """Return the check called `name`, or None where the kind of signature has no such step."""
        return next((check for check in self.checks if check.name is name), None)

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape."""
        return {
            "index": self.index,
            "kind": self.kind,
            "indication": self.indication,
            "sub_indication": self.sub_indication,
            "signer": vars(self.signer) if self.signer else None,
            "signing_time": format_instant(self.signing_time) if self.signing_time else None,
            "algorithm": self.algorithm,
            "checks": [check.to_json() for check in self.checks],
        }


@dataclass(frozen=True)
class Holder:
    """Name who a license belongs to; `id` is a USCC or citizen id, `id_type` per GB/T 36901 App. A."""

    name: str
    id: str
    id_type: str = ""


@dataclass(frozen=True)
class LicenseMetadata:
    """Hold what the signed bytes say of the license (GB/T 36903); empty text where they are silent.

    `valid_until` is the last valid day in Asia/Shanghai, None where the license has no end.
    `fields` are further values by their own names.
    """

    identifier: str
    number: str
    type_code: str
    name: str
    holders: tuple[Holder, ...]
    issuer: str
    issuer_code: str
    valid_from: date | None
    valid_until: date | None
    fields: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape."""
        return {
            "identifier": self.identifier,
            "number": self.number,
            "type_code": self.type_code,
            "name": self.name,
            "holders": [vars(holder) for holder in self.holders],
            "issuer": self.issuer,
            "issuer_code": self.issuer_code,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "fields": dict(self.fields),
        }


@dataclass(frozen=True)
class VerificationReport:
    """Answer for a document, with everything needed to compute it again.

    It has no truth value: `if report:` would be true for a forged license, so it raises, and being
    typed `NoReturn` it fails type checking first.
    """

    sha256: str
    format: DocumentFormat
    indication: Indication
    sub_indication: SubIndication | None
    license: LicenseMetadata | None
    signatures: tuple[SignatureReport, ...]
    validation_time: datetime
    policy_id: str
    policy_version: str
    policy_digest: str
    trust_digest: str
    evidence_digest: str
    findings: tuple[str, ...] = ()
    """Why no signature could be judged, or what is odd about the document as a whole: stable codes."""
    finding_details: Mapping[str, str] = field(default_factory=dict)
    """Which member or rule a finding is about, where the parser says so."""
    presentation: Presentation = AS_IS

    def __bool__(self) -> NoReturn:
        """Refuse to be a truth value; compare `indication` instead."""
        raise TypeError("a VerificationReport has no truth value: compare .indication")

    def codes(self) -> tuple[str, ...]:
        """Return the codes of everything that did not pass, in order, without repeats."""
        failed = (c.code for s in self.signatures for c in s.checks if c.outcome is not Outcome.PASSED)
        return tuple(dict.fromkeys((*self.findings, *failed)))

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape, which others parse: members are only ever added."""
        return {
            "sha256": self.sha256,
            "format": self.format,
            "indication": self.indication,
            "sub_indication": self.sub_indication,
            "license": self.license.to_json() if self.license else None,
            "signatures": [signature.to_json() for signature in self.signatures],
            "validation_time": format_instant(self.validation_time),
            "policy": {"id": self.policy_id, "version": self.policy_version, "digest": self.policy_digest},
            "trust": {"digest": self.trust_digest},
            "evidence": {"digest": self.evidence_digest},
            "findings": list(self.findings),
            "finding_details": dict(self.finding_details),
            "presentation": self.presentation.to_json(),
            "software": {"name": SOFTWARE, "version": __version__},
        }
