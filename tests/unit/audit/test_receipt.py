"""Receipts: literal text, every entry's own receipt verifies, and each single mutation is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit import log
from license_service.audit.checkpoint import Checkpoint, format_checkpoint
from license_service.audit.entry import encode_entry
from license_service.audit.errors import AuditError
from license_service.audit.merkle import leaf_hash
from license_service.audit.note import NoteSigner
from license_service.audit.policy import trusting
from license_service.audit.storage import MemoryStorage
from license_service.audit.verify import Receipt, format_receipt, parse_receipt, verify_receipt

ORIGIN, SIZE, INDEX = "log.example/test", 7, 3
LOG = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = NoteSigner("other.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
IMPOSTOR = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
KEYS = trusting([LOG.verifier])
ENTRIES = [encode_entry({"case": "c", "seq": index + 1}) for index in range(SIZE)]

PROOF, SIGNATURE, ROOT = "INCLUSION_PROOF_INVALID", "NOTE_SIGNATURE_INVALID", "CHECKPOINT_MALFORMED"
MALFORMED, UNKNOWN, NO_NOTE = "RECEIPT_MALFORMED", "NOTE_KEY_UNKNOWN", "NOTE_MALFORMED"


def _storage() -> MemoryStorage:
    storage = MemoryStorage()
    for index, entry in enumerate(ENTRIES):
        log.append(storage, index, leaf_hash(entry))
    return storage


STORAGE = _storage()


def _checkpoint(size: int = SIZE) -> Checkpoint:
    return Checkpoint(ORIGIN, size, log.root(STORAGE, size))


def _receipt(index: int = INDEX, size: int = SIZE, signer: NoteSigner = LOG) -> str:
    proof = tuple(log.inclusion_proof(STORAGE, index, size))
    return format_receipt(Receipt(index, proof, signer.sign(format_checkpoint(_checkpoint(size)))))


TEXT, ENTRY = _receipt(), ENTRIES[INDEX]
HASHES = [base64.b64encode(value).decode() for value in log.inclusion_proof(STORAGE, INDEX, SIZE)]


def _code(refuse: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as refused:
        refuse()
    return refused.value.code


def _flipped(text: str) -> str:
    return base64.b64encode(bytes([base64.b64decode(text)[0] ^ 1]) + base64.b64decode(text)[1:]).decode()


def test_a_receipt_has_this_literal_text() -> None:
    note = "log.example/test\n1\nroot\n\n— log.example/test c2ln\n"
    receipt = Receipt(73894, (bytes(32), bytes(range(32))), note)
    assert format_receipt(receipt) == (
        "c2sp.org/tlog-proof@v1\n"
        "index 73894\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        "\n"
        "log.example/test\n1\nroot\n\n— log.example/test c2ln\n"
    )


def test_the_receipt_of_a_log_of_one_has_no_hashes() -> None:
    text = _receipt(0, 1)
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example/test\n1\n")
    assert verify_receipt(text, ENTRIES[0], KEYS) == _checkpoint(1)


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_every_entry_has_a_receipt_under_every_later_checkpoint(size: int) -> None:
    for index in range(size):
        assert verify_receipt(_receipt(index, size), ENTRIES[index], KEYS) == _checkpoint(size)


@given(
    st.integers(0, 2**63),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.text(st.characters(codec="utf-8")),
)
def test_any_receipt_survives_text(index: int, proof: tuple[bytes, ...], note: str) -> None:
    assert parse_receipt(format_receipt(Receipt(index, proof, note))) == Receipt(index, proof, note)


def test_extra_data_is_passed_over() -> None:
    assert verify_receipt(TEXT.replace("\nindex", "\nextra YWJj\nindex"), ENTRY, KEYS) == _checkpoint()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT.replace("@v1", "@v2"), MALFORMED),
        (TEXT.replace("c2sp", "C2SP"), MALFORMED),
        (TEXT.replace("c2sp.org/tlog-proof@v1\n", ""), MALFORMED),
        (f"\n{TEXT}", MALFORMED),
        (TEXT.replace("\n", "\r\n"), MALFORMED),
        (TEXT.replace(f"index {INDEX}\n", ""), MALFORMED),
        (TEXT.replace("index 3", "Index 3"), MALFORMED),
        (TEXT.replace("index 3", "index  3"), MALFORMED),
        (TEXT.replace("index 3", "index 03"), MALFORMED),
        (TEXT.replace("index 3", "index +3"), MALFORMED),
        (TEXT.replace("index 3", "index 3 "), MALFORMED),
        (TEXT.replace("index 3", "index 0x3"), MALFORMED),
        (TEXT.replace("index 3", "index ３"), MALFORMED),
        (TEXT.replace("index 3", "index"), MALFORMED),
        (TEXT.replace("index 3", "index -3"), PROOF),
        (TEXT.replace("index 3", "index 2"), PROOF),
        (TEXT.replace("index 3", "index 7"), PROOF),
        (TEXT.replace("index 3", "index 99999999999999999999"), PROOF),
        (TEXT.replace("\nindex", "\nextra YQ==\nextra YQ==\nindex"), MALFORMED),
        (TEXT.replace("\nindex", "\nunknown YQ==\nindex"), MALFORMED),
        (TEXT.replace(HASHES[0], HASHES[0][:-4]), MALFORMED),
        (TEXT.replace(HASHES[0], HASHES[0][:-1]), MALFORMED),
        (TEXT.replace(HASHES[0], f" {HASHES[0]}"), MALFORMED),
        (TEXT.replace(HASHES[0], "!" + HASHES[0][1:]), MALFORMED),
        (TEXT.replace(HASHES[0], "证" + HASHES[0][1:]), MALFORMED),
        (TEXT.replace(HASHES[0], _flipped(HASHES[0])), PROOF),
        (TEXT.replace(HASHES[2], _flipped(HASHES[2])), PROOF),
        (TEXT.replace(HASHES[0] + "\n", ""), PROOF),
        (TEXT.replace(HASHES[0] + "\n", f"{HASHES[0]}\n{HASHES[0]}\n"), PROOF),
        (TEXT.replace(f"{HASHES[0]}\n{HASHES[1]}", f"{HASHES[1]}\n{HASHES[0]}"), PROOF),
        (TEXT.partition("\n\n")[0] + "\n", MALFORMED),
        (TEXT.partition("\n\n")[0] + "\n\n", NO_NOTE),
        (TEXT.replace("\n7\n", "\n8\n"), SIGNATURE),
        (TEXT.replace("\n\nlog.example", "\n\nlag.example"), SIGNATURE),
        (TEXT.replace("— log.example", "— lag.example"), UNKNOWN),
        (TEXT.rstrip("\n"), NO_NOTE),
        (f"{TEXT}more\n", NO_NOTE),
        ("", MALFORMED),
    ],
)
def test_one_mutation_of_a_receipt_is_refused_with_its_code(text: str, code: str) -> None:
    assert verify_receipt(TEXT, ENTRY, KEYS) == _checkpoint()
    assert _code(lambda: verify_receipt(text, ENTRY, KEYS)) == code


@pytest.mark.parametrize("index", [index for index in range(SIZE) if index != INDEX])
def test_a_receipt_proves_no_other_entry(index: int) -> None:
    assert _code(lambda: verify_receipt(TEXT, ENTRIES[index], KEYS)) == PROOF


@given(st.integers(0, 8 * len(ENTRY) - 1))
def test_a_flipped_bit_in_the_entry_is_refused(bit: int) -> None:
    changed = (int.from_bytes(ENTRY) ^ (1 << bit)).to_bytes(len(ENTRY))
    assert _code(lambda: verify_receipt(TEXT, changed, KEYS)) == PROOF


@given(st.integers(0, len(TEXT) - 5), st.characters(codec="utf-8"))
def test_any_character_changed_in_a_receipt_refuses_it_or_means_the_same(place: int, character: str) -> None:
    # The last characters of a base64 hash hold bits that mean nothing: the same receipt, spelt otherwise.
    mutant = TEXT[:place] + character + TEXT[place + 1 :]
    try:
        checkpoint = verify_receipt(mutant, ENTRY, KEYS)
    except AuditError as error:
        assert error.code in {MALFORMED, PROOF, SIGNATURE, UNKNOWN, NO_NOTE}  # noqa: PT017 - either is right
    else:
        assert checkpoint == _checkpoint()
        assert parse_receipt(mutant) == parse_receipt(TEXT)


def test_a_receipt_of_another_key_is_refused() -> None:
    assert _code(lambda: verify_receipt(_receipt(signer=OTHER), ENTRY, KEYS)) == UNKNOWN
    assert _code(lambda: verify_receipt(_receipt(signer=IMPOSTOR), ENTRY, KEYS)) == UNKNOWN
    assert _code(lambda: verify_receipt(TEXT, ENTRY, trusting([]))) == UNKNOWN


def test_another_log_whose_key_is_known_cannot_speak_for_this_one() -> None:
    keys = trusting([LOG.verifier, OTHER.verifier])
    assert verify_receipt(TEXT, ENTRY, keys) == _checkpoint()
    assert _code(lambda: verify_receipt(_receipt(signer=OTHER), ENTRY, keys)) == "CHECKPOINT_ORIGIN_UNKNOWN"


def test_a_log_that_signs_under_another_origin_is_refused() -> None:
    note = LOG.sign(format_checkpoint(Checkpoint("lag.example", SIZE, log.root(STORAGE, SIZE))))
    text = format_receipt(Receipt(INDEX, parse_receipt(TEXT).proof, note))
    assert _code(lambda: verify_receipt(text, ENTRY, KEYS)) == "CHECKPOINT_ORIGIN_UNKNOWN"


def test_a_note_that_is_no_checkpoint_is_refused() -> None:
    text = format_receipt(Receipt(INDEX, parse_receipt(TEXT).proof, LOG.sign(f"{ORIGIN}\n")))
    assert _code(lambda: verify_receipt(text, ENTRY, KEYS)) == ROOT


def test_an_index_of_very_many_digits_is_refused_and_not_a_crash() -> None:
    text = TEXT.replace("index 3", "index " + "9" * 10_000)
    assert _code(lambda: verify_receipt(text, ENTRY, KEYS)) == MALFORMED
