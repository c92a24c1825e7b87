"""Retention: what is kept for how long by which law, and when a case is over so that its time begins to run.

A period is both: nothing is erased before it ends, and what it ends for is erased.
Clause: 个人信息保护法, art. 19 (no longer than needed) and art. 47 (when to erase; where a law says how
long to keep, that comes first).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from license_service.domain.case import Case, CaseState


class DossierKind(StrEnum):
    """What a dossier is of; append-only."""

    CASE = "case"
    VERIFICATION = "verification"
    BATCH = "batch"
    BUNDLE = "bundle"
    CREDIT = "credit"


class ErasureReason(StrEnum):
    """Why something is erased; append-only. Clause: 个人信息保护法, art. 47."""

    PURPOSE_ENDED = "purpose_ended"
    RETENTION_OVER = "retention_over"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    UNLAWFUL = "unlawful"
    OTHER_LAW = "other_law"


@dataclass(frozen=True)
class RetentionClass:
    """Say how long dossiers of a kind are kept, and by which law; of some matters, or of all others."""

    name: str
    kind: DossierKind
    days: int
    basis: str
    matters: frozenset[str] = frozenset()

    def kept_until(self, since: datetime) -> datetime:
        """Return when what began then may be erased, and is."""
        return since + timedelta(days=self.days)


@dataclass(frozen=True)
class RetentionPolicy:
    """Hold a class for every kind."""

    classes: tuple[RetentionClass, ...]

    def class_of(self, kind: DossierKind, matter: str = "") -> RetentionClass:
        """Return the class of a dossier: that of its matter, or else of its kind."""
        mine = [item for item in self.classes if item.kind is kind]
        named = (item for item in mine if matter in item.matters)
        return next(named, None) or next(item for item in mine if not item.matters)

    def shortest(self, now: datetime) -> Mapping[DossierKind, datetime]:
        """Return by kind before when a dossier was opened whose time may be over."""
        days = {kind: min(c.days for c in self.classes if c.kind is kind) for kind in DossierKind}
        return {kind: now - timedelta(days=count) for kind, count in days.items()}


def missing_kinds(classes: Iterable[RetentionClass]) -> list[DossierKind]:
    """Return the kinds without a class for whatever matter."""
    covered = {item.kind for item in classes if not item.matters}
    return [kind for kind in DossierKind if kind not in covered]


def is_over(case: Case) -> bool:
    """Tell whether nothing more is to come in a case: no promise, no debt, no person, no decision."""
    if case.state is CaseState.GRANTED:
        return case.is_settled
    if case.state is CaseState.COMPLETE:
        return case.decision is None
    return not case.is_waiting
