"""The tree, its proofs, and what one flipped bit does to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.audit import log
from license_service.audit.errors import AuditError
from license_service.audit.merkle import EMPTY_ROOT, leaf_hash, node_hash, root_of
from license_service.audit.proofs import verify_consistency, verify_inclusion
from license_service.audit.storage import MemoryStorage

LARGEST = 200
INCLUSION, CONSISTENCY = "INCLUSION_PROOF_INVALID", "CONSISTENCY_PROOF_INVALID"
LEAVES = [leaf_hash(f"entry {index}".encode()) for index in range(LARGEST)]

# The leaves and roots that RFC 6962 implementations (certificate-transparency, trillian) publish.
KNOWN_ENTRIES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
KNOWN_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def _grown(size: int) -> MemoryStorage:
    storage = MemoryStorage()
    for index, leaf in enumerate(LEAVES[:size]):
        assert log.append(storage, index, leaf) == index + 1
    return storage


STORAGE = _grown(LARGEST)


def _root(leaves: Sequence[bytes]) -> bytes:
    """Return MTH as RFC 9162, 2.1.1 writes it: recursion, no stack and no storage."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


ROOTS = [_root(LEAVES[:size]) for size in range(LARGEST + 1)]

sizes = st.integers(1, LARGEST)


@st.composite
def leaves_in_trees(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(2, LARGEST))
    return draw(st.integers(1, new - 1)), new


def _flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ (1 << bit)).to_bytes(len(value))


def _code(verify: Callable[[], None]) -> str:
    with pytest.raises(AuditError) as refused:
        verify()
    return refused.value.code


def _included(index: int, size: int) -> tuple[bytes, list[bytes], bytes]:
    return LEAVES[index], log.inclusion_proof(STORAGE, index, size), ROOTS[size]


def test_hashes_separate_leaves_from_nodes() -> None:
    assert leaf_hash(b"x") == hashlib.sha256(b"\x00x").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT == root_of([])


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_other_implementations_publish(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in KNOWN_ENTRIES[:size]]
    assert root_of(leaves).hex() == KNOWN_ROOTS[size - 1]


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_root_in_one_pass_and_from_storage_is_the_recursive_root(size: int) -> None:
    assert root_of(LEAVES[:size]) == ROOTS[size]
    assert log.root(STORAGE, size) == ROOTS[size]


@given(sizes)
@settings(deadline=None)
def test_every_index_of_a_tree_verifies(size: int) -> None:
    for index in range(size):
        verify_inclusion(index, size, *_included(index, size))


@given(sizes)
@settings(deadline=None)
def test_every_older_tree_is_extended_by_the_newer(new: int) -> None:
    for old in range(1, new + 1):
        proof = log.consistency_proof(STORAGE, old, new)
        verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@given(leaves_in_trees(), st.integers(0, 255), st.data())
def test_a_flipped_bit_in_leaf_root_or_proof_is_refused(
    place: tuple[int, int], bit: int, data: st.DataObject
) -> None:
    index, size = place
    leaf, proof, root = _included(index, size)
    hurt = data.draw(st.integers(-2, len(proof) - 1))
    changed = [_flip(value, bit) if i == hurt else value for i, value in enumerate(proof)]
    bad_leaf, bad_root = _flip(leaf, bit) if hurt == -2 else leaf, _flip(root, bit) if hurt == -1 else root
    assert _code(lambda: verify_inclusion(index, size, bad_leaf, changed, bad_root)) == INCLUSION


@given(leaves_in_trees(), st.integers(0, 70))
def test_a_flipped_bit_in_the_index_is_refused(place: tuple[int, int], bit: int) -> None:
    index, size = place
    assert _code(lambda: verify_inclusion(index ^ (1 << bit), size, *_included(index, size))) == INCLUSION


@given(leaves_in_trees(), st.integers(-LARGEST, 2 * LARGEST))
def test_a_leaf_is_at_no_other_index(place: tuple[int, int], other: int) -> None:
    index, size = place
    leaf, proof, root = _included(index, size)
    if other == index:
        return
    assert _code(lambda: verify_inclusion(other, size, leaf, proof, root)) == INCLUSION


@given(leaves_in_trees(), st.data())
def test_a_proof_with_a_hash_more_or_less_is_refused(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    leaf, proof, root = _included(index, size)
    where = data.draw(st.integers(0, len(proof)))
    longer = [*proof[:where], LEAVES[0], *proof[where:]]
    assert _code(lambda: verify_inclusion(index, size, leaf, longer, root)) == INCLUSION
    if proof:
        shorter = proof[:-1]
        assert _code(lambda: verify_inclusion(index, size, leaf, shorter, root)) == INCLUSION


@given(leaves_in_trees(), st.sampled_from((0, 31, 33, 64)))
def test_a_hash_of_another_length_is_refused(place: tuple[int, int], length: int) -> None:
    index, size = place
    leaf, proof, root = _included(index, size)
    wrong = bytes(length)
    assert _code(lambda: verify_inclusion(index, size, wrong, proof, root)) == INCLUSION
    assert _code(lambda: verify_inclusion(index, size, leaf, proof, wrong)) == INCLUSION
    assert _code(lambda: verify_inclusion(index, size, leaf, [*proof[:-1], wrong], root)) == INCLUSION


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 5), (0, -1)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    assert _code(lambda: verify_inclusion(index, size, LEAVES[0], [], LEAVES[0])) == INCLUSION
    with pytest.raises(ValueError, match="no leaf"):
        log.inclusion_proof(STORAGE, index, size)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    inner = node_hash(LEAVES[0], LEAVES[1])
    verify_inclusion(0, 2, inner, [node_hash(LEAVES[2], LEAVES[3])], ROOTS[4])
    proof = [node_hash(LEAVES[2], LEAVES[3])]
    entry = LEAVES[0] + LEAVES[1]
    assert _code(lambda: verify_inclusion(0, 2, leaf_hash(entry), proof, ROOTS[4])) == INCLUSION


@given(growths(), st.integers(0, 255), st.data())
def test_a_flipped_bit_in_either_root_or_the_proof_breaks_consistency(
    growth: tuple[int, int], bit: int, data: st.DataObject
) -> None:
    old, new = growth
    proof = log.consistency_proof(STORAGE, old, new)
    hurt = data.draw(st.integers(-2, len(proof) - 1))
    changed = [_flip(value, bit) if i == hurt else value for i, value in enumerate(proof)]
    old_root = _flip(ROOTS[old], bit) if hurt == -2 else ROOTS[old]
    new_root = _flip(ROOTS[new], bit) if hurt == -1 else ROOTS[new]
    assert _code(lambda: verify_consistency(old, new, old_root, new_root, changed)) == CONSISTENCY


@given(growths(), st.data())
def test_a_consistency_proof_with_a_hash_more_or_less_is_refused(
    growth: tuple[int, int], data: st.DataObject
) -> None:
    old, new = growth
    proof = log.consistency_proof(STORAGE, old, new)
    where = data.draw(st.integers(0, len(proof)))
    longer, shorter = [*proof[:where], LEAVES[0], *proof[where:]], proof[:-1]
    for wrong in (longer, shorter):
        check = partial(verify_consistency, old, new, ROOTS[old], ROOTS[new], wrong)
        assert _code(check) == CONSISTENCY


@given(growths())
@settings(deadline=None)
def test_a_rewritten_history_is_not_consistent(growth: tuple[int, int]) -> None:
    old, new = growth
    forged = [leaf_hash(b"forged"), *LEAVES[1:new]]
    storage = MemoryStorage()
    for index, leaf in enumerate(forged):
        log.append(storage, index, leaf)
    proof = log.consistency_proof(storage, old, new)
    root = log.root(storage, new)
    assert _code(lambda: verify_consistency(old, new, ROOTS[old], root, proof)) == CONSISTENCY


@given(growths())
def test_a_tree_does_not_extend_a_larger_one(growth: tuple[int, int]) -> None:
    old, new = growth
    proof = log.consistency_proof(STORAGE, old, new)
    assert _code(lambda: verify_consistency(new, old, ROOTS[new], ROOTS[old], proof)) == CONSISTENCY
    with pytest.raises(ValueError, match="no proof"):
        log.consistency_proof(STORAGE, new, old)


@given(sizes)
def test_a_tree_is_consistent_with_itself_only_by_an_empty_proof(size: int) -> None:
    root, other = ROOTS[size], ROOTS[size - 1]
    verify_consistency(size, size, root, root, [])
    assert _code(lambda: verify_consistency(size, size, root, root, [root])) == CONSISTENCY
    assert _code(lambda: verify_consistency(size, size, root, other, [])) == CONSISTENCY


def test_an_empty_tree_proves_nothing_of_a_later_one() -> None:
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert _code(lambda: verify_consistency(0, 0, LEAVES[0], LEAVES[0], [])) == CONSISTENCY
    assert _code(lambda: verify_consistency(0, 1, EMPTY_ROOT, ROOTS[1], [])) == CONSISTENCY
    assert _code(lambda: verify_consistency(0, 1, EMPTY_ROOT, ROOTS[1], [ROOTS[1]])) == CONSISTENCY
    with pytest.raises(ValueError, match="no proof"):
        log.consistency_proof(STORAGE, 0, 1)


def test_appending_reads_and_writes_few_hashes() -> None:
    class Counting(MemoryStorage):
        touched = 0

        def read(self, level: int, index: int) -> bytes:
            self.touched += 1
            return super().read(level, index)

        def write(self, level: int, index: int, value: bytes) -> None:
            self.touched += 1
            super().write(level, index, value)

    storage, most = Counting(), 0
    for index, leaf in enumerate(LEAVES):
        storage.touched = 0
        log.append(storage, index, leaf)
        most = max(most, storage.touched)
    assert most <= 2 * LARGEST.bit_length() + 1
