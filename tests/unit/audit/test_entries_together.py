"""Entries decoded together are those that decode one by one; nothing passes that does not alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit.entry import decode_entry, decode_together, encode_entry
from license_service.audit.errors import AuditError
from license_service.audit.frontier import Frontier
from license_service.audit.merkle import leaf_hash, leaf_hashes, root_of


def _plain(index: int) -> bytes:
    return encode_entry({"id": f"{index:08x}", "kind": "a.b", "seq": index, "data": {"by": "x", "n": index}})


_ENTRIES = [_plain(index) for index in range(9)]


def _outcome(decode: Callable[[], Sequence[object]]) -> object:
    try:
        return decode()
    except AuditError as error:
        return error.code


def _alone(batch: Sequence[bytes]) -> object:
    return _outcome(lambda: [decode_entry(data) for data in batch])


def _agrees(batch: Sequence[bytes]) -> bool:
    together = decode_together(batch)
    return together is None or together == _alone(batch)


def test_plain_entries_are_decoded_together() -> None:
    assert decode_together(_ENTRIES) == _alone(_ENTRIES)


_SMUGGLED = (
    [b'{"a":1', b'"v":1}'],
    [b'{"v":1},{"v":1}'],
    [b'{"a":[{"v":1}', b'{"v":1}],"v":1}', b'{"v":1},{"v":1}'],
    [b'{"data":{},"v":1},"\x7f",{"data":{},"v":1}'],
    [b'{"data":{},"v":1},"\x7f",{"data":{},"v":1}', b'{"data":{"a":["', b'"]},"v":1}'],
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
        assert decode_together(batch) is None


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


@pytest.mark.parametrize("before", range(9))
def test_leaves_appended_together_give_the_same_root(before: int) -> None:
    leaves = leaf_hashes([b"%d" % index for index in range(40)])
    assert leaves[7] == leaf_hash(b"7")
    frontier = Frontier()
    frontier.extend(leaves[:before])
    frontier.extend(leaves[before:])
    assert frontier.root() == root_of(leaves)
