"""The shape of promises in a catalogue: the notice, the check, what follows when broken, and the credit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, model_validator

from license_service.adapters.basic_shape import Code, PeriodShape, Text
from license_service.adapters.condition_shape import Closed
from license_service.domain.matter import (
    CheckMethod,
    CheckPlan,
    CheckStart,
    CommitmentRoute,
    Consequence,
    CreditRule,
    CreditScope,
    Notice,
    OnBroken,
    Remedy,
)
from license_service.domain.standing import StandingMark

Notices: TypeAlias = Mapping[tuple[str, str], Notice]


class NoticeReference(Closed):
    """Name one version of a notice."""

    id: Code
    version: Text


class CheckShape(Closed):
    """Describe how, and until when, a promise is checked."""

    method: CheckMethod
    within: PeriodShape | None = None
    counted_from: CheckStart = Field(CheckStart.ACCEPTANCE, alias="from")
    source: Code | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> CheckShape:
        exempt = self.method is CheckMethod.EXEMPT
        if exempt is not (self.within is None) or exempt is not (self.reason is not None):
            raise ValueError("a check has `within`; one that is exempt has `reason` instead")
        if (self.method is CheckMethod.DATA_SOURCE) is not (self.source is not None):
            raise ValueError("a check by data source names the source, and no other does")
        return self

    def build(self) -> CheckPlan:
        """Return the domain's plan."""
        within = self.within.build() if self.within else None
        return CheckPlan(self.method, within, self.source or "", self.reason or "", self.counted_from)


class ConsequenceShape(Closed):
    """Describe one consequence of a broken promise."""

    remedy: Remedy
    within: PeriodShape | None = None
    credit_record: bool
    basis: Text

    @model_validator(mode="after")
    def _consistent(self) -> ConsequenceShape:
        if (self.remedy is Remedy.RECTIFY) is not (self.within is not None):
            raise ValueError("to rectify has `within`, and no other remedy does")
        return self

    def build(self) -> Consequence:
        """Return the domain's consequence."""
        within = self.within.build() if self.within else None
        return Consequence(self.remedy, self.credit_record, self.basis, within)


class OnBrokenShape(Closed):
    """Describe what follows a broken promise."""

    objection: PeriodShape
    consequences: Annotated[list[ConsequenceShape], Field(min_length=1, max_length=3)]

    @model_validator(mode="after")
    def _ends(self) -> OnBrokenShape:
        *earlier, last = [item.remedy is Remedy.RECTIFY for item in self.consequences]
        if last or not all(earlier):
            raise ValueError("the last consequence is an end, and every one before it a chance to rectify")
        return self

    def build(self) -> OnBroken:
        """Return the domain's rule."""
        return OnBroken(self.objection.build(), tuple(item.build() for item in self.consequences))


class CommitmentShape(Closed):
    """Describe a promise that stands for a paper."""

    notice: NoticeReference
    check: CheckShape
    basis: Text
    not_for: list[StandingMark] = []
    proxy_allowed: bool = False
    on_broken: OnBrokenShape | None = None

    @model_validator(mode="after")
    def _checked(self) -> CommitmentShape:
        if self.on_broken and self.check.method is CheckMethod.EXEMPT:
            raise ValueError("nobody finds a promise broken that is not checked")
        return self

    @property
    def enters_credit(self) -> bool:
        """Tell whether a broken promise enters a credit record."""
        return self.on_broken is not None and any(c.credit_record for c in self.on_broken.consequences)

    def build(self, notices: Notices) -> CommitmentRoute:
        """Return the domain's route."""
        return CommitmentRoute(
            notices[self.notice.id, self.notice.version],
            self.check.build(),
            self.basis,
            tuple(self.not_for),
            self.proxy_allowed,
            self.on_broken.build() if self.on_broken else None,
        )


class CreditShape(Closed):
    """Describe where, and for how long, a mark counts; serious dishonesty is entered by officers."""

    mark: StandingMark
    scope: CreditScope
    period: PeriodShape
    basis: Text

    @model_validator(mode="after")
    def _by_rule(self) -> CreditShape:
        if self.mark is StandingMark.SERIOUS_DISHONESTY:
            raise ValueError("serious dishonesty is entered by an officer, not by a rule")
        return self

    def build(self) -> CreditRule:
        """Return the domain's rule."""
        return CreditRule(self.mark, self.scope, self.period.build(), self.basis)
