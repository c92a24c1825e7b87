"""What papers need of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from license_service.domain.case import Case
from license_service.services.records import StoredEvent


@dataclass(frozen=True)
class PaperDraft:
    """Hold an event that calls for papers, and the case as it left it."""

    event: StoredEvent
    case: Case


@dataclass(frozen=True)
class StoredPaper:
    """Hold a paper: `body` is its canonical JSON, never changed, and `jws` the signed statement about it.

    `seq` is that of the event it belongs to, `subject` the obligation it is about, empty for the whole case;
    `issued_event` says in the log that it was made.
    """

    code: str
    tenant: str
    case_id: str
    seq: int
    kind: str
    subject: str
    body: bytes
    jws: str
    issued_event: str


class PaperKey(Protocol):
    """Hold the key that signs statements about papers."""

    def sign(self, payload: bytes) -> str:
        """Return a compact JWS over a payload."""
        ...

    def public_keys(self) -> list[dict[str, str]]:
        """Return the public keys statements are checked with, as JWK with `kid`."""
        ...


class PaperTable(Protocol):
    """Keep papers."""

    def add_paper_draft(self, event: StoredEvent, case: Case) -> None:
        """Keep a case as of an event, until its papers are made."""

    def take_paper_drafts(self, tenant: str, case_id: str) -> Sequence[PaperDraft]:
        """Return and remove the drafts of a case, which the transaction has locked, oldest first."""

    def next_paper_number(self, tenant: str, authority: str, mark: str, year: int) -> int:
        """Return the next number of a kind of paper of an authority in a year, from 1 and without gaps."""

    def add_paper(self, paper: StoredPaper) -> None: ...  # noqa: D102

    def papers_of(self, tenant: str, case_id: str) -> Sequence[StoredPaper]:
        """Return the papers of a case in the order of their events."""

    def paper(self, code: str) -> StoredPaper | None:
        """Return a paper by its code, whoever's it is: whoever holds the paper may ask."""
