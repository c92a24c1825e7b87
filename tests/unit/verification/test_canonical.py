"""Canonical bytes: one byte string for each JSON value (RFC 8785)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.verification.canonical import canonical_json
from license_service.verification.report import Indication

_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(_TEXT, _VALUES, max_size=5)


def test_literal_bytes() -> None:
    value = {"z": [1, True, None, ("a",)], "a": {"é": "\n", "€": Indication.TOTAL_PASSED}}
    assert canonical_json(value) == '{"a":{"é":"\\n","€":"TOTAL_PASSED"},"z":[1,true,null,["a"]]}'.encode()


def test_members_are_in_the_order_of_their_utf16_code_units() -> None:
    # RFC 8785, 3.2.3: U+1F600 is D83D DE00 and so comes before U+FB33, though it is the larger code point.
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@given(_OBJECTS)
def test_reading_it_back_gives_the_value_and_the_same_bytes(value: dict[str, Any]) -> None:
    data = canonical_json(value)
    assert json.loads(data) == value
    assert canonical_json(json.loads(data)) == data


@given(_OBJECTS)
def test_the_order_of_members_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize("value", [1.5, b"", object(), {1}])
def test_what_is_no_exact_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": [value]})


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical_json({"a": "\ud800"})
