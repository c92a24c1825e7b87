"""Exports of the whole log: an honest one passes, and each single mutation is refused with its code."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.audit.checkpoint import Checkpoint, format_checkpoint
from license_service.audit.entry import encode_entry
from license_service.audit.errors import AuditError
from license_service.audit.merkle import EMPTY_ROOT, leaf_hash, root_of
from license_service.audit.note import NoteSigner
from license_service.audit.policy import trusting
from license_service.audit.verify import EXPORT_TAG, verify_export

Row = dict[str, Any]
Mutation = Callable[[list[Row]], object]

ORIGIN = "log.example/test"
LOG = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = NoteSigner("other.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
KEYS = trusting([LOG.verifier])
HEADER: Row = {"format": EXPORT_TAG}

# Two cases whose events alternate, and one event that belongs to no case.
MEMBERS: list[dict[str, object]] = [
    {"case": "a", "seq": 1},
    {"case": "b", "seq": 1},
    {"case": "a", "seq": 2},
    {"kind": "verification.completed"},
    {"case": "b", "seq": 2},
]
ENTRIES = [encode_entry(members) for members in MEMBERS]


def _entry_row(index: int, entry: bytes) -> Row:
    return {"index": index, "entry": base64.b64encode(entry).decode()}


def _signed(size: int, root: bytes, signer: NoteSigner = LOG, origin: str = ORIGIN) -> str:
    return signer.sign(format_checkpoint(Checkpoint(origin, size, root)))


def _checkpoint_row(entries: Sequence[bytes], signer: NoteSigner = LOG, origin: str = ORIGIN) -> Row:
    root = root_of([leaf_hash(entry) for entry in entries])
    return {"checkpoint": _signed(len(entries), root, signer, origin)}


def _export(entries: Sequence[bytes] = ENTRIES) -> list[Row]:
    """Write a log with a checkpoint after its third entry and one over all of it."""
    rows = [_entry_row(index, entry) for index, entry in enumerate(entries)]
    return [HEADER, *rows[:3], _checkpoint_row(entries[:3]), *rows[3:], _checkpoint_row(entries)]


def _lines(rows: Sequence[Row]) -> list[str]:
    return [json.dumps(row) + "\n" for row in rows]


def _refusal(lines: Sequence[str]) -> tuple[str, int | None]:
    with pytest.raises(AuditError) as refused:
        verify_export(lines, KEYS)
    return refused.value.code, refused.value.index


def _forged(index: int, members: dict[str, object]) -> bytes:
    return encode_entry({**MEMBERS[index], **members})


def _signed_export_of(changes: dict[int, dict[str, object]]) -> list[Row]:
    """Write an export whose checkpoints the log signed over entries it should never have taken."""
    return _export([_forged(i, changes[i]) if i in changes else entry for i, entry in enumerate(ENTRIES)])


def test_an_honest_export_passes() -> None:
    state = verify_export(_lines(_export()), KEYS)
    assert (state.size, state.checked) == (5, 5)
    assert state.sequences == {"a": 2, "b": 2}


def test_lines_need_no_newline_and_unknown_members_are_passed_over() -> None:
    rows = [{**row, "later": 1} for row in _export()]
    assert verify_export([json.dumps(row) for row in rows], KEYS).checked == 5


def test_a_checkpoint_stands_behind_the_last_entry_it_covers() -> None:
    # So that a verifier needs no more memory for a million entries than for ten.
    rows = [_entry_row(index, entry) for index, entry in enumerate(ENTRIES)]
    whole, older = _checkpoint_row(ENTRIES), _checkpoint_row(ENTRIES[:2])
    assert verify_export(_lines([HEADER, *rows, whole, whole]), KEYS).checked == 5
    assert _refusal(_lines([HEADER, *rows, whole, older])) == ("CHECKPOINT_MISPLACED", 5)


@given(st.integers(1, 40), st.data())
@settings(deadline=None)
def test_any_honest_log_passes_and_any_cut_before_its_end_is_incomplete(
    size: int, data: st.DataObject
) -> None:
    entries = [encode_entry({"case": "a", "seq": index + 1}) for index in range(size)]
    rows = [HEADER, *(_entry_row(i, e) for i, e in enumerate(entries)), _checkpoint_row(entries)]
    assert verify_export(_lines(rows), KEYS).checked == size
    kept = data.draw(st.integers(1, len(rows) - 1))
    assert _refusal(_lines(rows[:kept])) == ("EXPORT_INCOMPLETE", 0)


@pytest.mark.parametrize(("kept", "index"), [(1, 0), (2, 0), (3, 0), (4, 0), (6, 3), (7, 3)], ids=str)
def test_a_truncated_export_is_incomplete_from_where_no_checkpoint_covers_it(kept: int, index: int) -> None:
    assert _refusal(_lines(_export()[:kept])) == ("EXPORT_INCOMPLETE", index)


def test_an_export_that_ends_at_a_checkpoint_covers_what_it_shows() -> None:
    assert verify_export(_lines(_export()[:5]), KEYS).checked == 3


def test_an_entry_after_the_last_checkpoint_is_incomplete() -> None:
    rows = [*_export(), _entry_row(5, encode_entry({"case": "a", "seq": 3}))]
    assert _refusal(_lines(rows)) == ("EXPORT_INCOMPLETE", 5)


def test_a_checkpoint_over_more_than_was_shown_is_incomplete() -> None:
    rows = _export()
    del rows[-2]
    assert _refusal(_lines(rows)) == ("EXPORT_INCOMPLETE", 4)


def test_an_empty_log_shows_nothing() -> None:
    rows = [HEADER, {"checkpoint": _signed(0, EMPTY_ROOT)}]
    assert _refusal(_lines(rows)) == ("EXPORT_INCOMPLETE", 0)


def _set(place: int, name: str, value: object) -> Mutation:
    return lambda rows: rows[place].__setitem__(name, value)


def _flip_entry(place: int) -> Mutation:
    """Change the case an entry belongs to, and sign nothing anew."""
    entry = encode_entry({"case": "A", "seq": 1})
    return _set(place, "entry", base64.b64encode(entry).decode())


# name: the mutation, the code it is refused with, and the first bad index where one is promised.
MUTATIONS: dict[str, tuple[Mutation, str, int | None]] = {
    "no header": (lambda rows: rows.pop(0), "EXPORT_MALFORMED", None),
    "header of another version": (_set(0, "format", f"{EXPORT_TAG}2"), "EXPORT_MALFORMED", None),
    "header without format": (lambda rows: rows[0].clear(), "EXPORT_MALFORMED", None),
    "entry left out": (lambda rows: rows.pop(2), "INDEX_GAP", 1),
    "entry repeated": (lambda rows: rows.insert(2, rows[1]), "INDEX_GAP", 1),
    "entries swapped": (lambda rows: rows.insert(1, rows.pop(2)), "INDEX_GAP", 0),
    "index missing": (lambda rows: rows[2].pop("index"), "INDEX_GAP", 1),
    "index one more": (_set(2, "index", 2), "INDEX_GAP", 1),
    "index negative": (_set(1, "index", -1), "INDEX_GAP", 0),
    "index as text": (_set(2, "index", "1"), "INDEX_GAP", 1),
    "index as float": (_set(2, "index", 1.0), "INDEX_GAP", 1),
    "index as truth": (_set(2, "index", value=True), "INDEX_GAP", 1),
    "entry no base64": (_set(2, "entry", "!!!!"), "ENTRY_MALFORMED", 1),
    "entry no ascii": (_set(2, "entry", "证照"), "ENTRY_MALFORMED", 1),
    "entry null": (_set(2, "entry", None), "ENTRY_MALFORMED", 1),
    "entry empty": (_set(2, "entry", ""), "ENTRY_MALFORMED", 1),
    "entry not canonical": (
        _set(2, "entry", base64.b64encode(b'{"v":1, "case":"b","seq":1}').decode()), "ENTRY_MALFORMED", 1,
    ),
    "entry of another case": (_flip_entry(2), "ROOT_MISMATCH", 0),
    "event of no case changed": (
        _set(5, "entry", base64.b64encode(encode_entry({"kind": "x"})).decode()), "ROOT_MISMATCH", 3,
    ),
    "checkpoint of another root": (
        lambda rows: rows.__setitem__(4, _checkpoint_row([*ENTRIES[:2], b"x"])), "ROOT_MISMATCH", 0,
    ),
    "later checkpoint of another root": (
        lambda rows: rows.__setitem__(7, _checkpoint_row([*ENTRIES[:4], b"x"])), "ROOT_MISMATCH", 3,
    ),
    "checkpoint of an empty log with a root": (
        lambda rows: rows.insert(1, {"checkpoint": _signed(0, bytes(32))}), "ROOT_MISMATCH", 0,
    ),
    "checkpoint by another key": (
        lambda rows: rows.__setitem__(7, _checkpoint_row(ENTRIES, OTHER)), "NOTE_KEY_UNKNOWN", None,
    ),
    "checkpoint of another origin": (
        lambda rows: rows.__setitem__(7, _checkpoint_row(ENTRIES, LOG, "lag.example")),
        "CHECKPOINT_ORIGIN_UNKNOWN", None,
    ),
    "checkpoint of another size": (
        _set(7, "checkpoint", str(_export()[7]["checkpoint"]).replace("\n5\n", "\n4\n")),
        "NOTE_SIGNATURE_INVALID", None,
    ),
    "checkpoint without signature": (
        _set(7, "checkpoint", str(_export()[7]["checkpoint"]).partition("— ")[0]), "NOTE_MALFORMED", None,
    ),
    "checkpoint that is none": (
        _set(7, "checkpoint", LOG.sign(f"{ORIGIN}\n")), "CHECKPOINT_MALFORMED", None,
    ),
    "checkpoint null": (_set(7, "checkpoint", None), "NOTE_MALFORMED", None),
    "row of neither kind": (lambda rows: rows.insert(2, {"comment": "x"}), "NOTE_MALFORMED", None),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_one_mutation_of_an_export_is_refused_with_its_code_and_first_bad_index(name: str) -> None:
    mutate, code, index = MUTATIONS[name]
    rows = [dict(row) for row in _export()]
    assert verify_export(_lines(rows), KEYS).checked == 5
    mutate(rows)
    refused = _refusal(_lines(rows))
    assert refused[0] == code
    assert index is None or refused[1] == index


@pytest.mark.parametrize(
    ("changes", "index"),
    [
        ({0: {"seq": 0}}, 0),
        ({0: {"seq": 2}}, 0),
        ({2: {"seq": 1}}, 2),
        ({2: {"seq": 3}}, 2),
        ({4: {"seq": "2"}}, 4),
        ({4: {"seq": None}}, 4),
        ({4: {"case": "c"}}, 4),
        ({0: {"seq": True}}, 0),
    ],
)
def test_a_gap_in_the_events_of_a_case_is_found_even_when_the_log_signed_it(
    changes: dict[int, dict[str, object]], index: int
) -> None:
    assert verify_export(_lines(_signed_export_of({})), KEYS).checked == 5
    assert _refusal(_lines(_signed_export_of(changes))) == ("SEQUENCE_GAP", index)


@given(st.integers(0, 4), st.text("abcxyz", min_size=1, max_size=4))
def test_an_entry_with_anything_added_is_found(index: int, text: str) -> None:
    rows = [dict(row) for row in _export()]
    place = index + 1 if index < 3 else index + 2
    rows[place]["entry"] = base64.b64encode(_forged(index, {"note": text})).decode()
    assert _refusal(_lines(rows)) == ("ROOT_MISMATCH", 0 if index < 3 else 3)


@pytest.mark.parametrize("place", [0, 1, 4, 7])
@pytest.mark.parametrize(
    "line",
    ["", "\n", "{", "null", "[]", "1", '"text"', "not json", '{"a":1}{"b":2}', "[" * 100_000],
    ids=["empty", "blank", "open", "null", "list", "number", "text", "words", "two", "deep"],
)
def test_a_line_that_is_no_json_object_is_refused(line: str, place: int) -> None:
    lines = _lines(_export())
    lines[place] = line
    assert _refusal(lines)[0] == "EXPORT_MALFORMED"


def test_nothing_at_all_is_no_export() -> None:
    assert _refusal([])[0] == "EXPORT_MALFORMED"


def test_a_checkpoint_that_is_no_utf_8_is_refused_and_not_a_crash() -> None:
    rows = [dict(row) for row in _export()]
    rows[7]["checkpoint"] = "\ud800" + str(rows[7]["checkpoint"])
    assert _refusal(_lines(rows))[0] in {"NOTE_MALFORMED", "NOTE_SIGNATURE_INVALID"}


def test_another_log_whose_key_is_known_cannot_speak_for_this_one() -> None:
    rows = _export()
    rows[7] = _checkpoint_row(ENTRIES, OTHER)
    with pytest.raises(AuditError) as refused:
        verify_export(_lines(rows), trusting([LOG.verifier, OTHER.verifier]))
    assert refused.value.code == "CHECKPOINT_ORIGIN_UNKNOWN"
