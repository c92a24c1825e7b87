"""What the shapes of a catalogue have in common: texts, codes, and lengths of time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from license_service.adapters.condition_shape import Closed
from license_service.domain.deadlines import Period, Unit

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class Name(Closed):
    """Name something in Chinese and English."""

    zh: Text
    en: Text


class PeriodShape(Closed):
    """Describe a length of time in one unit."""

    working_days: Annotated[int, Field(gt=0, le=1000)] | None = None
    calendar_days: Annotated[int, Field(gt=0, le=1400)] | None = None
    months: Annotated[int, Field(gt=0, le=48)] | None = None

    @model_validator(mode="after")
    def _one(self) -> PeriodShape:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("a period has one of working_days, calendar_days and months")
        return self

    def build(self) -> Period:
        """Return the domain's period."""
        ((unit, count),) = self.model_dump(exclude_none=True).items()
        return Period(count, Unit(unit))
