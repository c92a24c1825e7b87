"""Signatures of three types on one note: literal key ids, each twin one mutation away refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.log_key_files import LibcryptoSigner
from license_service.audit.checkpoint import Checkpoint, checkpoint_of, format_checkpoint
from license_service.audit.encoding import decode_base64, encode_base64
from license_service.audit.errors import AuditError
from license_service.audit.note import COSIGNATURE, SM2, Cosigner, NoteSigner, NoteVerifier, read_note
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.sm2 import provider

ORIGIN = "log.example/test"
LOG = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Cosigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
TEXT = format_checkpoint(Checkpoint(ORIGIN, 3, bytes(range(32, 64))))
SECONDS = 1_679_315_147

# The line that c2sp.org/tlog-cosignature publishes, of a witness nobody here knows.
COSIGNED = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


@pytest.fixture(scope="module")
def both() -> NoteSigner:
    return NoteSigner(ORIGIN, LOG.private_key, (LibcryptoSigner(libcrypto.generate_sm2_key()),))


def _sm2(spki: bytes, message: bytes, signature: bytes) -> bool:
    return provider().verify(spki, message, signature)


def _code(refuse: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as refused:
        refuse()
    return refused.value.code


def _cosigned(text: str = TEXT, seconds: int = SECONDS) -> str:
    return LOG.sign(text) + WITNESS.cosign(text, seconds)


def test_a_cosignature_is_time_and_signature_under_a_key_id_of_its_own() -> None:
    raw = decode_base64(WITNESS.cosign(TEXT, SECONDS).split(" ")[2].strip())
    plain = NoteVerifier(WITNESS.name, WITNESS.verifier.public_key)
    assert raw[:4] == WITNESS.verifier.key_id != plain.key_id
    assert (len(raw), raw[4:12]) == (76, SECONDS.to_bytes(8))
    message = f"cosignature/v1\ntime {SECONDS}\n{TEXT}".encode()
    WITNESS.private_key.public_key().verify(raw[12:], message)


def test_a_cosigned_note_names_both_who_signed() -> None:
    opened = read_note(_cosigned(), [LOG.verifier, WITNESS.verifier])
    assert opened.text == TEXT
    assert opened.signers == {LOG.verifier, WITNESS.verifier}


@pytest.mark.parametrize(
    "line",
    [
        WITNESS.cosign(TEXT.replace("\n3\n", "\n4\n"), SECONDS),
        WITNESS.verifier.line(WITNESS.private_key.sign(TEXT.encode())),
        WITNESS.verifier.line(bytes(8) + WITNESS.private_key.sign(TEXT.encode())),
        WITNESS.verifier.line(bytes(1)),
    ],
    ids=["another size", "no time", "signed as a plain note", "one byte"],
)
def test_a_bad_cosignature_of_a_known_witness_refuses_the_note(line: str) -> None:
    verifiers = [LOG.verifier, WITNESS.verifier]
    assert _code(lambda: read_note(LOG.sign(TEXT) + line, verifiers)) == "NOTE_SIGNATURE_INVALID"
    assert read_note(_cosigned(), verifiers).signers == set(verifiers)


@given(st.integers(0, 76 * 8 - 1))
def test_a_flipped_bit_of_a_cosignature_is_refused_or_makes_it_an_unknown_key(bit: int) -> None:
    raw = decode_base64(WITNESS.cosign(TEXT, SECONDS).split(" ")[2].strip())
    flipped = (int.from_bytes(raw) ^ (1 << bit)).to_bytes(len(raw))
    note = f"{LOG.sign(TEXT)}— {WITNESS.name} {encode_base64(flipped)}\n"
    verifiers = [LOG.verifier, WITNESS.verifier]
    if flipped[:4] != raw[:4]:
        assert read_note(note, verifiers).signers == {LOG.verifier}
    else:
        assert _code(lambda: read_note(note, verifiers)) == "NOTE_SIGNATURE_INVALID"


def test_a_time_beyond_what_the_format_holds_is_refused() -> None:
    verifiers = [LOG.verifier, WITNESS.verifier]
    assert read_note(_cosigned(seconds=2**63 - 1), verifiers).signers == set(verifiers)
    assert _code(lambda: read_note(_cosigned(seconds=2**63), verifiers)) == "NOTE_SIGNATURE_INVALID"


def test_a_witness_named_as_the_log_cannot_speak_for_it() -> None:
    impostor = Cosigner(ORIGIN, WITNESS.private_key)
    note = f"{TEXT}\n{impostor.cosign(TEXT, SECONDS)}"
    opened = read_note(note, [LOG.verifier, impostor.verifier])
    assert _code(lambda: checkpoint_of(opened)) == "CHECKPOINT_ORIGIN_UNKNOWN"


def test_keys_of_every_type_survive_text(both: NoteSigner) -> None:
    for verifier in (*both.verifiers, WITNESS.verifier):
        assert NoteVerifier.parse(str(verifier)) == verifier
    assert [v.kind for v in (both.verifiers[1], WITNESS.verifier)] == [SM2, COSIGNATURE]


def test_an_sm2_key_of_another_length_is_refused(both: NoteSigner) -> None:
    spki = both.verifiers[1].public_key
    texts = [str(NoteVerifier(ORIGIN, key, SM2)) for key in (spki[:-1], spki + b"\x00")]
    assert [_code(partial(NoteVerifier.parse, text)) for text in texts] == ["KEY_MALFORMED"] * 2


def test_the_sm2_line_is_verified_where_sm2_can_be(both: NoteSigner) -> None:
    note, key = both.sign(TEXT), str(both.verifiers[1])
    able, unable = NoteVerifier.parse(key, _sm2), NoteVerifier.parse(key)
    assert read_note(note, [able]).signers == {able}
    assert read_note(note, [LOG.verifier, unable]).signers == {LOG.verifier}
    assert _code(lambda: read_note(note, [unable])) == "NOTE_KEY_UNKNOWN"


def test_a_bad_sm2_line_refuses_the_note_only_where_sm2_can_be_verified(both: NoteSigner) -> None:
    other = both.sign(TEXT.replace("\n3\n", "\n4\n")).splitlines(keepends=True)[-1]
    note, key = LOG.sign(TEXT) + other, str(both.verifiers[1])
    able, unable = NoteVerifier.parse(key, _sm2), NoteVerifier.parse(key)
    assert _code(lambda: read_note(note, [LOG.verifier, able])) == "NOTE_SIGNATURE_INVALID"
    assert read_note(note, [LOG.verifier, unable]).signers == {LOG.verifier}


def test_a_reader_that_knows_ed25519_alone_opens_a_note_with_three_types(both: NoteSigner) -> None:
    note = both.sign(TEXT) + WITNESS.cosign(TEXT, SECONDS) + COSIGNED
    assert read_note(note, [LOG.verifier]).signers == {LOG.verifier}


@pytest.mark.parametrize("text", ["QQ==", "QUI=", "QUJD"])
def test_base64_has_one_spelling(text: str) -> None:
    assert encode_base64(decode_base64(text)) == text
    for other in (text.replace("=", ""), text + "\n", f" {text}", text.replace("Q", "-"), text + "="):
        if other != text:
            with pytest.raises(ValueError):  # noqa: PT011 - binascii words it in several ways
                decode_base64(other)


def test_base64_with_stray_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="stray"):
        decode_base64("QR==")
