"""The one encoding of an entry: literal bytes, and everything that is not it."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit.entry import MAX_ENTRY_BYTES, decode_entry, encode_entry
from license_service.audit.errors import AuditError


class _Color(StrEnum):
    RED = "red"


def _code(refuse: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as refused:
        refuse()
    return refused.value.code


@pytest.mark.parametrize(
    ("members", "data"),
    [
        ({}, b'{"v":1}'),
        ({"kind": "case.closed", "case": "c", "seq": 2}, b'{"case":"c","kind":"case.closed","seq":2,"v":1}'),
        ({"z": None, "a": [True, False, -1, 0]}, b'{"a":[true,false,-1,0],"v":1,"z":null}'),
        ({"a": (1, 2)}, b'{"a":[1,2],"v":1}'),
        ({"b": {"d": 1, "c": {}}, "a": []}, b'{"a":[],"b":{"c":{},"d":1},"v":1}'),
        ({"a": _Color.RED}, b'{"a":"red","v":1}'),
        ({"名": "证照"}, b'{"v":1,"\xe5\x90\x8d":"\xe8\xaf\x81\xe7\x85\xa7"}'),
        ({"a": '"\\/\b\f\n\r\t\x00\x1f\x7f'}, b'{"a":"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f","v":1}'),
        ({"a": "\u2028\U0001f600"}, b'{"a":"\xe2\x80\xa8\xf0\x9f\x98\x80","v":1}'),
        ({"A": 1, "a": 2, "aa": 3, "a.b": 4}, b'{"A":1,"a":2,"a.b":4,"aa":3,"v":1}'),
        ({"a": 9007199254740991}, b'{"a":9007199254740991,"v":1}'),
    ],
)
def test_an_entry_has_these_literal_bytes(members: dict[str, object], data: bytes) -> None:
    assert encode_entry(members) == data
    assert encode_entry(dict(reversed(members.items()))) == data


def test_members_are_sorted_by_utf_16_code_units() -> None:
    # RFC 8785, 3.2.3: U+1F600 begins with the surrogate D83D, which comes before U+FB33.
    expected = b'{"v":1,"\xf0\x9f\x98\x80":1,"\xef\xac\xb3":2}'
    assert encode_entry({"\ufb33": 2, "\U0001f600": 1}) == expected


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), b"bytes", {1}, object(), {"a": 0.5}, [[1.5]], {"a": {1: "x"}}, {None: 1}],
    ids=["float", "nan", "bytes", "set", "object", "nested", "listed", "name no text", "name none"],
)
def test_a_value_without_one_encoding_is_refused(value: object) -> None:
    assert _code(lambda: encode_entry({"a": value})) == "ENTRY_NOT_CANONICAL"


def test_a_lone_surrogate_is_refused_and_not_a_crash() -> None:
    assert _code(lambda: encode_entry({"a": "\ud800"})) == "ENTRY_NOT_CANONICAL"


def test_an_entry_is_at_most_65535_bytes() -> None:
    room = MAX_ENTRY_BYTES - len(encode_entry({"a": ""}))
    assert MAX_ENTRY_BYTES == 65_535
    assert len(encode_entry({"a": "x" * room})) == MAX_ENTRY_BYTES
    assert _code(lambda: encode_entry({"a": "x" * (room + 1)})) == "ENTRY_TOO_LARGE"
    assert _code(lambda: encode_entry({"a": "证" * (room // 3 + 1)})) == "ENTRY_TOO_LARGE"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc证", max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
entries = st.dictionaries(st.text("abc证", min_size=1, max_size=3), values, max_size=5)


@given(entries)
def test_any_entry_survives_and_is_valid_json(members: dict[str, object]) -> None:
    data = encode_entry(members)
    assert decode_entry(data) == {**members, "v": 1} == json.loads(data)
    assert encode_entry(decode_entry(data)) == data


@given(entries, st.data())
def test_an_encoding_with_one_byte_changed_is_another_entry_or_none(
    members: dict[str, object], data: st.DataObject
) -> None:
    encoded = encode_entry(members)
    place = data.draw(st.integers(0, len(encoded) - 1))
    changed = (
        encoded[:place] + bytes([encoded[place] ^ data.draw(st.integers(1, 255))]) + encoded[place + 1 :]
    )
    try:
        decoded = decode_entry(changed)
    except AuditError as error:
        assert error.code == "ENTRY_NOT_CANONICAL"  # noqa: PT017 - both answers are right
    else:
        assert encode_entry(decoded) == changed != encoded


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"v"',
        b"{}",
        b'{"a":1}',
        b'{"v":1',
        b'{"v":1}\n',
        b' {"v":1}',
        b'{"v": 1}',
        b'{"v":1,}',
        b'{"v":1,"a":2}',
        b'{"a":1,"a":1,"v":1}',
        b'{"a":1,"a":2,"v":1}',
        b'{"a":1.0,"v":1}',
        b'{"a":1e2,"v":1}',
        b'{"a":-0,"v":1}',
        b'{"a":NaN,"v":1}',
        b'{"a":"\\u0061","v":1}',
        b'{"a":"\\/","v":1}',
        b'{"a":"\\ud800","v":1}',
        b'{"a":"\xff","v":1}',
        b'\xef\xbb\xbf{"v":1}',
        '{"v":1}'.encode("utf-16"),
    ],
)
def test_another_spelling_of_an_entry_is_refused(data: bytes) -> None:
    assert decode_entry(b'{"a":1,"v":1}') == {"a": 1, "v": 1}
    assert _code(lambda: decode_entry(data)) == "ENTRY_NOT_CANONICAL"


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000])
def test_hostile_json_is_refused_and_not_a_crash(data: bytes) -> None:
    assert _code(lambda: decode_entry(data)) == "ENTRY_NOT_CANONICAL"
