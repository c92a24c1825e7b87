"""The closed shape of catalogue files: what may be written, and what it becomes in the domain.

A shape says where a problem is by the path of the member, which the reader turns into a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from license_service.adapters.basic_shape import Code, Name, PeriodShape, Text
from license_service.adapters.condition_shape import Closed, ConditionShape, FieldName
from license_service.adapters.promise_shape import CommitmentShape, CreditShape, Notices
from license_service.domain.conditions import Condition, questions_of
from license_service.domain.deadlines import Period
from license_service.domain.matter import (
    ApplicationField,
    AtExpiry,
    DataRoute,
    DeferralRoute,
    EligibilityRule,
    FieldKind,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
    RequiredField,
    SpecialProcedure,
    Subject,
    TimeLimit,
)
from license_service.domain.standing import StandingMark
from license_service.domain.workdays import YearCalendar

Path: TypeAlias = tuple[str | int, ...]
Problem: TypeAlias = tuple[Path, str]

_SATURDAY = 5
_Asked = Annotated[
    str, Field(pattern=r"^((applicant|legal_person|other_party)\.(name|id)|field\.[a-z][a-z0-9_]*)$")
]
_Days = Annotated[int, Field(gt=0, le=365)]
_TextList = Annotated[list[Text], Field(min_length=1)]


class _License(Closed):
    type_codes: _TextList
    holder: HolderRole
    basis: Text
    issuers: list[Annotated[str, Field(pattern=r"^[0-9A-Z*]+$")]] = []
    regions: list[Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]] = []
    min_remaining_days: Annotated[int, Field(ge=0, le=3650)] = 0
    required_fields: dict[str, _TextList] = {}

    def build(self) -> LicenseRoute:
        required = (RequiredField(name, tuple(values)) for name, values in self.required_fields.items())
        return LicenseRoute(
            tuple(self.type_codes),
            self.holder,
            self.basis,
            tuple(self.issuers),
            tuple(self.regions),
            self.min_remaining_days,
            tuple(required),
        )


class _Data(Closed):
    source: Code
    query: Annotated[list[_Asked], Field(min_length=1)]
    basis: Text

    def build(self) -> DataRoute:
        return DataRoute(self.source, tuple(self.query), self.basis)


class _Deferral(Closed):
    within: PeriodShape | Literal["promised_limit", "statutory_limit"]
    at_expiry: AtExpiry
    basis: Text
    remind_before: list[_Days] = [3, 1]
    extension: PeriodShape | None = None
    not_for: list[StandingMark] = []

    def build(self, limit: TimeLimit | None) -> DeferralRoute:
        return DeferralRoute(
            self._within(limit),
            tuple(self.remind_before),
            self.at_expiry,
            self.basis,
            self.extension.build() if self.extension else None,
            tuple(self.not_for),
        )

    def _within(self, limit: TimeLimit | None) -> Period:
        if isinstance(self.within, PeriodShape):
            return self.within.build()
        if limit is None:
            raise ValueError("the matter states no time limit")  # told by `Matter.problems` before
        return limit.promised if self.within == "promised_limit" else limit.statutory


class _Material(Closed):
    code: Code
    name: Name
    primary: bool
    basis: Text
    by_license: _License | None = None
    by_data: _Data | None = None
    by_commitment: CommitmentShape | None = None
    by_deferral: _Deferral | None = None
    by_submission: bool
    needed_when: ConditionShape | None = None

    @model_validator(mode="after")
    def _consistent(self) -> _Material:
        if self.primary and self.by_deferral:
            raise ValueError("a primary material may not be owed")
        if not (self.by_submission or self.by_license or self.by_data or self.by_commitment):
            raise ValueError("no way to satisfy this material")
        return self

    def build(self, notices: Notices, limit: TimeLimit | None) -> Material:
        return Material(
            code=self.code,
            name_zh=self.name.zh,
            name_en=self.name.en,
            primary=self.primary,
            basis=self.basis,
            by_license=self.by_license.build() if self.by_license else None,
            by_commitment=self.by_commitment.build(notices) if self.by_commitment else None,
            by_deferral=self.by_deferral.build(limit) if self.by_deferral else None,
            by_submission=self.by_submission,
            by_data=self.by_data.build() if self.by_data else None,
            needed_when=self.needed_when.build() if self.needed_when else None,
        )


class _ApplicationField(Closed):
    name: FieldName
    kind: FieldKind
    label: Name


class _Eligibility(Closed):
    code: Code
    when: ConditionShape
    text: Name
    basis: Text


class _SpecialProcedure(Closed):
    code: Code
    name: Name
    basis: Text


class _TimeLimit(Closed):
    statutory: PeriodShape
    promised: PeriodShape
    extension: PeriodShape | None = None
    basis: Text

    def build(self) -> TimeLimit:
        extension = self.extension.build() if self.extension else None
        return TimeLimit(self.statutory.build(), self.promised.build(), extension, self.basis)


class MatterShape(Closed):
    """Describe one version of a matter."""

    code: Code
    version: Text
    name: Name
    subjects: Annotated[list[Subject], Field(min_length=1)]
    authority: Text
    result: Text
    effective_from: date
    effective_until: date | None
    basis: Text
    time_limit: _TimeLimit | None = None
    special_procedures: list[_SpecialProcedure] = []
    fields: list[_ApplicationField] = []
    eligibility: list[_Eligibility] = []
    credit: list[CreditShape] = []
    materials: Annotated[list[_Material], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> MatterShape:
        for items in (self.materials, self.eligibility, self.special_procedures):
            codes = [item.code for item in items]
            if len(set(codes)) != len(codes):
                raise ValueError("a code occurs twice")
        if len({rule.mark for rule in self.credit}) != len(self.credit):
            raise ValueError("a mark has two credit rules")
        if self.effective_until and self.effective_until < self.effective_from:
            raise ValueError("effective_until lies before effective_from")
        return self

    def problems(self, notices: Notices) -> Iterator[Problem]:
        """Return what is wrong between members: names of notices, fields and limits that are not there."""
        for index, material in enumerate(self.materials):
            path: Path = ("materials", index)
            reference = material.by_commitment.notice if material.by_commitment else None
            if reference and (reference.id, reference.version) not in notices:
                yield (*path, "by_commitment", "notice"), f"no notice {reference.id} {reference.version}"
            if material.by_commitment and material.by_commitment.enters_credit and not self._records_broken:
                yield (*path, "by_commitment", "on_broken"), "the matter has no credit rule for it"
            deferral = material.by_deferral
            if deferral and not isinstance(deferral.within, PeriodShape) and self.time_limit is None:
                yield (*path, "by_deferral", "within"), "the matter states no time limit"
            if material.needed_when:
                yield from self._undeclared((*path, "needed_when"), material.needed_when.build())
        for index, rule in enumerate(self.eligibility):
            yield from self._undeclared(("eligibility", index, "when"), rule.when.build())

    @property
    def _records_broken(self) -> bool:
        return StandingMark.BROKEN_COMMITMENT in {rule.mark for rule in self.credit}

    def _undeclared(self, path: Path, condition: Condition) -> Iterator[Problem]:
        kinds = {field.name: _KINDS[field.kind] for field in self.fields}
        for test in questions_of(condition):
            if test.field not in kinds:
                yield path, f"no field {test.field}"
            elif any(type(value) is not kinds[test.field] for value in test.values):
                yield path, f"field {test.field} is of another kind than what it is compared with"

    def build(self, notices: Notices) -> Matter:
        """Return the domain's matter; for a shape without problems."""
        limit = self.time_limit.build() if self.time_limit else None
        return Matter(
            code=self.code,
            version=self.version,
            name_zh=self.name.zh,
            name_en=self.name.en,
            effective_from=self.effective_from,
            effective_until=self.effective_until,
            basis=self.basis,
            materials=tuple(material.build(notices, limit) for material in self.materials),
            subjects=tuple(self.subjects),
            authority=self.authority,
            result=self.result,
            time_limit=limit,
            special_procedures=tuple(
                SpecialProcedure(p.code, p.name.zh, p.name.en, p.basis) for p in self.special_procedures
            ),
            fields=tuple(ApplicationField(f.name, f.kind, f.label.zh, f.label.en) for f in self.fields),
            eligibility=tuple(
                EligibilityRule(e.code, e.when.build(), e.text.zh, e.text.en, e.basis)
                for e in self.eligibility
            ),
            credit=tuple(rule.build() for rule in self.credit),
        )


_KINDS: Mapping[FieldKind, type[Any]] = {FieldKind.TEXT: str, FieldKind.NUMBER: int, FieldKind.FLAG: bool}


class NoticeShape(Closed):
    """Describe one version of a notice."""

    id: Code
    version: Text
    text: Name
    basis: Text

    def build(self) -> Notice:
        """Return the domain's notice."""
        return Notice(self.id, self.version, self.text.zh, self.text.en, self.basis)


class CalendarShape(Closed):
    """Describe the official calendar of one year: holidays, and weekend days that are worked."""

    year: Annotated[int, Field(ge=2015, le=2199)]
    holidays: Annotated[list[date], Field(min_length=1)]
    makeup_days: list[date]
    basis: Text

    @model_validator(mode="after")
    def _consistent(self) -> CalendarShape:
        if {day.year for day in (*self.holidays, *self.makeup_days)} != {self.year}:
            raise ValueError("a day lies in another year")
        if any(day.weekday() < _SATURDAY for day in self.makeup_days):
            raise ValueError("a make-up day lies on no weekend")
        if set(self.holidays) & set(self.makeup_days):
            raise ValueError("a day is both holiday and make-up day")
        return self

    def build(self) -> YearCalendar:
        """Return the domain's year."""
        return YearCalendar(self.year, frozenset(self.holidays), frozenset(self.makeup_days), self.basis)
