"""Hash leaves one after another, keeping one hash for each complete subtree: O(log n) memory.

A frontier can begin anywhere: behind leaves that are not shown, their complete subtrees stand for them.
Completed by the subtrees that follow, it proves a whole run of leaves with O(log n) hashes.
"""

from __future__ import annotations

from collections.abc import Sequence

from license_service.audit.errors import AuditError
from license_service.audit.merkle import fold, join_pairs, leaf_hash, node_hash
from license_service.audit.storage import HashStorage, Subtree


class Frontier:
    """Hold the complete subtrees over the first `size` leaves, largest first."""

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        self.size = size
        self._values = list(subtrees)
        if len(self._values) != size.bit_count():
            raise AuditError("RUN_PROOF_INVALID")

    def append(self, entry: bytes) -> None:
        """Append an entry."""
        self.append_subtree(0, leaf_hash(entry))

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append leaf hashes, joining those of each complete subtree level by level."""
        begin = self.size
        for level, index in subtrees_between(begin, begin + len(leaves)):
            place = (index << level) - begin
            values = leaves[place : place + (1 << level)]
            while len(values) > 1:
                values = join_pairs(values)
            self.append_subtree(level, values[0])

    def append_subtree(self, level: int, value: bytes) -> None:
        """Append a complete subtree of 2^level leaves, which must begin at a multiple of its width."""
        carry = self.size >> level
        while carry & 1:
            value = node_hash(self._values.pop(), value)
            carry >>= 1
        self._values.append(value)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the root over everything appended."""
        return fold(self._values)


def subtrees_before(begin: int) -> list[Subtree]:
    """Name the complete subtrees over the first `begin` leaves, in order."""
    return subtrees_between(0, begin)


def subtrees_between(begin: int, end: int) -> list[Subtree]:
    """Name the largest complete subtrees over leaves begin..end, in order."""
    named = []
    while begin < end:
        room = (end - begin).bit_length() - 1
        level = min(room, (begin & -begin).bit_length() - 1) if begin else room
        named.append((level, begin >> level))
        begin += 1 << level
    return named


def run_proof(storage: HashStorage, begin: int, end: int, size: int) -> list[bytes]:
    """Return the hashes that lead from leaves begin..end to the root over `size` leaves, left to right."""
    return list(storage.read_all(subtrees_before(begin) + subtrees_between(end, size)))


class RunVerifier:
    """Follow the leaves of a run, from `begin` up to the root over `size` leaves."""

    def __init__(self, begin: int, end: int, size: int, proof: Sequence[bytes]) -> None:
        """Take a proof.

        Raises:
            AuditError: `RUN_PROOF_INVALID` if it has not exactly the hashes that such a run needs.
        """
        before = begin.bit_count()
        self._following = subtrees_between(end, size)
        if len(proof) != before + len(self._following):
            raise AuditError("RUN_PROOF_INVALID", index=begin)
        self.frontier = Frontier(begin, proof[:before])
        self._after = proof[before:]

    def complete(self) -> bytes:
        """Return the root, once every leaf of the run was appended."""
        for (level, _), value in zip(self._following, self._after, strict=True):
            self.frontier.append_subtree(level, value)
        return self.frontier.root()
