"""The closed shape of a condition: which keys it has says which it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, Tag, model_validator

from license_service.domain.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Operator

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
_Value = str | int | bool


class Closed(BaseModel):
    """Refuse unknown members: a misspelt one must not be silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Test(Closed):
    field: FieldName
    equals: _Value | None = None
    one_of: Annotated[list[_Value], Field(min_length=1)] | None = Field(None, alias="in")
    at_least: StrictInt | None = None
    exists: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> _Test:
        if len(self.model_dump(exclude_none=True)) != len(("field", "operator")):
            raise ValueError("a condition on a field has one of equals, in, at_least and exists")
        return self

    def build(self) -> Condition:
        if self.equals is not None:
            return FieldTest(self.field, Operator.EQUALS, (self.equals,))
        if self.one_of is not None:
            return FieldTest(self.field, Operator.IN, tuple(self.one_of))
        if self.at_least is not None:
            return FieldTest(self.field, Operator.AT_LEAST, (self.at_least,))
        return FieldTest(self.field, Operator.EXISTS)


class _All(Closed):
    all: Annotated[list[ConditionShape], Field(min_length=1)]

    def build(self) -> Condition:
        return AllOf(tuple(part.build() for part in self.all))


class _Any(Closed):
    any: Annotated[list[ConditionShape], Field(min_length=1)]

    def build(self) -> Condition:
        return AnyOf(tuple(part.build() for part in self.any))


class _Not(Closed):
    not_: Annotated[ConditionShape, Field(alias="not")]

    def build(self) -> Condition:
        return Not(self.not_.build())


def _form(value: object) -> str:
    keys = value.keys() if isinstance(value, dict) else ()
    return next((key for key in ("all", "any", "not") if key in keys), "field")


ConditionShape = Annotated[
    Annotated[_All, Tag("all")]
    | Annotated[_Any, Tag("any")]
    | Annotated[_Not, Tag("not")]
    | Annotated[_Test, Tag("field")],
    Discriminator(_form),
]
