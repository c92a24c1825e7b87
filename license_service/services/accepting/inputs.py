"""What callers hand in, already of the right shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from license_service.domain.agent import Agent
from license_service.domain.application import CommitmentOffer, DeferralRequest, Person, SubmittedDocument
from license_service.domain.conditions import Facts


@dataclass(frozen=True)
class DocumentInput:
    """Present a license: its bytes, the id of a verification already made, or its own identifier."""

    content: bytes | None = None
    verification_id: str | None = None
    identifier: str | None = None


class UseMode(StrEnum):
    """On whose word a license is used: its holder's, an authorized person's, or the office's own duty."""

    HOLDER = "holder"
    AUTHORIZED = "authorized"
    EX_OFFICIO = "ex_officio"


@dataclass(frozen=True)
class UseInput:
    """Say why licenses are used (用证事由), by which officer, and on whose word.

    An empty purpose is the matter's name; no officer: the caller's key alone is known.
    """

    purpose: str = ""
    officer: str = ""
    mode: UseMode = UseMode.HOLDER


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
    use: UseInput = UseInput()
    agent: Agent | None = None
    by_agent: bool = False
    """The agent hands this in; otherwise the applicant does, and the agent may act later."""
    promised_before: bool = False
    """The promises stand as they were made, by whom they say: who hands this in makes none."""


@dataclass(frozen=True)
class SupplementInput:
    """Hand in what is owed: a license, or a paper as a file named by its digest."""

    material: str
    document: DocumentInput | None
    submitted: SubmittedDocument | None
    use: UseInput = UseInput()
    by_agent: bool = False
