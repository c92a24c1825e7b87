"""Lay a log out as static files that any tool of the field can read.

A tile is 256 hashes of one level in a row, a bundle the entries below a tile of level 0; what a checkpoint
needs of an unfinished one is a partial tile. Clause: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from license_service.audit.storage import HashStorage

WIDTH = 256
HEIGHT = 8
ENTRIES = "entries"
_LARGEST_LEVEL = 63
_GROUP = 1000
_PATH = re.compile(r"((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True)
class Tile:
    """Name a tile: its level (of tiles, each 8 levels of hashes), its index, and how many hashes it has."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return the path below the log's prefix."""
        return f"tile/{self.level}/{self._tail}"

    @property
    def bundle_path(self) -> str:
        """Return the path of the entries below this tile of level 0."""
        return f"tile/{ENTRIES}/{self._tail}"

    @property
    def begin(self) -> int:
        """Return the index of the first hash within its level; for level 0, of the first entry."""
        return self.index * WIDTH

    @property
    def _tail(self) -> str:
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{_encode_index(self.index)}{partial}"


def parse_tile(level: int, tail: str) -> Tile | None:
    """Read what follows `tile/<level>/`; None where it names no tile."""
    match = _PATH.fullmatch(tail)
    if match is None or not 0 <= level <= _LARGEST_LEVEL:
        return None
    index = int(match[1].replace("x", "").replace("/", "") + match[2])
    tile = Tile(level, index, int(match[3]) if match[3] else WIDTH)
    # Only one path names a tile: leading zero groups and a full width written out are refused.
    named = tile.width <= WIDTH and tile.path == f"tile/{level}/{tail}"
    return tile if named else None


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Yield every tile of a log of `new` entries that the log of `old` entries did not have."""
    level, before, after = 0, old, new
    while after:
        for index in range(before // WIDTH, after // WIDTH):
            yield Tile(level, index)
        if after % WIDTH and after != before:
            yield Tile(level, after // WIDTH, after % WIDTH)
        level, before, after = level + 1, before // WIDTH, after // WIDTH


def has_tile(tile: Tile, size: int) -> bool:
    """Tell whether a log of `size` entries has the hashes of a tile."""
    return tile.width > 0 and tile.begin + tile.width <= size >> (HEIGHT * tile.level)


def tile_bytes(storage: HashStorage, tile: Tile) -> bytes:
    """Return the hashes of a tile that the log has."""
    level = HEIGHT * tile.level
    return b"".join(storage.read_row(level, tile.begin, tile.begin + tile.width))


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Return entries, each behind its length in two bytes, big end first."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def _encode_index(index: int) -> str:
    groups = [f"{index % _GROUP:03}"]
    while index := index // _GROUP:
        groups.insert(0, f"x{index % _GROUP:03}")
    return "/".join(groups)
