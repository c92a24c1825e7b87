"""Where the hashes of complete subtrees are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Subtree = tuple[int, int]
"""Level and index of a complete subtree of 2^level leaves."""
Node = tuple[int, int, bytes]
"""Level, index within it, and hash."""


class HashStorage(Protocol):
    """Keep hashes by level (0 is leaves) and index within the level; written once, never changed."""

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree of 2^level leaves."""
        ...

    def read_row(self, level: int, begin: int, end: int) -> Sequence[bytes]:
        """Return hashes of one level in a row; whoever can ask for many at once does so here."""
        return [self.read(level, index) for index in range(begin, end)]

    def read_all(self, nodes: Sequence[Subtree]) -> Sequence[bytes]:
        """Return the hashes of some subtrees, in their order, asked for at once where that can be."""
        return [self.read(level, index) for level, index in nodes]

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of a complete subtree."""
        ...


class MemoryStorage(HashStorage):
    """Keep hashes in a dictionary; for verifiers and small logs."""

    def __init__(self) -> None:
        self._hashes: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        return self._hashes[level, index]

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of a complete subtree."""
        self._hashes[level, index] = value


class DeferredStorage(HashStorage):
    """Keep what is written until somebody takes it away in one piece; read the rest from below, once."""

    def __init__(self, below: HashStorage) -> None:
        self._below = below
        self._known: dict[Subtree, bytes] = {}
        self._written: list[Node] = []

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        return self.read_all([(level, index)])[0]

    def read_all(self, nodes: Sequence[Subtree]) -> Sequence[bytes]:
        """Return the hashes of some subtrees, in their order."""
        asked = [node for node in nodes if node not in self._known]
        if asked:
            self._known.update(zip(asked, self._below.read_all(asked), strict=True))
        return [self._known[node] for node in nodes]

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of a complete subtree."""
        self._known[level, index] = value
        self._written.append((level, index, value))

    def written(self) -> Sequence[Node]:
        """Return what was written, in order."""
        return self._written
