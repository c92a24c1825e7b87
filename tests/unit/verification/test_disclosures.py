"""Disclosures: each stands where one signed digest says, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.demo.credentials import digest_text, make_disclosure
from license_service.verification.crypto.jose import encode_base64url
from license_service.verification.document import FormatError
from license_service.verification.formats.sd_jwt.disclosures import Disclosure, disclose, parse_disclosure
from license_service.verification.limits import MAX_DISCLOSURES, MAX_JSON_DEPTH


def _text(*members: object) -> bytes:
    return encode_base64url(json.dumps(members).encode())


def _code(payload: dict[str, Any], *texts: bytes) -> str:
    with pytest.raises(FormatError) as refused:
        disclose(payload, texts, "SHA256")
    return refused.value.code


def test_an_object_property() -> None:
    text = _text("salt", "a", 1)
    payload = {"_sd": [digest_text(text), digest_text(b"a decoy")], "b": 2}
    assert disclose(payload, [text], "SHA256") == {"a": 1, "b": 2}
    assert disclose(payload, [], "SHA256") == {"b": 2}


def test_an_array_element() -> None:
    text = _text("salt", "second")
    payload = {"list": ["first", {"...": digest_text(text)}, {"...": digest_text(b"a decoy")}]}
    assert disclose(payload, [text], "SHA256") == {"list": ["first", "second"]}
    assert disclose(payload, [], "SHA256") == {"list": ["first"]}


def test_a_disclosure_inside_another() -> None:
    inner = _text("salt", "city", "示例")
    outer = _text("salt", "address", {"_sd": [digest_text(inner)]})
    payload = {"_sd": [digest_text(outer)]}
    assert disclose(payload, [inner, outer], "SHA256") == {"address": {"city": "示例"}}
    assert disclose(payload, [outer], "SHA256") == {"address": {}}
    assert _code(payload, inner) == "SD_JWT_DISCLOSURE_UNREFERENCED"


def test_digests_of_another_algorithm_are_others() -> None:
    text = _text("salt", "a", 1)
    with pytest.raises(FormatError) as refused:
        disclose({"_sd": [digest_text(text)]}, [text], "SHA384")
    assert refused.value.code == "SD_JWT_DISCLOSURE_UNREFERENCED"


_PROPERTY, _OTHER, _ITEM = _text("s", "a", 1), _text("t", "a", 1), _text("s", 1)
_P, _O, _I = map(digest_text, (_PROPERTY, _OTHER, _ITEM))
_REFUSED: dict[str, tuple[dict[str, Any], tuple[bytes, ...], str]] = {
    "unreferenced": ({"_sd": []}, (_PROPERTY,), "SD_JWT_DISCLOSURE_UNREFERENCED"),
    "no-digests-at-all": ({}, (_PROPERTY,), "SD_JWT_DISCLOSURE_UNREFERENCED"),
    "digest-as-a-claim": ({"note": _P}, (_PROPERTY,), "SD_JWT_DISCLOSURE_UNREFERENCED"),
    "disclosed-twice": ({"_sd": [_P]}, (_PROPERTY, _PROPERTY), "SD_JWT_DISCLOSURE_REPEATED"),
    "digest-twice": ({"_sd": [_P, _P]}, (_PROPERTY,), "SD_JWT_DIGEST_REPEATED"),
    "digest-twice-undisclosed": ({"_sd": [_P], "x": {"_sd": [_P]}}, (), "SD_JWT_DIGEST_REPEATED"),
    "digest-also-in-an-array": ({"_sd": [_P], "x": [{"...": _P}]}, (), "SD_JWT_DIGEST_REPEATED"),
    "same-claim-twice": ({"_sd": [_P, _O]}, (_PROPERTY, _OTHER), "SD_JWT_CLAIM_OVERWRITTEN"),
    "overwrites-a-claim": ({"a": 0, "_sd": [_P]}, (_PROPERTY,), "SD_JWT_CLAIM_OVERWRITTEN"),
    "property-in-an-array": ({"x": [{"...": _P}]}, (_PROPERTY,), "SD_JWT_DISCLOSURE_MISPLACED"),
    "element-in-an-object": ({"_sd": [_I]}, (_ITEM,), "SD_JWT_DISCLOSURE_MISPLACED"),
    "digests-no-list": ({"_sd": _P}, (), "SD_JWT_DIGEST_MALFORMED"),
    "digests-null": ({"_sd": None}, (), "SD_JWT_DIGEST_MALFORMED"),
    "digest-number": ({"_sd": [1]}, (), "SD_JWT_DIGEST_MALFORMED"),
    "element-number": ({"x": [{"...": 1}]}, (), "SD_JWT_DIGEST_MALFORMED"),
    "element-with-more": ({"x": [{"...": _I, "y": 1}]}, (), "SD_JWT_DIGEST_MISPLACED"),
    "element-outside-an-array": ({"x": {"...": _I}}, (), "SD_JWT_DIGEST_MISPLACED"),
    "element-at-the-top": ({"...": _I}, (), "SD_JWT_DIGEST_MISPLACED"),
    "too-many": ({}, (_PROPERTY,) * (MAX_DISCLOSURES + 1), "SD_JWT_TOO_MANY_DISCLOSURES"),
}


@pytest.mark.parametrize(("payload", "texts", "code"), _REFUSED.values(), ids=_REFUSED.keys())
def test_refused(payload: dict[str, Any], texts: tuple[bytes, ...], code: str) -> None:
    assert _code(payload, *texts) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_text(), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text("s"), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text("s", "a", 1, 2), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text(1, "a", 1), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text(1, "a"), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text("s", 1, 1), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text("s", "_sd", []), "SD_JWT_DISCLOSURE_MALFORMED"),
        (_text("s", "...", "x"), "SD_JWT_DISCLOSURE_MALFORMED"),
        (encode_base64url(b'{"s":"a"}'), "SD_JWT_DISCLOSURE_MALFORMED"),
        (encode_base64url(b'["s","a",{"x":1,"x":2}]'), "JSON_NAME_REPEATED"),
        (encode_base64url(b'["s","a",NaN]'), "JSON_NUMBER_REFUSED"),
        (encode_base64url(b'["s","a"'), "JSON_MALFORMED"),
        (_PROPERTY + b"=", "BASE64URL_MALFORMED"),
        (b'["s","a",1]', "BASE64URL_MALFORMED"),
        (b"", "JSON_MALFORMED"),
    ],
)
def test_a_malformed_disclosure_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        parse_disclosure(text)
    assert refused.value.code == code


def test_disclosures_nest_no_deeper_than_json() -> None:
    def chain(length: int) -> tuple[dict[str, Any], list[bytes]]:
        texts: list[bytes] = []
        digests: list[str] = []
        for _ in range(length):
            texts.append(make_disclosure("a", {"_sd": digests}))
            digests = [digest_text(texts[-1])]
        return {"_sd": digests}, texts

    assert disclose(*chain(MAX_JSON_DEPTH), "SHA256")
    payload, texts = chain(MAX_DISCLOSURES)
    assert _code(payload, *texts) == "SD_JWT_TOO_DEEP"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(claims=st.dictionaries(st.text("abcde", min_size=1, max_size=2), _JSON, max_size=5), data=st.data())
def test_what_is_hidden_and_shown_is_what_was_issued(claims: dict[str, Any], data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.sampled_from(sorted(claims)))) if claims else set()
    shown = data.draw(st.sets(st.sampled_from(sorted(hidden)))) if hidden else set()
    texts = {name: make_disclosure(name, claims[name]) for name in hidden}
    payload = {name: value for name, value in claims.items() if name not in hidden}
    payload["_sd"] = [digest_text(text) for text in texts.values()]
    expected = {name: value for name, value in claims.items() if name not in hidden - shown}
    assert disclose(payload, [texts[name] for name in shown], "SHA256") == expected


@given(st.binary(max_size=60) | st.lists(_JSON, max_size=4).map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_disclosure_or_a_format_error(data: bytes) -> None:
    for text in (data, encode_base64url(data)):
        try:
            found = parse_disclosure(text)
        except FormatError:
            continue
        assert isinstance(found, Disclosure)
