"""Runs of leaves led to a root: every run of small trees, and what one changed hash does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit import log
from license_service.audit.errors import AuditError
from license_service.audit.frontier import Frontier, RunVerifier, run_proof, subtrees_between
from license_service.audit.merkle import leaf_hash, root_of
from license_service.audit.storage import MemoryStorage

LARGEST = 40
ENTRIES = [f"entry {index}".encode() for index in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
STORAGE = MemoryStorage()
for _index, _leaf in enumerate(LEAVES):
    log.append(STORAGE, _index, _leaf)


def _root(begin: int, end: int, size: int, proof: list[bytes]) -> bytes:
    run = RunVerifier(begin, end, size, proof)
    for entry in ENTRIES[begin:end]:
        run.frontier.append(entry)
    return run.complete()


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_run_leads_to_the_root(size: int) -> None:
    for begin in range(size):
        for end in range(begin + 1, size + 1):
            assert _root(begin, end, size, run_proof(STORAGE, begin, end, size)) == root_of(LEAVES[:size])


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_the_root_of_a_frontier_is_that_of_its_leaves(size: int) -> None:
    frontier = Frontier()
    for entry in ENTRIES[:size]:
        frontier.append(entry)
    assert (frontier.size, frontier.root()) == (size, root_of(LEAVES[:size]))


runs = st.tuples(st.integers(0, LARGEST), st.integers(0, LARGEST), st.integers(1, LARGEST)).map(sorted)


@given(runs.filter(lambda run: run[0] < run[1]), st.data())
def test_a_changed_hash_leads_elsewhere_and_a_missing_one_nowhere(
    run: list[int], data: st.DataObject
) -> None:
    begin, end, size = run
    proof = run_proof(STORAGE, begin, end, size)
    if not proof:
        return
    place = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:place], bytes(32), *proof[place + 1 :]]
    assert _root(begin, end, size, changed) != root_of(LEAVES[:size])
    for other in (proof[:place] + proof[place + 1 :], [*proof, bytes(32)]):
        with pytest.raises(AuditError) as refused:
            RunVerifier(begin, end, size, other)
        assert refused.value.code == "RUN_PROOF_INVALID"


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_subtrees_cover_what_they_must_in_order(begin: int, length: int) -> None:
    place = begin
    for level, index in subtrees_between(begin, begin + length):
        assert index << level == place
        place += 1 << level
    assert place == begin + length
    assert len(subtrees_between(begin, begin + length)) <= 2 * 41
