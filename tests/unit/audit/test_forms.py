"""Entries outlined by their forms are as those that decode one by one; nothing passes that does not alone."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit.bundle import policies_of
from license_service.audit.entry import decode_entry, encode_entry
from license_service.audit.erasure import ERASED
from license_service.audit.errors import AuditError
from license_service.audit.forms import Outline, outline_entries
from license_service.audit.frontier import Frontier
from license_service.audit.merkle import leaf_hash, leaf_hashes, root_of
from license_service.audit.verify import number_of


def _plain(index: int) -> bytes:
    return encode_entry(
        {
            "case": f"c{index:08x}",
            "data": {"by": "x", "n": index, "policy": f"p{index % 3}", "uses": [{"kind": "a"}, "b", "c"]},
            "id": f"{index:08x}",
            "kind": "a.b",
            "seq": index,
        }
    )


_ENTRIES = [_plain(index) for index in range(9)]


def _alone(batch: Sequence[bytes]) -> Outline | str:
    try:
        entries = [decode_entry(data) for data in batch]
    except AuditError as error:
        return error.code
    numbers = [number_of(entry) for entry in entries]
    # A case that is no text is followed by nobody.
    return Outline(
        [(case if isinstance(case, str) else None, seq) for case, seq in numbers], policies_of(entries)
    )


def _agrees(batch: Sequence[bytes]) -> bool:
    outline = outline_entries(batch)
    return outline is None or outline == _alone(batch)


def _with(**members: object) -> bytes:
    return encode_entry({"data": {}, **members})


_READ_BY_FORM = {
    "usual": _ENTRIES,
    "of no case": [_with(kind="a.b")],
    "a case that is no text": [_with(case=None), _with(case=7, seq=1)],
    "a policy that is no text": [_with(data={"policy": None}), _with(data=["policy", "a"])],
    "beyond ASCII": [_with(case="食品", data={"食": "\U0001f35c", "\u007f": "\u2028"}, seq=1)],
    "spaces and marks": [_with(case="a, b: [c]", data={"policy": "{d}", "x": [",", "]", "}"]}, seq=1)],
    "long": [_with(case="a", data={f"n{index:04}": index for index in range(3000)}, seq=1)],
}


@pytest.mark.parametrize("batch", _READ_BY_FORM.values(), ids=_READ_BY_FORM)
def test_what_is_read_by_its_form_is_what_decodes(batch: list[bytes]) -> None:
    assert outline_entries(batch) == _alone(batch)
    assert outline_entries([*_ENTRIES, *batch]) == _alone([*_ENTRIES, *batch])


_LEFT_TO_DECODING = {
    "an erasure": _with(kind=ERASED, data={"dossier": "case:1"}),
    "an escape": _with(case='a"b', seq=1),
    "a member before the case": _with(actor="x", case="a", seq=1),
    "an item that ends as a member begins": _with(data={"a": ["b:", "c"]}),
    "another policy": _with(data={"before": {"policy": "a"}, "policy": "b"}),
}


@pytest.mark.parametrize("entry", _LEFT_TO_DECODING.values(), ids=_LEFT_TO_DECODING)
def test_what_its_form_does_not_tell_is_left_to_decoding(entry: bytes) -> None:
    assert isinstance(_alone([entry]), Outline)
    assert outline_entries([*_ENTRIES, entry]) is None


_SMUGGLED = (
    [b'{"a":1', b'"v":1}'],
    [b'{"v":1},{"v":1}'],
    [b'{"a":[{"v":1}', b'{"v":1}],"v":1}', b'{"v":1},{"v":1}'],
    [b'{"data":{},"v":1}\n{"data":{},"v":1}'],
    [b'{"data":{"a":"x', b'y"},"v":1}'],
    [b'{"data":{"a":"x', b'y"},"v":1}\n{"v":1}'],
    [b'{"data":{"a":["x', b'y"]},"v":1}'],
    [b'{"data":{"a":"\xff"},"v":1}'],
    [b'{"data":{"a":"\xe9', b'\x9b\x9f"},"v":1}'],
    [b'{"data":{"a":"\xed\xa0\x80"},"v":1}'],
    [b'{"data":{"a":"\t"},"v":1}'],
    [b'{"data":{"a":"b""c"},"v":1}'],
    [b'{"data":{"a":["b""c"]},"v":1}'],
    [b'{"data":{"a:":",","a":1},"v":1}'],
    [b'{"data":{"a":["b","c":"d"]},"v":1}'],
    [b'{"data":{},"seq":01,"v":1}'],
    [b'{"data":{"a":1,"a":1},"v":1}'],
    [b'{"data":{"a":1,"a":":"},"v":1}'],
    [b'{"data":{"b":1,"a":1},"v":1}'],
    [b'{"v":1,"data":{}}'],
    [b'{"data":{},"v":true}'],
    [b'{"data":{},"v":2}'],
    [b'{"data":{},"v":-0}'],
    [b'{"data":{"a":-0},"v":1}'],
    [b'{"data":{"a":[-0]},"v":1}'],
    [b'{"data":{"a":1.0},"v":1}'],
    [b'{"data":{"a":{"c":1,"b":1}},"v":1}'],
    [b'{"data":{"a":[{"c":1,"b":1}]},"v":1}'],
    [b'{"data":{"a":"\\u0061"},"v":1}'],
    [b'{"data":{}, "v":1}'],
    [b'{"data":{},"v":1}\n'],
    [b""],
    [b"[]"],
    [b'{"data":{"a":"' + b"x" * 65_535 + b'"},"v":1}'],
)


@pytest.mark.parametrize("smuggled", _SMUGGLED)
def test_what_does_not_hold_alone_does_not_hold_among_others(smuggled: list[bytes]) -> None:
    code = _alone(smuggled)
    assert code in ("ENTRY_NOT_CANONICAL", "ENTRY_TOO_LARGE")
    for batch in (smuggled, [*_ENTRIES, *smuggled], [*smuggled, *_ENTRIES], _ENTRIES[:1] + smuggled):
        assert outline_entries(batch) is None


_MUTATED = st.tuples(st.integers(0, 8), st.integers(0, 200), st.binary(min_size=0, max_size=2))


@given(st.lists(_MUTATED, max_size=4), st.lists(st.integers(0, 8), min_size=1, max_size=6))
def test_mutated_batches_come_out_as_one_by_one(
    changes: list[tuple[int, int, bytes]], chosen: list[int]
) -> None:
    entries = list(_ENTRIES)
    for which, place, bytes_ in changes:
        entries[which] = entries[which][:place] + bytes_ + entries[which][place + 1 :]
    batch = [entries[index] for index in chosen]
    assert _agrees(batch)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.lists(st.dictionaries(st.text(max_size=3), _JSON, max_size=4), min_size=1, max_size=4))
def test_entries_of_any_content_come_out_as_one_by_one(members: list[dict[str, object]]) -> None:
    batch = [encode_entry({"data": {}, **item}) for item in members]
    assert _agrees(batch)
    assert _agrees([*_ENTRIES, *batch])


_MARKS = st.text(alphabet='":,[]{}\\a0-v\n', max_size=12)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 130), _MARKS), min_size=1, max_size=3))
def test_marks_of_structure_put_anywhere_come_out_as_one_by_one(put: list[tuple[int, int, str]]) -> None:
    batch = list(_ENTRIES)
    for which, place, marks in put:
        batch[which] = batch[which][:place] + marks.encode() + batch[which][place:]
    assert _agrees(batch)


_NAMES = st.text(alphabet='":,[a', max_size=3)


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=1, max_size=4))
def test_names_made_of_marks_come_out_as_one_by_one(members: list[tuple[str, str]]) -> None:
    inner = ",".join(f"{json.dumps(name)}:{json.dumps(text)}" for name, text in members)
    assert _agrees([b'{"data":{' + inner.encode() + b'},"v":1}'])
    listed = ",".join(f"{json.dumps(name)}:[{json.dumps(text)}]" for name, text in members)
    assert _agrees([b'{"data":{' + listed.encode() + b'},"v":1}'])


@pytest.mark.parametrize("before", range(9))
def test_leaves_appended_together_give_the_same_root(before: int) -> None:
    leaves = leaf_hashes([b"%d" % index for index in range(40)])
    assert leaves[7] == leaf_hash(b"7")
    frontier = Frontier()
    frontier.extend(leaves[:before])
    frontier.extend(leaves[before:])
    assert frontier.root() == root_of(leaves)
