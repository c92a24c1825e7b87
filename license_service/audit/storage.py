"""Where the hashes of complete subtrees are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

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
    """Keep what is written until somebody takes it away in one piece; read the rest from below."""

    def __init__(self, below: HashStorage) -> None:
        self._below = below
        self._written: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        written = self._written.get((level, index))
        return self._below.read(level, index) if written is None else written

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of a complete subtree."""
        self._written[level, index] = value

    def written(self) -> list[Node]:
        """Return what was written, in order."""
        return [(level, index, value) for (level, index), value in self._written.items()]
