"""Dossiers (卷宗): what is sealed under one key, and so erased as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from license_service.domain.retention import DossierKind

NOBODY = "-"
"""Instead of a dossier: of an answer that tells of nobody, so that it is kept in the clear."""


@dataclass(frozen=True)
class Dossier:
    """Describe a dossier; its id is that of the case, verification or whatever it is of."""

    id: str
    tenant: str
    kind: DossierKind
    opened_at: datetime
    erased_at: datetime | None = None


class DossierTable(Protocol):
    """Find and erase dossiers."""

    def dossiers(self, identifiers: Collection[str]) -> Sequence[Dossier]:
        """Return the dossiers of some ids, whoever's they are, locked until the transaction ends."""

    def dossiers_of(self, tenant: str, mark: str) -> Sequence[Dossier]:
        """Return a tenant's dossiers that name a person, by blind index; none that was erased."""

    def kept_dossiers(
        self, opened_before: Mapping[DossierKind, datetime], after: str, limit: int
    ) -> Sequence[Dossier]:
        """Return dossiers that were not erased, by id from behind one; of all tenants.

        Of each kind those that were opened before a moment.
        """

    def erase_dossiers(self, identifiers: Collection[str], now: datetime) -> None:
        """Destroy their keys and salts, clear what was sealed, and forget whom they name."""

    def kept_users(self, verification_id: str) -> Sequence[str]:
        """Return the cases, erased ones left out, in which a verdict was used."""

    def verifications_used(self, case_id: str) -> Sequence[str]:
        """Return the verdicts that were used in a case."""

    def marked(self, marks: Collection[str]) -> Collection[str]:
        """Return those of some marks that a dossier still has."""

    def marks_of(self, identifiers: Collection[str]) -> Collection[str]:
        """Return the marks of some dossiers: people and documents by blind index."""

    def has_case(self, tenant: str, case_id: str) -> bool:
        """Tell whether there is a case, erased or not."""

    def seal_earlier(self, kind: DossierKind, after: str, limit: int) -> tuple[int, str]:
        """Seal what an earlier version wrote in the clear, among the next of a kind, from behind one.

        Return how many dossiers that were, and from behind which to go on; empty at the end.
        """

    def seal_answers(self, limit: int) -> int:
        """Seal stored answers of an earlier version with what they tell of; return how many there were."""

    def rewrap(self, limit: int) -> int:
        """Wrap data keys of older wrapping keys under the newest; return how many there were."""

    def wrapped_by(self, wrapping_key: str) -> int:
        """Count the data keys that a wrapping key still wraps."""
