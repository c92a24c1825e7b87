"""Conditions: three-valued, total, and written as they were read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.conditions import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    Not,
    Operator,
    condition_to_json,
    holds,
    questions_of,
)

YES, NO, UNKNOWN = (
    FieldTest("a", Operator.EQUALS, (1,)),
    FieldTest("a", Operator.EQUALS, (2,)),
    FieldTest("b", Operator.EQUALS, (1,)),
)
FACTS = {"a": 1}


@pytest.mark.parametrize(
    ("operator", "values", "value", "expected"),
    [
        (Operator.EQUALS, (5,), 5, True),
        (Operator.EQUALS, (5,), 6, False),
        (Operator.EQUALS, (5,), "5", None),
        (Operator.EQUALS, (1,), True, None),
        (Operator.EQUALS, (True,), True, True),
        (Operator.EQUALS, (True,), 1, None),
        (Operator.IN, ("x", "y"), "y", True),
        (Operator.IN, ("x", "y"), "z", False),
        (Operator.IN, ("x", 1), 2, False),
        (Operator.AT_LEAST, (5,), 5, True),
        (Operator.AT_LEAST, (5,), 4, False),
        (Operator.AT_LEAST, (5,), "6", None),
        (Operator.AT_LEAST, (5,), True, None),
        (Operator.AT_LEAST, ("5",), "6", None),
        (Operator.EXISTS, (), 0, True),
        (Operator.EXISTS, (), False, True),
    ],
)
def test_a_question_of_a_field_is_answered_only_where_the_kinds_agree(
    operator: Operator, values: tuple[Any, ...], value: Any, expected: bool | None
) -> None:
    assert holds(FieldTest("f", operator, values), {"f": value}) is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        (Operator.EQUALS, (5,), None),
        (Operator.IN, ("x",), None),
        (Operator.AT_LEAST, (5,), None),
        (Operator.EXISTS, (), False),
    ],
)
def test_a_field_that_is_not_given_is_unknown_and_known_not_to_exist(
    operator: Operator, values: tuple[Any, ...], expected: bool | None
) -> None:
    assert holds(FieldTest("f", operator, values), {}) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (AllOf((YES, YES)), True), (AllOf((YES, NO)), False), (AllOf((YES, UNKNOWN)), None),
        (AllOf((NO, UNKNOWN)), False), (AllOf((UNKNOWN, UNKNOWN)), None),
        (AnyOf((NO, NO)), False), (AnyOf((YES, NO)), True), (AnyOf((NO, UNKNOWN)), None),
        (AnyOf((YES, UNKNOWN)), True), (AnyOf((UNKNOWN, UNKNOWN)), None),
        (Not(YES), False), (Not(NO), True), (Not(UNKNOWN), None),
    ],
)  # fmt: skip
def test_what_is_known_decides_wherever_it_can(condition: Condition, expected: bool | None) -> None:
    assert holds(condition, FACTS) is expected


values = st.sampled_from((0, 1, 5, "1", "x", True, False))
names = st.sampled_from("abc")
tests = st.builds(FieldTest, names, st.sampled_from(Operator), st.lists(values, max_size=3).map(tuple))
conditions = st.recursive(
    tests,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
facts = st.dictionaries(names, values)


@given(conditions, facts)
def test_no_condition_raises_whatever_it_is_asked_of(
    condition: Condition, given_facts: dict[str, Any]
) -> None:
    assert holds(condition, given_facts) in {True, False, None}


@given(conditions, facts, names, values)
def test_a_further_field_never_turns_what_was_known(
    condition: Condition, given_facts: dict[str, Any], name: str, value: Any
) -> None:
    asked_to_exist = any(q.operator is Operator.EXISTS for q in questions_of(condition))
    known = holds(condition, given_facts)
    if known is not None and name not in given_facts and not asked_to_exist:
        assert holds(condition, {**given_facts, name: value}) is known


def test_a_condition_is_written_in_the_shape_it_is_read_in() -> None:
    condition = AllOf(
        (
            Not(FieldTest("a", Operator.AT_LEAST, (3,))),
            AnyOf((FieldTest("b", Operator.IN, ("x", "y")), FieldTest("c", Operator.EXISTS))),
            FieldTest("d", Operator.EQUALS, (True,)),
        )
    )
    assert condition_to_json(condition) == {
        "all": [
            {"not": {"field": "a", "at_least": 3}},
            {"any": [{"field": "b", "in": ["x", "y"]}, {"field": "c", "exists": True}]},
            {"field": "d", "equals": True},
        ]
    }
    assert [str(question) for question in questions_of(condition)] == [
        "a at_least 3", "b in x y", "c exists", "d equals true",
    ]  # fmt: skip
