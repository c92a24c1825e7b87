"""Matters and what they ask for: rules as data, each with its legal basis.

Nothing legal is decided in code: which license replaces a paper, what may be promised or owed, for how
long, and what happens at expiry come from catalogue entries with dates of effect.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class HolderRole(StrEnum):
    """Whose license it must be."""

    APPLICANT = "applicant"
    LEGAL_PERSON = "legal_person"


class AtExpiry(StrEnum):
    """What becomes of a case whose debt is not paid in time; places differ."""

    DEEMED_WITHDRAWN = "deemed_withdrawn"
    ACCEPTANCE_REVOKED = "acceptance_revoked"
    REFUSED = "refused"
    TERMINATED = "terminated"


@dataclass(frozen=True)
class LicenseRoute:
    """Let a license of one of these types stand for the paper."""

    type_codes: tuple[str, ...]
    holder: HolderRole
    basis: str


@dataclass(frozen=True)
class CommitmentRoute:
    """Let a promise stand for the paper, to be checked against a data source."""

    notice_zh: str
    notice_en: str
    check_within_working_days: int
    check_source: str
    basis: str

    @property
    def notice_digest(self) -> str:
        """Return the digest of the notice, so that a promise names the text it answers."""
        text = f"license-service/notice/v1\n{self.notice_zh}\n{self.notice_en}"
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class DeferralRoute:
    """Let the paper be owed for some working days."""

    working_days: int
    remind_before: tuple[int, ...]
    """Working days before the deadline at which a reminder goes out."""
    at_expiry: AtExpiry
    basis: str


@dataclass(frozen=True)
class Material:
    """Ask for one material, and say every way to satisfy it; `primary` ones may never be owed."""

    code: str
    name_zh: str
    name_en: str
    primary: bool
    basis: str
    by_license: LicenseRoute | None
    by_commitment: CommitmentRoute | None
    by_deferral: DeferralRoute | None
    by_submission: bool


@dataclass(frozen=True)
class Matter:
    """Hold one version of a matter."""

    code: str
    version: str
    name_zh: str
    name_en: str
    effective_from: date
    effective_until: date | None
    basis: str
    materials: tuple[Material, ...]

    def in_effect(self, on: date) -> bool:
        """Tell whether this version applies on a day; `effective_until` is the last such day."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)

    def material(self, code: str) -> Material | None:
        """Return a material by code."""
        return next((material for material in self.materials if material.code == code), None)


@dataclass(frozen=True)
class Catalogue:
    """Hold every version of every matter; `digest` identifies the exact files."""

    matters: tuple[Matter, ...]
    digest: str

    def find(self, code: str, on: date) -> Matter | None:
        """Return the version of a matter in effect on a day."""
        return next((m for m in self.matters if m.code == code and m.in_effect(on)), None)

    def version(self, code: str, version: str) -> Matter | None:
        """Return one version: a case keeps the one it was accepted under."""
        return next((m for m in self.matters if (m.code, m.version) == (code, version)), None)

    def in_effect(self, on: date) -> tuple[Matter, ...]:
        """Return every matter in effect on a day."""
        return tuple(matter for matter in self.matters if matter.in_effect(on))
