"""Check characters: values from the standards, single mutations, and two independent formulations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.identifiers import (
    LICENSE_IDENTIFIER_ROOT,
    citizen_id_check_character,
    is_citizen_id,
    is_license_identifier,
    is_uscc,
    license_identifier_check_character,
    license_identifier_parts,
    uscc_check_character,
)

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"

# The worked examples of GB 32100-2015 and GB 11643-1999.
USCC = "91350100M000100Y43"
CITIZEN_ID = "11010519491231002X"
# Type, issuer, serial and version are invented.
IDENTIFIER_BODY = "11100000000013338W001.11110000000000000X.SAMPLE0000000001.001"
IDENTIFIER = (
    f"{LICENSE_IDENTIFIER_ROOT}.{IDENTIFIER_BODY}.{license_identifier_check_character(IDENTIFIER_BODY)}"
)

usccs = st.text(USCC_ALPHABET, min_size=17, max_size=17)
citizen_bodies = st.text(DIGITS, min_size=17, max_size=17)
identifier_bodies = st.lists(st.text(ALPHANUMERIC, min_size=1, max_size=18), min_size=1, max_size=4).map(
    ".".join
)


def _mutations(text: str, alphabet: str, places: range) -> Iterator[str]:
    for place in places:
        for character in alphabet:
            if character != text[place]:
                yield text[:place] + character + text[place + 1 :]


def _mod_37_36_holds(text: str) -> bool:
    """Judge the whole string, check character included, as ISO/IEC 7064 defines it: it sums to 1."""
    product = 36
    for character in text[:-1]:
        total = (product + ALPHANUMERIC.index(character)) % 36
        product = (36 if total == 0 else total) * 2 % 37
    return (product + ALPHANUMERIC.index(text[-1])) % 36 == 1


@pytest.mark.parametrize(
    "text", [USCC, "12345678MA0000001A"[:17] + uscc_check_character("12345678MA0000001")]
)
def test_a_uscc_with_its_check_character_is_accepted(text: str) -> None:
    assert is_uscc(text)


def test_the_uscc_of_the_standard_has_the_check_character_of_the_standard() -> None:
    assert uscc_check_character(USCC[:17]) == "3"


@pytest.mark.parametrize(("body", "check"), [("11010519491231002", "X"), ("44052418800101001", "4")])
def test_the_citizen_ids_of_the_standard_have_the_check_characters_of_the_standard(
    body: str, check: str
) -> None:
    assert citizen_id_check_character(body) == check
    assert is_citizen_id(body + check)


def test_the_mod_37_36_example_of_the_grid_standard_holds() -> None:
    assert license_identifier_check_character("A12425GABC1234002") == "M"


def test_dots_underscores_and_case_do_not_count_in_a_license_identifier() -> None:
    assert license_identifier_check_character("a1.2425g_abc.1234002") == "M"
    assert is_license_identifier(IDENTIFIER)


def test_every_one_character_mutation_of_a_uscc_is_refused() -> None:
    assert not any(is_uscc(text) for text in _mutations(USCC, ALPHANUMERIC, range(18)))


def test_every_one_character_mutation_of_a_citizen_id_is_refused() -> None:
    assert not any(is_citizen_id(text) for text in _mutations(CITIZEN_ID, DIGITS + "X", range(18)))


def test_every_one_character_mutation_of_a_license_identifier_is_refused() -> None:
    places = range(len(LICENSE_IDENTIFIER_ROOT) + 1, len(IDENTIFIER))
    alnum = [place for place in places if IDENTIFIER[place] not in "._"]
    mutants = (
        text for place in alnum for text in _mutations(IDENTIFIER, ALPHANUMERIC, range(place, place + 1))
    )
    assert not any(is_license_identifier(text) for text in mutants)


@pytest.mark.parametrize(
    "text",
    [
        "",
        USCC[:17],
        USCC + "3",
        USCC + "\n",
        " " + USCC,
        USCC.lower(),
        USCC.replace("9", "９"),
        "I" + USCC[1:],
        "O" + USCC[1:],
        "S" + USCC[1:],
        "V" + USCC[1:],
        "Z" + USCC[1:],
    ],
)
def test_text_of_another_shape_is_no_uscc(text: str) -> None:
    assert not is_uscc(text)


@pytest.mark.parametrize(
    "text",
    ["", CITIZEN_ID[:17], CITIZEN_ID + "X", CITIZEN_ID + "\n", CITIZEN_ID.lower(), "X" * 18, "１" * 18],
)
def test_text_of_another_shape_is_no_citizen_id(text: str) -> None:
    assert not is_citizen_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        IDENTIFIER_BODY,
        LICENSE_IDENTIFIER_ROOT,
        f"{LICENSE_IDENTIFIER_ROOT}..0",
        f"{LICENSE_IDENTIFIER_ROOT}.{IDENTIFIER_BODY}",
        IDENTIFIER + "\n",
        IDENTIFIER[:-1] + IDENTIFIER[-1] * 2,
        IDENTIFIER.replace("1.2.156.3005.2", "1.2.156.3005.1", 1),
        IDENTIFIER.replace("1.2.156.3005.2", "1x2.156.3005.2", 1),
        IDENTIFIER.replace("SAMPLE", "样本", 1),
        IDENTIFIER.replace("SAMPLE", "SAM-PLE", 1),
    ],
)
def test_text_of_another_shape_is_no_license_identifier(text: str) -> None:
    assert not is_license_identifier(text)


@given(usccs, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_a_uscc_has_one_valid_character_at_each_place(body: str, place: int, character: str) -> None:
    text = body + uscc_check_character(body)
    assert is_uscc(text)
    assert is_uscc(text[:place] + character + text[place + 1 :]) == (character == text[place])


@given(usccs)
def test_a_uscc_with_its_check_character_sums_to_a_multiple_of_31(body: str) -> None:
    text = body + uscc_check_character(body)
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
    assert sum(USCC_ALPHABET.index(c) * w for c, w in zip(text, weights, strict=True)) % 31 == 0


@given(citizen_bodies, st.integers(0, 16), st.sampled_from(DIGITS))
def test_a_citizen_id_has_one_valid_digit_at_each_place(body: str, place: int, digit: str) -> None:
    text = body + citizen_id_check_character(body)
    assert is_citizen_id(text)
    assert is_citizen_id(text[:place] + digit + text[place + 1 :]) == (digit == text[place])


@given(citizen_bodies)
def test_a_citizen_id_satisfies_mod_11_2(body: str) -> None:
    text = body + citizen_id_check_character(body)
    values = [10 if c == "X" else int(c) for c in text]
    assert sum(value * pow(2, 17 - i, 11) for i, value in enumerate(values)) % 11 == 1


@given(identifier_bodies, st.data())
def test_a_license_identifier_has_one_valid_character_at_each_place(body: str, data: st.DataObject) -> None:
    text = f"{body}.{license_identifier_check_character(body)}"
    place = data.draw(st.sampled_from([i for i, c in enumerate(text) if c != "."]))
    character = data.draw(st.sampled_from(ALPHANUMERIC))
    mutant = text[:place] + character + text[place + 1 :]
    assert is_license_identifier(f"{LICENSE_IDENTIFIER_ROOT}.{text}")
    assert is_license_identifier(f"{LICENSE_IDENTIFIER_ROOT}.{mutant}") == (character == text[place])


@given(identifier_bodies)
def test_a_license_identifier_satisfies_mod_37_36(body: str) -> None:
    assert _mod_37_36_holds(body.replace(".", "") + license_identifier_check_character(body))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1.2.156.3005.2.TYPE.ISSUER.1.001.X", ("TYPE", "ISSUER")),
        ("1.2.156.3005.2.T.I.1.2.001.X", ("T", "I")),
        ("1.2.156.3005.2.T.X", ("T", "")),
        ("1.2.156.3005.3.T.I.1.001.X", ("", "")),
        ("T.I.1.001.X", ("", "")),
        ("", ("", "")),
    ],
)
def test_type_and_issuer_of_a_license_identifier(text: str, parts: tuple[str, str]) -> None:
    assert license_identifier_parts(text) == parts
