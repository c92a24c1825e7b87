"""Where the hashes of complete subtrees are kept."""

from __future__ import annotations

from typing import Protocol


class HashStorage(Protocol):
    """Keep hashes by level (0 is leaves) and index within the level; written once, never changed."""

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree of 2^level leaves."""
        ...

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of a complete subtree."""
        ...


class MemoryStorage:
    """Keep hashes in a dictionary; for verifiers and small logs."""

    def __init__(self) -> None:
        self._hashes: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        return self._hashes[level, index]

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of a complete subtree."""
        self._hashes[level, index] = value
