"""What an applicant brings: signed licenses, papers, promises, and requests to owe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Person:
    """Name an applicant or legal person; `id` is a USCC or citizen id."""

    name: str
    id: str


@dataclass(frozen=True)
class PresentedLicense:
    """Hold what assessment needs of a verification report."""

    report_id: str
    indication: Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"]
    codes: tuple[str, ...]
    type_code: str
    holder_ids: tuple[str, ...]


@dataclass(frozen=True)
class SubmittedDocument:
    """Name a paper handed in as a file, by material and digest."""

    material: str
    sha256: str
    file_name: str


@dataclass(frozen=True)
class CommitmentOffer:
    """Promise what a notice asks; the digest says which text was shown."""

    material: str
    notice_digest: str
    acknowledged_by: str


@dataclass(frozen=True)
class DeferralRequest:
    """Ask to hand a material in later."""

    material: str
    acknowledged_by: str


@dataclass(frozen=True)
class Application:
    """Hold one application for one matter."""

    matter_code: str
    applicant: Person
    legal_person: Person | None
    licenses: tuple[PresentedLicense, ...]
    submitted: tuple[SubmittedDocument, ...]
    commitments: tuple[CommitmentOffer, ...]
    deferrals: tuple[DeferralRequest, ...]
