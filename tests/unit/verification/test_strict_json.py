"""JSON that two readers could read differently is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_JSON_DEPTH
from license_service.verification.strict_json import parse_json, parse_object

_LARGEST = 2**53
_REFUSED: dict[str, tuple[bytes, str]] = {
    "repeated": (b'{"a":1,"a":1}', "JSON_NAME_REPEATED"),
    "repeated-other-value": (b'{"a":1,"a":2}', "JSON_NAME_REPEATED"),
    "repeated-inside": (b'{"x":[{"a":1,"b":2,"a":3}]}', "JSON_NAME_REPEATED"),
    "repeated-escaped": (b'{"a":1,"\\u0061":2}', "JSON_NAME_REPEATED"),
    "nan": (b'{"a":NaN}', "JSON_NUMBER_REFUSED"),
    "infinity": (b'{"a":Infinity}', "JSON_NUMBER_REFUSED"),
    "minus-infinity": (b"[-Infinity]", "JSON_NUMBER_REFUSED"),
    "beyond-2-53": (b"9007199254740993", "JSON_NUMBER_REFUSED"),
    "below-minus-2-53": (b"-9007199254740993", "JSON_NUMBER_REFUSED"),
    "very-long-number": (b"1" * 400, "JSON_NUMBER_REFUSED"),
    "number-beyond-int-digits": (b"1" * 5000, "JSON_MALFORMED"),
    "lone-high-surrogate": (b'"\\ud800"', "JSON_TEXT_MALFORMED"),
    "lone-low-surrogate": (b'{"a":"\\udc00"}', "JSON_TEXT_MALFORMED"),
    "surrogate-name": (b'{"\\ud83d":1}', "JSON_TEXT_MALFORMED"),
    "swapped-surrogates": (b'"\\udc00\\ud800"', "JSON_TEXT_MALFORMED"),
    "no-utf-8": (b'"\xff"', "JSON_TEXT_MALFORMED"),
    "overlong-utf-8": (b'"\xc0\xaf"', "JSON_TEXT_MALFORMED"),
    "surrogate-utf-8": (b'"\xed\xa0\x80"', "JSON_TEXT_MALFORMED"),
    "utf-16": ('{"a":1}'.encode("utf-16"), "JSON_TEXT_MALFORMED"),
    "byte-order-mark": (b"\xef\xbb\xbf{}", "JSON_MALFORMED"),
    "empty": (b"", "JSON_MALFORMED"),
    "blank": (b"  ", "JSON_MALFORMED"),
    "cut": (b'{"a":', "JSON_MALFORMED"),
    "trailing": (b"{} {}", "JSON_MALFORMED"),
    "trailing-comma": (b'{"a":1,}', "JSON_MALFORMED"),
    "single-quotes": (b"{'a':1}", "JSON_MALFORMED"),
    "comment": (b'{"a":1 /* b */}', "JSON_MALFORMED"),
    "leading-zero": (b"01", "JSON_MALFORMED"),
    "control-character": (b'"\x01"', "JSON_MALFORMED"),
    "raw-newline": (b'"a\nb"', "JSON_MALFORMED"),
}


@pytest.mark.parametrize(("data", "code"), _REFUSED.values(), ids=_REFUSED.keys())
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        parse_json(data)
    assert refused.value.code == code


_ACCEPTED: dict[str, tuple[bytes, Any]] = {
    "object": (b'{"a":1,"b":[true,false,null]}', {"a": 1, "b": [True, False, None]}),
    "same-name-elsewhere": (b'{"a":{"a":1},"b":{"a":2}}', {"a": {"a": 1}, "b": {"a": 2}}),
    "names-by-case": (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
    "exactly-2-53": (b"[9007199254740992,-9007199254740992]", [_LARGEST, -_LARGEST]),
    "fraction": (b"0.5", 0.5),
    "surrogate-pair": (b'"\\ud83d\\ude00"', "\U0001f600"),
    "chinese": ("营业执照".encode().join((b'"', b'"')), "营业执照"),
    "brackets-in-text": (b'"' + b"[" * 100 + b'"', "[" * 100),
    "escaped-quote-then-brackets": (b'"\\"' + b"{" * 100 + b'"', '"' + "{" * 100),
    "escaped-back-slash": (b'["\\\\",[1]]', ["\\", [1]]),
    "white-space": (b" \t\r\n{} \n", {}),
}


@pytest.mark.parametrize(("data", "expected"), _ACCEPTED.values(), ids=_ACCEPTED.keys())
def test_accepted(data: bytes, expected: object) -> None:
    assert parse_json(data) == expected


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth(opening: bytes, closing: bytes) -> None:
    def nested(depth: int) -> bytes:
        return opening * depth + b"1" + closing * depth

    parse_json(nested(MAX_JSON_DEPTH))
    for depth in (MAX_JSON_DEPTH + 1, 100_000):
        with pytest.raises(FormatError) as refused:
            parse_json(nested(depth))
        assert refused.value.code == "JSON_TOO_DEEP"


@pytest.mark.parametrize("data", [b"1e400", b"-1e400", b"1e309"])
def test_a_number_no_double_can_hold_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        parse_json(data)
    assert refused.value.code == "JSON_NUMBER_REFUSED"


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null", b"true"])
def test_only_an_object_is_an_object(data: bytes) -> None:
    assert parse_json(data) == json.loads(data)
    with pytest.raises(FormatError) as refused:
        parse_object(data)
    assert refused.value.code == "JSON_NOT_AN_OBJECT"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-_LARGEST, _LARGEST) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
def test_what_is_unambiguous_round_trips(value: object) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=100))
def test_any_bytes_are_a_value_or_a_format_error(data: bytes) -> None:
    try:
        parse_json(data)
    except FormatError as error:
        assert error.code.startswith("JSON_")  # noqa: PT017 - either way is right; another error is not


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 9), min_size=1, max_size=3))
def test_a_repeated_name_is_refused_wherever_it_stands(value: dict[str, int]) -> None:
    name = json.dumps(next(iter(value)))
    body = json.dumps(value)
    for doubled in (f"{body[:-1]}, {name}: 0}}", f"{{{name}: 0, {body[1:]}"):
        with pytest.raises(FormatError) as refused:
            parse_json(doubled.encode())
        assert refused.value.code == "JSON_NAME_REPEATED"
