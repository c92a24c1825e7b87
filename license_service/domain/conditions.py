"""Conditions over the fields of an application: plain structure, no language, and never an error.

A condition holds, does not hold, or cannot be told, because a field is not given or is of another kind.
What cannot be told is for the rule to read: a material is then needed, an applicant not yet eligible.
Clause: Kleene's three-valued logic, so that what is known decides wherever it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = str | int | bool
Facts: TypeAlias = Mapping[str, Value]


class Operator(StrEnum):
    """What is asked of one field."""

    EQUALS = "equals"
    IN = "in"
    AT_LEAST = "at_least"
    EXISTS = "exists"


@dataclass(frozen=True)
class FieldTest:
    """Ask one thing of one field; `values` holds one value, several for `in`, and for `exists` none."""

    field: str
    operator: Operator
    values: tuple[Value, ...] = ()

    def __str__(self) -> str:
        """Write the question in one line, without anybody's answer."""
        return " ".join((self.field, self.operator, *map(_written, self.values)))


@dataclass(frozen=True)
class AllOf:
    """Ask for every one."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Ask for at least one."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """Ask for the opposite."""

    of: Condition


Condition: TypeAlias = FieldTest | AllOf | AnyOf | Not


def holds(condition: Condition, facts: Facts) -> bool | None:
    """Tell whether a condition holds; None where that cannot be told."""
    match condition:
        case FieldTest():
            return _test(condition, facts)
        case Not(inner):
            found = holds(inner, facts)
            return None if found is None else not found
        case AllOf(parts):
            return _decide([holds(part, facts) for part in parts], decisive=False)
        case AnyOf(parts):
            return _decide([holds(part, facts) for part in parts], decisive=True)


def questions_of(condition: Condition) -> Iterator[FieldTest]:
    """Return every question a condition asks of a field."""
    match condition:
        case FieldTest():
            yield condition
        case Not(inner):
            yield from questions_of(inner)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from questions_of(part)


def condition_to_json(condition: Condition) -> dict[str, Any]:
    """Return the shape a catalogue writes a condition in."""
    match condition:
        case FieldTest(field, Operator.IN, values):
            return {"field": field, "in": list(values)}
        case FieldTest(field, Operator.EXISTS):
            return {"field": field, "exists": True}
        case FieldTest(field, operator, values):
            return {"field": field, operator.value: values[0]}
        case Not(inner):
            return {"not": condition_to_json(inner)}
        case AllOf(parts):
            return {"all": [condition_to_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [condition_to_json(part) for part in parts]}


def _test(test: FieldTest, facts: Facts) -> bool | None:
    if test.operator is Operator.EXISTS:
        return test.field in facts
    value = facts.get(test.field)
    # Types first: True equals 1 in Python, and "200" is no number.
    alike = [expected for expected in test.values if type(expected) is type(value)]
    if test.operator is Operator.AT_LEAST:
        return _at_least(value, alike)
    return value in alike if alike else None


def _at_least(value: Value | None, bounds: list[Value]) -> bool | None:
    numbers = [bound for bound in bounds if isinstance(bound, int) and not isinstance(bound, bool)]
    return all(value >= number for number in numbers) if numbers and isinstance(value, int) else None


def _decide(parts: list[bool | None], *, decisive: bool) -> bool | None:
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
