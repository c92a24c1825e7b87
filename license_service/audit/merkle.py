"""Hashes and trees. Clause: RFC 9162, 2.1.1."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
# Begun once and copied: to begin anew, OpenSSL looks the algorithm up, which takes longer than a short hash.
_begin_leaf, _begin_node = sha256(b"\x00").copy, sha256(b"\x01").copy


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    hasher = _begin_leaf()
    hasher.update(entry)
    return hasher.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    hasher = _begin_node()
    hasher.update(left)
    hasher.update(right)
    return hasher.digest()


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """Return `leaf_hash` of each, without a call for each: whoever verifies a million waits for it."""
    hashes = []
    for entry in entries:
        hasher = _begin_leaf()
        hasher.update(entry)
        hashes.append(hasher.digest())
    return hashes


def join_pairs(values: Sequence[bytes]) -> list[bytes]:
    """Return `node_hash` of each two; an even number of them."""
    hashes = []
    for left, right in zip(values[::2], values[1::2], strict=True):
        hasher = _begin_node()
        hasher.update(left)
        hasher.update(right)
        hashes.append(hasher.digest())
    return hashes


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, in one pass with a stack of complete subtrees."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        level, value = 0, leaf
        while stack and stack[-1][0] == level:
            value = node_hash(stack.pop()[1], value)
            level += 1
        stack.append((level, value))
    return fold([value for _, value in stack])


def fold(subtrees: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into the root over all of them."""
    if not subtrees:
        return EMPTY_ROOT
    *others, root = subtrees
    for value in reversed(others):
        root = node_hash(value, root)
    return root
