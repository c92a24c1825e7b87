"""Matters and what they ask for: rules as data, each with its legal basis.

Nothing legal is decided in code: which license replaces a paper, what may be promised or owed, for how
long, and what happens at expiry come from catalogue entries with dates of effect.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from license_service.domain.bundle import Bundle
from license_service.domain.conditions import Condition
from license_service.domain.deadlines import Period
from license_service.domain.feedback_rule import FeedbackRule
from license_service.domain.standing import StandingMark
from license_service.domain.workdays import YearCalendar


class Subject(StrEnum):
    """Who may apply."""

    PERSON = "person"
    ORGANIZATION = "organization"


class HolderRole(StrEnum):
    """Whose license it must be; the other party is a spouse, a seller, a child: whom the matter joins."""

    APPLICANT = "applicant"
    LEGAL_PERSON = "legal_person"
    OTHER_PARTY = "other_party"


class AtExpiry(StrEnum):
    """What becomes of a case whose debt is not paid in time; places differ."""

    DEEMED_WITHDRAWN = "deemed_withdrawn"
    ACCEPTANCE_REVOKED = "acceptance_revoked"
    REFUSED = "refused"
    TERMINATED = "terminated"


class CheckMethod(StrEnum):
    """How a promise is checked (国办发〔2020〕42号); `exempt` ones are not, for a stated reason."""

    DATA_SOURCE = "data_source"
    DEPARTMENT = "department"
    ON_SITE = "on_site"
    PUBLICITY = "publicity"
    EXEMPT = "exempt"


class CheckStart(StrEnum):
    """What the time of a check is counted from; places differ."""

    ACCEPTANCE = "acceptance"
    DECISION = "decision"


class Remedy(StrEnum):
    """What follows a broken promise (国办发〔2020〕42号); places differ."""

    RECTIFY = "rectify"
    TERMINATE = "terminate"
    REVOKE_DECISION = "revoke_decision"


class CreditScope(StrEnum):
    """Where a credit record counts."""

    MATTER = "matter"
    ALL = "all"


class FieldKind(StrEnum):
    """What an application field holds."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True)
class RequiredField:
    """Ask that a field of the license has one of these values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class LicenseRoute:
    """Let a license of one of these types stand for the paper.

    `issuers` are patterns of issuer codes (`*` for any run of characters), `regions` leading digits of the
    issuer's area code; where both are empty any issuer will do. `min_remaining_days` are days the license
    must still be in force after the day of acceptance.
    """

    type_codes: tuple[str, ...]
    holder: HolderRole
    basis: str
    issuers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    min_remaining_days: int = 0
    required_fields: tuple[RequiredField, ...] = ()


@dataclass(frozen=True)
class DataRoute:
    """Let what another authority already holds stand for the paper; `query` names what it is asked by."""

    source: str
    query: tuple[str, ...]
    basis: str


@dataclass(frozen=True)
class Notice:
    """Hold the text an applicant reads before promising."""

    id: str
    version: str
    text_zh: str
    text_en: str
    basis: str

    @property
    def digest(self) -> str:
        """Return the digest of the text, so that a promise names what it answers."""
        text = f"license-service/notice/v1\n{self.text_zh}\n{self.text_en}"
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class CheckPlan:
    """Say how and until when a promise is checked; `reason` says why one is exempt."""

    method: CheckMethod
    within: Period | None = None
    source: str = ""
    reason: str = ""
    counted_from: CheckStart = CheckStart.ACCEPTANCE


@dataclass(frozen=True)
class Consequence:
    """Hold one consequence of a broken promise; to rectify has a period `within`, an end has none."""

    remedy: Remedy
    credit_record: bool
    basis: str
    within: Period | None = None

    def __str__(self) -> str:
        """Return it as one line, for whoever compares two rules."""
        within = f" {self.within.count} {self.within.unit}" if self.within else ""
        return f"{self.remedy}{within}{', credit record' if self.credit_record else ''} ({self.basis})"


@dataclass(frozen=True)
class OnBroken:
    """Say how long one may object to a promise being found broken, and what follows, one after the other.

    The last consequence is an end; each before it is a chance to rectify.
    """

    objection: Period
    consequences: tuple[Consequence, ...]


@dataclass(frozen=True)
class CommitmentRoute:
    """Let a promise stand for the paper, for all whose standing bears none of the marks in `not_for`."""

    notice: Notice
    check: CheckPlan
    basis: str
    not_for: tuple[StandingMark, ...] = ()
    proxy_allowed: bool = False
    on_broken: OnBroken | None = None
    """None leaves what follows a broken promise to a person."""


@dataclass(frozen=True)
class DeferralRoute:
    """Let the paper be owed for some time, for all whose standing bears none of the marks in `not_for`."""

    within: Period
    remind_before: tuple[int, ...]
    """Working days before the deadline at which a reminder goes out."""
    at_expiry: AtExpiry
    basis: str
    extension: Period | None = None
    """By how much the deadline may move, once, for a stated reason."""
    not_for: tuple[StandingMark, ...] = ()


@dataclass(frozen=True)
class Material:
    """Ask for one material, and say every way to satisfy it; `primary` ones may never be owed.

    A conditional one is needed unless `needed_when` is known not to hold.
    """

    code: str
    name_zh: str
    name_en: str
    primary: bool
    basis: str
    by_license: LicenseRoute | None
    by_commitment: CommitmentRoute | None
    by_deferral: DeferralRoute | None
    by_submission: bool
    by_data: DataRoute | None = None
    needed_when: Condition | None = None


@dataclass(frozen=True)
class ApplicationField:
    """Name a value an application of this matter states; conditions ask for no others."""

    name: str
    kind: FieldKind
    label_zh: str
    label_en: str


@dataclass(frozen=True)
class EligibilityRule:
    """Say who may apply at all; who is known not to meet it is not eligible."""

    code: str
    condition: Condition
    text_zh: str
    text_en: str
    basis: str


@dataclass(frozen=True)
class SpecialProcedure:
    """Name a procedure whose time does not count (行政许可法, art. 45): hearing, inspection, review."""

    code: str
    name_zh: str
    name_en: str
    basis: str


@dataclass(frozen=True)
class TimeLimit:
    """Say within what time the authority decides: by law, as promised, and by how much it may be extended.

    Clause: 行政许可法, art. 42 (20 working days and 10 more, once; jointly 45 and 15 more).
    """

    statutory: Period
    promised: Period
    extension: Period | None
    basis: str


@dataclass(frozen=True)
class CreditRule:
    """Say where, and for how long, a broken promise or an expired debt counts against the applicant."""

    mark: StandingMark
    scope: CreditScope
    period: Period
    basis: str


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
    subjects: tuple[Subject, ...] = ()
    authority: str = ""
    result: str = ""
    time_limit: TimeLimit | None = None
    special_procedures: tuple[SpecialProcedure, ...] = ()
    fields: tuple[ApplicationField, ...] = ()
    eligibility: tuple[EligibilityRule, ...] = ()
    credit: tuple[CreditRule, ...] = ()

    def in_effect(self, on: date) -> bool:
        """Tell whether this version applies on a day; `effective_until` is the last such day."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)

    def material(self, code: str) -> Material | None:
        """Return a material by code."""
        return next((material for material in self.materials if material.code == code), None)

    def on_broken(self, material: str) -> OnBroken | None:
        """Return what follows where the promise about a material is broken; None where nothing is stated."""
        found = self.material(material)
        return found.by_commitment.on_broken if found and found.by_commitment else None

    def credit_rule(self, mark: StandingMark) -> CreditRule | None:
        """Return the rule of a mark; None where the matter keeps no record of it."""
        return next((rule for rule in self.credit if rule.mark is mark), None)

    def special_procedure(self, code: str) -> SpecialProcedure | None:
        """Return a special procedure by code."""
        return next((item for item in self.special_procedures if item.code == code), None)


@dataclass(frozen=True)
class Catalogue:
    """Hold every version of every matter and bundle; `digest` identifies the exact files."""

    matters: tuple[Matter, ...]
    digest: str
    years: tuple[YearCalendar, ...] = ()
    """Official calendars of years the library does not know yet."""
    bundles: tuple[Bundle, ...] = ()
    feedback: tuple[FeedbackRule, ...] = ()

    def find(self, code: str, on: date) -> Matter | None:
        """Return the version of a matter in effect on a day."""
        return next((m for m in self.matters if m.code == code and m.in_effect(on)), None)

    def version(self, code: str, version: str) -> Matter | None:
        """Return one version: a case keeps the one it was accepted under."""
        return next((m for m in self.matters if (m.code, m.version) == (code, version)), None)

    def in_effect(self, on: date) -> tuple[Matter, ...]:
        """Return every matter in effect on a day."""
        return tuple(matter for matter in self.matters if matter.in_effect(on))

    def find_bundle(self, code: str, on: date) -> Bundle | None:
        """Return the version of a bundle in effect on a day, if all its matters are too."""
        return next((bundle for bundle in self.bundles_in_effect(on) if bundle.code == code), None)

    def bundle_version(self, code: str, version: str) -> Bundle | None:
        """Return one version: an application keeps the one it was made under."""
        return next((b for b in self.bundles if (b.code, b.version) == (code, version)), None)

    def bundles_in_effect(self, on: date) -> tuple[Bundle, ...]:
        """Return every bundle in effect on a day with all its matters."""
        open_ones = {matter.code for matter in self.in_effect(on)}
        return tuple(
            bundle
            for bundle in self.bundles
            if bundle.in_effect(on) and open_ones.issuperset(member.matter for member in bundle.members)
        )

    def matters_of(self, bundle: Bundle, on: date) -> tuple[Matter, ...]:
        """Return the matters of a bundle that are in effect on a day, in its order."""
        found = (self.find(member.matter, on) for member in bundle.members)
        return tuple(matter for matter in found if matter is not None)

    def feedback_rule(self, on: date) -> FeedbackRule | None:
        """Return the rule for ratings and complaints in effect on a day."""
        return next((rule for rule in self.feedback if rule.in_effect(on)), None)
