"""The closed shape of the rule for ratings and complaints."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from license_service.adapters.basic_shape import Code, Name, PeriodShape, Text
from license_service.adapters.condition_shape import Closed
from license_service.domain.feedback_rule import AnswerRule, FeedbackReason, FeedbackRule


class _Answer(Closed):
    within: PeriodShape
    basis: Text

    def build(self) -> AnswerRule:
        return AnswerRule(self.within.build(), self.basis)


class _BadRating(_Answer):
    at_most: Annotated[int, Field(ge=1, le=4)]


class _Reason(Closed):
    code: Code
    name: Name


class FeedbackShape(Closed):
    """Describe one version of the rule."""

    version: Text
    effective_from: date
    effective_until: date | None
    basis: Text
    bad_rating: _BadRating
    complaint: _Answer
    reasons: Annotated[list[_Reason], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _consistent(self) -> FeedbackShape:
        codes = [reason.code for reason in self.reasons]
        if len(set(codes)) != len(codes):
            raise ValueError("a code occurs twice")
        if self.effective_until and self.effective_until < self.effective_from:
            raise ValueError("effective_until lies before effective_from")
        return self

    def build(self) -> FeedbackRule:
        """Return the domain's rule."""
        return FeedbackRule(
            version=self.version,
            effective_from=self.effective_from,
            effective_until=self.effective_until,
            basis=self.basis,
            bad_at_most=self.bad_rating.at_most,
            bad_rating=self.bad_rating.build(),
            complaint=self.complaint.build(),
            reasons=tuple(FeedbackReason(item.code, item.name.zh, item.name.en) for item in self.reasons),
        )
