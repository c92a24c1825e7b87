"""Verification codes: what is typed wrong is found, what is typed differently is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.paper_code import ALPHABET, RANDOM_BYTES, paper_code, read_code, shown

_RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(_RANDOM)
def test_a_code_is_read_however_it_is_typed(random: bytes) -> None:
    code = paper_code(random)
    typed = shown(code).lower().replace("0", "o").replace("1", "l")
    assert read_code(code) == read_code(typed) == read_code(f" {shown(code)} ") == code


@given(_RANDOM)
def test_codes_hold_all_of_what_they_are_made_from(random: bytes) -> None:
    number = 0
    for character in paper_code(random)[:-1]:
        number = number * 32 + ALPHABET.index(character)
    assert number.to_bytes(RANDOM_BYTES) == random


@given(_RANDOM, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(random: bytes, at: int, character: str) -> None:
    code = paper_code(random)
    typed = code[:at] + character + code[at + 1 :]
    assert read_code(typed) == (code if character == code[at] else None)


@given(st.text(max_size=20))
def test_what_is_no_code_is_read_as_none(text: str) -> None:
    found = read_code(text)
    assert found is None or len(found) == 17
