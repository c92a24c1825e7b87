"""Verify proofs. Clause: RFC 9162, 2.1.3.2 and 2.1.4.2."""

from __future__ import annotations

from collections.abc import Sequence

from license_service.audit.errors import AuditError
from license_service.audit.merkle import EMPTY_ROOT, node_hash

_HASH_BYTES = 32
_LARGEST_PROOF = 64
"""A tree of 2^64 leaves; whatever is longer is no proof."""


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that `leaf` is at `index` in the tree of `size` leaves under `root`.

    Raises:
        AuditError: `INCLUSION_PROOF_INVALID`.
    """
    lengths = {len(value) for value in (leaf, root, *proof)}
    if not 0 <= index < size or len(proof) > _LARGEST_PROOF or lengths != {_HASH_BYTES}:
        raise AuditError("INCLUSION_PROOF_INVALID")
    node, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise AuditError("INCLUSION_PROOF_INVALID")
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or value != root:
        raise AuditError("INCLUSION_PROOF_INVALID")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Verify that the tree of `new` leaves extends the tree of `old` leaves.

    An empty old tree is extended by anything and proves nothing: it is refused, unless both are empty
    and both roots are the root of the empty tree.

    Raises:
        AuditError: `CONSISTENCY_PROOF_INVALID`.
    """
    if old == new:
        if proof or old_root != new_root or (old == 0 and old_root != EMPTY_ROOT):
            raise AuditError("CONSISTENCY_PROOF_INVALID")
        return
    if not 0 < old < new or not 0 < len(proof) <= _LARGEST_PROOF:
        raise AuditError("CONSISTENCY_PROOF_INVALID")
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if _roots(old - 1, new - 1, path) != (old_root, new_root):
        raise AuditError("CONSISTENCY_PROOF_INVALID")


def _roots(node: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    while node & 1:
        node, last = node >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        node, last = node >> 1, last >> 1
    return (old_value, new_value) if last == 0 else None
