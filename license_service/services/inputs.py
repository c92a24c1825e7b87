"""What callers hand in, already of the right shape."""

from __future__ import annotations

from dataclasses import dataclass, field

from license_service.domain.application import CommitmentOffer, DeferralRequest, Person, SubmittedDocument
from license_service.domain.conditions import Facts


@dataclass(frozen=True)
class DocumentInput:
    """Present a license: its bytes, the id of a verification already made, or its own identifier."""

    content: bytes | None = None
    verification_id: str | None = None
    identifier: str | None = None


@dataclass(frozen=True)
class ApplicationInput:
    """Hold an application before its licenses are verified."""

    matter_code: str
    applicant: Person
    legal_person: Person | None
    documents: tuple[DocumentInput, ...]
    submitted: tuple[SubmittedDocument, ...]
    commitments: tuple[CommitmentOffer, ...]
    deferrals: tuple[DeferralRequest, ...]
    other_party: Person | None = None
    fields: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class SupplementInput:
    """Hand in what is owed: a license, or a paper as a file named by its digest."""

    material: str
    document: DocumentInput | None
    submitted: SubmittedDocument | None
