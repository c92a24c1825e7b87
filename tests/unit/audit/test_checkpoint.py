"""Signed notes and checkpoints: literal bytes, round trips, and every way to spoil them."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit.checkpoint import (
    Checkpoint,
    format_checkpoint,
    open_checkpoint,
    parse_checkpoint,
)
from license_service.audit.errors import AuditError
from license_service.audit.note import NoteSigner, NoteVerifier, open_note

ORIGIN = "log.example/test"


def _signer(name: str, seed: int) -> NoteSigner:
    """Make a key at run time whose every signature is known beforehand (RFC 8032 is deterministic)."""
    return NoteSigner(name, Ed25519PrivateKey.from_private_bytes(bytes(range(seed, seed + 32))))


LOG, WITNESS = _signer(ORIGIN, 0), _signer("witness.example", 1)
CHECKPOINT = Checkpoint(ORIGIN, 3, bytes(range(32, 64)))
TEXT = "log.example/test\n3\nICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"
SIGNATURE = (
    "— log.example/test "
    "b/3xwLPqn8k/qz9bXN8nBf7PE9Q5Kv/RyMYdMQHHbv65P+M4jO/QHhioX1dsAAkpxnde4gxI5SUzPCfM71nIxrmnnQQ=\n"
)
NOTE = TEXT + "\n" + SIGNATURE
LOG_KEY = "log.example/test+6ffdf1c0+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"

# The published example of the Go reference implementation, golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

NOTE_CODES = {"NOTE_MALFORMED", "NOTE_SIGNATURE_INVALID", "NOTE_KEY_UNKNOWN"}


def _code(refuse: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as refused:
        refuse()
    return refused.value.code


def _line(name: str, raw: bytes) -> str:
    return f"— {name} {base64.b64encode(raw).decode()}\n"


def _signature_line(signer: NoteSigner, text: str) -> str:
    return signer.sign(text).removeprefix(f"{text}\n")


def test_a_signed_checkpoint_has_these_literal_bytes() -> None:
    assert format_checkpoint(CHECKPOINT) == TEXT
    assert LOG.sign(TEXT).encode() == NOTE.encode()
    assert str(LOG.verifier) == LOG_KEY


def test_a_signed_checkpoint_opens() -> None:
    assert open_note(NOTE, [LOG.verifier]) == TEXT
    assert open_checkpoint(NOTE, [NoteVerifier.parse(LOG_KEY)]) == CHECKPOINT


def test_a_note_of_the_go_implementation_opens() -> None:
    assert open_note(GO_NOTE, [NoteVerifier.parse(GO_KEY)]) == GO_TEXT


def test_a_text_with_empty_lines_is_parted_from_its_signatures_at_the_last_one() -> None:
    text = "Trafitto da un raggio di sole:\n\ned è subito sera.\n"
    assert open_note(LOG.sign(text), [LOG.verifier]) == text


def test_a_verifier_key_survives_text() -> None:
    assert NoteVerifier.parse(LOG_KEY) == LOG.verifier
    assert NoteVerifier.parse(f"{LOG_KEY}\n") == LOG.verifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log.example/test",
        "log.example/test+6ffdf1c0",
        LOG_KEY.replace("6ffdf1c0", "6ffdf1c1"),
        LOG_KEY.replace("6ffdf1c0", ""),
        LOG_KEY.replace("log.example", "lag.example"),
        LOG_KEY.replace("AQOh", "AgOh"),
        LOG_KEY.replace("AQOh", "AQOi"),
        LOG_KEY[:-4],
        LOG_KEY + "AAAA",
        LOG_KEY + "!",
        LOG_KEY + "证",
    ],
)
def test_a_verifier_key_that_differs_by_one_thing_is_refused(text: str) -> None:
    assert _code(lambda: NoteVerifier.parse(text)) == "KEY_MALFORMED"


@pytest.mark.parametrize("name", ["", "log\u3000example"])
def test_a_verifier_key_with_an_empty_name_or_a_space_in_it_is_refused(name: str) -> None:
    text = str(NoteVerifier(name, LOG.verifier.public_key))
    assert _code(lambda: NoteVerifier.parse(text)) == "KEY_MALFORMED"


@pytest.mark.parametrize(
    "line",
    [
        _line("witness.example", WITNESS.verifier.key_id + bytes(64)),
        _line("witness.example", WITNESS.verifier.key_id + bytes(3309)),
        _line("witness.example", bytes(5)),
        _line(ORIGIN, bytes(68)),
        _line("lag.example/test", LOG.verifier.key_id + bytes(64)),
    ],
    ids=["another key", "another algorithm", "a short signature", "only the name known", "only the id known"],
)
def test_signatures_of_unknown_keys_are_ignored_wherever_they_stand(line: str) -> None:
    assert open_note(f"{NOTE}{line}", [LOG.verifier]) == TEXT
    assert open_note(f"{TEXT}\n{line}{SIGNATURE}", [LOG.verifier]) == TEXT
    assert _code(lambda: open_note(f"{TEXT}\n{line}", [LOG.verifier])) == "NOTE_KEY_UNKNOWN"


def test_a_note_with_sixteen_signatures_opens() -> None:
    others = "".join(_line(f"witness{i}.example", bytes(68)) for i in range(15))
    assert open_note(TEXT + "\n" + others + SIGNATURE, [LOG.verifier]) == TEXT


def test_a_note_with_very_many_signatures_is_refused() -> None:
    others = "".join(_line(f"witness{i}.example", bytes(68)) for i in range(1000))
    assert _code(lambda: open_note(f"{NOTE}{others}", [LOG.verifier])) == "NOTE_MALFORMED"


def test_a_bad_signature_of_a_known_key_refuses_the_note_beside_a_good_one() -> None:
    verifiers = [LOG.verifier, WITNESS.verifier]
    good, bad = _signature_line(WITNESS, TEXT), _line(WITNESS.name, WITNESS.verifier.key_id + bytes(64))
    assert open_note(f"{NOTE}{good}", verifiers) == TEXT
    assert _code(lambda: open_note(f"{NOTE}{bad}", verifiers)) == "NOTE_SIGNATURE_INVALID"


def test_a_note_no_known_key_signed_is_refused() -> None:
    assert _code(lambda: open_note(NOTE, [])) == "NOTE_KEY_UNKNOWN"
    assert _code(lambda: open_note(NOTE, [WITNESS.verifier])) == "NOTE_KEY_UNKNOWN"


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}{SIGNATURE}",
        NOTE.rstrip("\n"),
        f"{NOTE}\n",
        f"{NOTE}trailing\n",
        NOTE.replace("—", "-"),
        NOTE.replace("— ", "—"),
        NOTE.replace("— ", "—  "),
        NOTE.replace("Q=\n", "Q= \n"),
        NOTE.replace("Q=\n", "Q\n"),
        NOTE.replace("Q=\n", "Q=\r\n"),
        NOTE.replace("/3xw", "/3x!"),
        NOTE.replace("/3xw", "/3x证"),
        f"{NOTE}{_line('witness.example', bytes(4))}",
        f"{NOTE}{_line('witness.example', b'')}",
    ],
)
def test_a_note_of_another_shape_is_refused(note: str) -> None:
    assert _code(lambda: open_note(note, [LOG.verifier])) == "NOTE_MALFORMED"


@pytest.mark.parametrize("character", ["\r", "\x00"])
def test_a_signed_text_with_a_control_character_is_refused(character: str) -> None:
    note = LOG.sign(f"before{character}after\n")
    assert _code(lambda: open_note(note, [LOG.verifier])) == "NOTE_MALFORMED"


def test_a_text_that_is_no_utf_8_is_refused_and_not_a_crash() -> None:
    assert _code(lambda: open_note(f"\ud800{NOTE}", [LOG.verifier])) in NOTE_CODES


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (NOTE.replace("\n3\n", "\n4\n"), "NOTE_SIGNATURE_INVALID"),
        (NOTE.replace("ICEi", "ICEj"), "NOTE_SIGNATURE_INVALID"),
        (NOTE.replace("log.example", "lag.example", 1), "NOTE_SIGNATURE_INVALID"),
        (NOTE.replace("\n\n", "\nextension\n\n"), "NOTE_SIGNATURE_INVALID"),
        (NOTE.replace("— log.example", "— lag.example"), "NOTE_KEY_UNKNOWN"),
        (NOTE.replace("b/3xw", "c/3xw"), "NOTE_KEY_UNKNOWN"),
        (NOTE.replace("LPqn8k", "LPqn8l"), "NOTE_SIGNATURE_INVALID"),
        (f"{TEXT}\n{_line(ORIGIN, LOG.verifier.key_id + bytes(10))}", "NOTE_SIGNATURE_INVALID"),
    ],
)
def test_one_mutation_of_a_note_is_refused_with_its_code(note: str, code: str) -> None:
    assert open_note(NOTE, [LOG.verifier]) == TEXT
    assert _code(lambda: open_note(note, [LOG.verifier])) == code


@given(st.integers(0, len(NOTE) - 5), st.characters(codec="utf-8"))
def test_any_character_changed_in_a_note_refuses_it(place: int, character: str) -> None:
    # The last character of the base64 holds two bits that mean nothing, so it is left alone.
    mutant = NOTE[:place] + character + NOTE[place + 1 :]
    if mutant == NOTE:
        return
    assert _code(lambda: open_note(mutant, [LOG.verifier])) in NOTE_CODES


origins = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1)


@given(origins, st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_any_checkpoint_survives_text(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


def test_extension_lines_are_passed_over() -> None:
    assert parse_checkpoint(f"{TEXT}timestamp 1\nanother\n") == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n3\nICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n",
        "log.example/test\n3\n",
        TEXT.replace("\n3\n", "\n03\n"),
        TEXT.replace("\n3\n", "\n+3\n"),
        TEXT.replace("\n3\n", "\n-3\n"),
        TEXT.replace("\n3\n", "\n 3\n"),
        TEXT.replace("\n3\n", "\n３\n"),
        TEXT.replace("\n3\n", "\n3.0\n"),
        TEXT.replace("\n3\n", "\n1_0\n"),
        TEXT.replace("\n3\n", "\n\n"),
        pytest.param(TEXT.replace("\n3\n", "\n" + "9" * 5000 + "\n"), id="5000 digits"),
        TEXT.replace("Pj8=", "Pg=="),
        TEXT.replace("Pj8=", "Pj8A"),
        TEXT.replace("Pj8=", "Pj8"),
        TEXT.replace("Pj8=", "P!8="),
        TEXT.replace("Pj8=", "P证8="),
        f"{TEXT}\nextension\n",
        f"{TEXT}extension\n\nextension\n",
    ],
)
def test_a_checkpoint_that_differs_by_one_thing_is_refused(text: str) -> None:
    assert parse_checkpoint(TEXT) == CHECKPOINT
    assert _code(lambda: parse_checkpoint(text)) == "CHECKPOINT_MALFORMED"


def test_a_signed_text_that_is_no_checkpoint_is_refused() -> None:
    note = LOG.sign("log.example/test\n")
    assert _code(lambda: open_checkpoint(note, [LOG.verifier])) == "CHECKPOINT_MALFORMED"


def test_a_checkpoint_of_another_log_is_refused() -> None:
    note = LOG.sign(TEXT.replace("log.example", "lag.example"))
    assert _code(lambda: open_checkpoint(note, [LOG.verifier])) == "CHECKPOINT_ORIGIN_UNKNOWN"


def test_a_witness_beside_the_log_changes_nothing() -> None:
    verifiers = [LOG.verifier, WITNESS.verifier]
    assert open_checkpoint(NOTE + _signature_line(WITNESS, TEXT), verifiers) == CHECKPOINT


def test_a_witness_alone_cannot_speak_for_the_log() -> None:
    verifiers = [LOG.verifier, WITNESS.verifier]
    forged = WITNESS.sign(format_checkpoint(Checkpoint(ORIGIN, 9, bytes(32))))
    assert _code(lambda: open_checkpoint(forged, verifiers)) == "CHECKPOINT_ORIGIN_UNKNOWN"
