"""Append to a log and prove things of it, reading and writing O(log n) hashes.

Clause: RFC 9162, 2.1.3.1 (inclusion) and 2.1.4.1 (consistency).
"""

from __future__ import annotations

from license_service.audit.merkle import EMPTY_ROOT, fold, node_hash
from license_service.audit.storage import HashStorage


def append(storage: HashStorage, size: int, leaf: bytes) -> int:
    """Append a leaf hash to a log of `size`; write every subtree it completes; return the new size."""
    storage.write(0, size, leaf)
    level, index, value = 0, size, leaf
    while index % 2:
        value = node_hash(storage.read(level, index - 1), value)
        level, index = level + 1, index // 2
        storage.write(level, index, value)
    return size + 1


def root(storage: HashStorage, size: int) -> bytes:
    """Return the root over the first `size` leaves."""
    return _range_hash(storage, 0, size) if size else EMPTY_ROOT


def inclusion_proof(storage: HashStorage, index: int, size: int) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree over the first `size` leaves.

    Raises:
        ValueError: if there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    return _path(storage, index, 0, size)


def consistency_proof(storage: HashStorage, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree over `new` leaves extends the one over `old`.

    Raises:
        ValueError: unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    return _subproof(storage, old, 0, new, complete=True)


def _path(storage: HashStorage, index: int, begin: int, end: int) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(storage, index, begin, middle), _range_hash(storage, middle, end)]
    return [*_path(storage, index, middle, end), _range_hash(storage, begin, middle)]


def _subproof(storage: HashStorage, old: int, begin: int, end: int, *, complete: bool) -> list[bytes]:
    if old == end:
        return [] if complete else [_range_hash(storage, begin, end)]
    middle = begin + _split(end - begin)
    if old <= middle:
        left = _subproof(storage, old, begin, middle, complete=complete)
        return [*left, _range_hash(storage, middle, end)]
    right = _subproof(storage, old, middle, end, complete=False)
    return [*right, _range_hash(storage, begin, middle)]


def _range_hash(storage: HashStorage, begin: int, end: int) -> bytes:
    """Hash leaves begin..end, where begin is a multiple of the largest subtree in it."""
    subtrees = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        subtrees.append(storage.read(level, begin >> level))
        begin += 1 << level
    return fold(subtrees)


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)
