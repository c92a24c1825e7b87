"""Append to a log and prove things of it, reading and writing O(log n) hashes.

Clause: RFC 9162, 2.1.3.1 (inclusion) and 2.1.4.1 (consistency).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from license_service.audit.frontier import subtrees_between
from license_service.audit.merkle import fold, node_hash
from license_service.audit.storage import HashStorage

Range = tuple[int, int]
"""Leaves in a row: the first, and the one after the last."""


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
    return _hashes_over(storage, [(0, size)])[0]


def inclusion_proof(storage: HashStorage, index: int, size: int) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree over the first `size` leaves.

    Raises:
        ValueError: if there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    return _hashes_over(storage, _path(index, 0, size))


def consistency_proof(storage: HashStorage, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree over `new` leaves extends the one over `old`.

    Raises:
        ValueError: unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    return _hashes_over(storage, _subproof(old, 0, new, complete=True))


def _path(index: int, begin: int, end: int) -> list[Range]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle), (middle, end)]
    return [*_path(index, middle, end), (begin, middle)]


def _subproof(old: int, begin: int, end: int, *, complete: bool) -> list[Range]:
    if old == end:
        return [] if complete else [(begin, end)]
    middle = begin + _split(end - begin)
    if old <= middle:
        return [*_subproof(old, begin, middle, complete=complete), (middle, end)]
    return [*_subproof(old, middle, end, complete=False), (begin, middle)]


def _hashes_over(storage: HashStorage, ranges: Sequence[Range]) -> list[bytes]:
    """Hash the leaves of each range, which begins at a multiple of the largest subtree in it."""
    subtrees = [subtrees_between(begin, end) for begin, end in ranges]
    found = iter(storage.read_all([node for nodes in subtrees for node in nodes]))
    return [fold(list(islice(found, len(nodes)))) for nodes in subtrees]


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)
