"""When a witness cosigns: each step that must hold, with the twin for which it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.witness_memory import SqliteWitnessMemory
from license_service.api.witness import create_witness_app
from license_service.audit import log
from license_service.audit.errors import AuditError
from license_service.audit.note import COSIGNATURE, Cosigner, NoteVerifier, read_note
from license_service.audit.witness import (
    Submission,
    format_submission,
    judge_submission,
    own_line,
    parse_submission,
)
from license_service.clock import FixedClock
from license_service.services.proving.witness import WitnessService
from tests.tamper.material import LOG, MOMENT, ORIGIN, ReadableLog, cosigner, entries, signer

SIZES = (1, 3, 7, 8)
OURS = ReadableLog(entries(8), SIZES, cosigners=())
FORK = ReadableLog(entries(8, "x"), SIZES, cosigners=())
WITNESS = cosigner(21)


def _body(old: int, new: int, source: ReadableLog = OURS, note: str | None = None) -> str:
    proof = log.consistency_proof(source.storage, old, new) if old else []
    return format_submission(Submission(old, tuple(proof), note or source.notes[new])).decode()


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    memory = SqliteWitnessMemory(tmp_path / "witness.db")
    service = WitnessService(memory, lambda: (WITNESS,), [LOG.verifier], FixedClock(MOMENT))
    return create_witness_app(service).test_client()


def _post(client: FlaskClient, body: str) -> tuple[int, str]:
    answer = client.post("/add-checkpoint", data=body.encode("utf-8", "surrogateescape"))
    return answer.status_code, answer.text


def test_a_witness_cosigns_what_extends_what_it_saw(client: FlaskClient) -> None:
    for old, new in ((0, 1), (1, 3), (3, 3), (3, 8)):
        status, line = _post(client, _body(old, new))
        assert status == 200
        opened = read_note(OURS.notes[new] + line, [LOG.verifier, WITNESS.verifier])
        assert opened.signers == {LOG.verifier, WITNESS.verifier}
        assert line == WITNESS.cosign(opened.text, int(MOMENT.timestamp()))


def test_an_unknown_log_is_not_found(client: FlaskClient) -> None:
    other = ReadableLog(entries(3), (3,), signer(1, "other.example/log"), cosigners=())
    assert _post(client, _body(0, 3, other)) == (404, "ORIGIN_UNKNOWN\n")


@pytest.mark.parametrize(
    "note",
    [
        ReadableLog(entries(3), (3,), signer(2), cosigners=()).notes[3],
        OURS.notes[3].replace("\n3\n", "\n2\n"),
        OURS.notes[3].replace("+uIDU", "+uIDV"),
    ],
    ids=["another key", "another size", "another key id"],
)
def test_what_the_log_did_not_sign_is_forbidden(client: FlaskClient, note: str) -> None:
    assert _post(client, _body(0, 3, note=note))[0] == 403
    assert _post(client, _body(0, 3))[0] == 200


def test_an_old_size_beyond_the_new_is_a_bad_request(client: FlaskClient) -> None:
    assert _post(client, _body(0, 3))[0] == 200
    body = _body(3, 8).replace("old 3", "old 4").replace(OURS.notes[8], OURS.notes[3])
    assert _post(client, body) == (400, "OLD_SIZE_TOO_LARGE\n")


@pytest.mark.parametrize("old", [0, 1, 7])
def test_an_old_size_that_is_not_the_witnesss_is_a_conflict_that_says_where_it_is(
    client: FlaskClient, old: int
) -> None:
    assert _post(client, _body(0, 3))[0] == 200
    answer = client.post("/add-checkpoint", data=_body(old, 8))
    assert (answer.status_code, answer.text) == (409, "3\n")
    assert answer.content_type == "text/x.tlog.size"


def test_another_root_at_the_same_size_is_a_conflict(client: FlaskClient) -> None:
    assert _post(client, _body(0, 3))[0] == 200
    assert _post(client, _body(3, 3, FORK)) == (409, "3\n")


def test_a_proof_that_does_not_hold_is_unprocessable_and_changes_nothing(client: FlaskClient) -> None:
    assert _post(client, _body(0, 3))[0] == 200
    assert _post(client, _body(3, 8, FORK)) == (422, "CONSISTENCY_PROOF_INVALID\n")
    spare = _body(3, 8).replace("\n\n", f"\n{'A' * 43}=\n\n", 1)
    assert _post(client, spare)[0] == 422
    assert _post(client, _body(3, 8))[0] == 200


def test_a_proof_from_nothing_must_be_empty(client: FlaskClient) -> None:
    assert _post(client, _body(0, 3).replace("\n\n", f"\n{'A' * 43}=\n\n", 1))[0] == 422


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("old 0", "Old 0"),
        ("old 0", "old 00"),
        ("old 0", "old -1"),
        ("old 0", "old  0"),
        ("old 0", "old"),
        ("old 0\n\n", "old 0\n"),
        ("old 0\n", "old 0\nQUJD\n"),
        ("old 0\n", "old 0\n" + f"{'A' * 43}=\n" * 64),
        ("old 0\n", "old 0\r\n"),
        ("\n3\n", "\n03\n"),
        ("— ", "- "),
        (ORIGIN, f"{ORIGIN}\udcff"),
    ],
)
def test_a_request_of_another_shape_is_refused(client: FlaskClient, old: str, new: str) -> None:
    assert _post(client, _body(0, 3).replace(old, new, 1))[0] in {400, 403, 404}
    assert _post(client, _body(0, 3))[0] == 200


def test_what_was_seen_outlives_the_process(tmp_path: Path) -> None:
    clients = []
    for _ in range(2):
        memory = SqliteWitnessMemory(tmp_path / "witness.db")
        service = WitnessService(memory, lambda: (WITNESS,), [LOG.verifier], FixedClock(MOMENT))
        clients.append(create_witness_app(service).test_client())
    assert _post(clients[0], _body(0, 7))[0] == 200
    assert _post(clients[1], _body(3, 8)) == (409, "7\n")


@given(st.integers(0, 2**63), st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple))
def test_any_submission_survives_text(old: int, proof: tuple[bytes, ...]) -> None:
    submission = Submission(old, proof, OURS.notes[8])
    assert parse_submission(format_submission(submission)) == submission


def test_a_size_no_column_holds_is_refused_and_not_a_crash(client: FlaskClient) -> None:
    note = LOG.sign(OURS.notes[3].partition("\n\n")[0].replace("\n3\n", f"\n{2**63}\n") + "\n")
    assert _post(client, _body(0, 3, note=note)) == (400, "SUBMISSION_MALFORMED\n")


def test_an_empty_log_can_be_seen() -> None:
    empty = ReadableLog([], (0,), cosigners=())
    seen = judge_submission(Submission(0, (), empty.notes[0]), None, [LOG.verifier])
    assert seen.size == 0


def _code(refuse: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as refused:
        refuse()
    return refused.value.code


def test_of_an_answer_one_line_of_the_witness_itself_is_kept() -> None:
    text = read_note(OURS.notes[8], [LOG.verifier]).text
    own, stranger = WITNESS.cosign(text, 5), cosigner(22).cosign(text, 5)
    plain = NoteVerifier(WITNESS.name, WITNESS.verifier.public_key).line(bytes(64))
    assert WITNESS.verifier.kind == COSIGNATURE
    assert own_line(text, stranger + plain + own, WITNESS.verifier) == own
    many = "".join(WITNESS.cosign(text, second) for second in range(5, 60))
    assert own_line(text, many, WITNESS.verifier) == own
    assert _code(lambda: own_line(text, stranger, WITNESS.verifier)) == "NOTE_KEY_UNKNOWN"
    other = Cosigner(WITNESS.name, WITNESS.private_key).cosign(text + "more\n", 5)
    assert _code(lambda: own_line(text, other, WITNESS.verifier)) == "NOTE_SIGNATURE_INVALID"
    assert _code(lambda: own_line(text, "", WITNESS.verifier)) == "NOTE_MALFORMED"
