"""Tiles as C2SP lays them out: paths, which are new, and what is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit import log
from license_service.audit.merkle import leaf_hash, root_of
from license_service.audit.storage import MemoryStorage
from license_service.audit.tiles import (
    Tile,
    bundle_bytes,
    has_tile,
    parse_tile,
    tile_bytes,
    tiles_between,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 0, 17), "tile/1/000.p/17"),
        (Tile(63, 999), "tile/63/999"),
        (Tile(0, 1000, 255), "tile/0/x001/000.p/255"),
    ],
)
def test_paths_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile(tile.level, path.split("/", 2)[2]) == tile


@given(st.integers(0, 63), st.integers(0, 2**40), st.integers(1, 256))
def test_a_path_names_its_tile(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert parse_tile(level, tile.path.split("/", 2)[2]) == tile


@pytest.mark.parametrize(
    "tail",
    ["", "0", "00", "0000", "x000/000", "001/002", "x001", "000.p/0", "000.p/256", "000.p/257", "000.p/01",
     "000/", "../000", "x1/000", "000.p/", "000.p", "\u0661\u0661\u0661"],
)  # fmt: skip
def test_another_path_names_none(tail: str) -> None:
    assert parse_tile(0, tail) is None


def test_levels_have_a_limit() -> None:
    assert parse_tile(64, "000") is None


def test_a_log_of_70000_has_the_tiles_of_the_specification() -> None:
    tiles = list(tiles_between(0, 70_000))
    full = {level: sum(t.level == level and t.width == 256 for t in tiles) for level in range(3)}
    partial = {(t.level, t.index, t.width) for t in tiles if t.width != 256}
    assert full == {0: 273, 1: 1, 2: 0}
    assert partial == {(0, 273, 112), (1, 1, 17), (2, 0, 1)}


def test_a_log_of_256_has_a_partial_tile_above() -> None:
    assert set(tiles_between(0, 256)) == {Tile(0, 0), Tile(1, 0, 1)}
    assert list(tiles_between(256, 256)) == []


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_growing_in_two_steps_leaves_nothing_out(first: int, second: int) -> None:
    old, new = sorted((first, second))
    whole = {tile for tile in tiles_between(0, new) if tile.width == 256}
    steps = {*tiles_between(0, old), *tiles_between(old, new)}
    assert whole <= steps
    assert {tile for tile in tiles_between(0, new) if tile.width != 256} <= steps
    assert all(has_tile(tile, new) for tile in steps)


def test_the_root_follows_from_the_tiles_alone() -> None:
    storage, size, leaves = MemoryStorage(), 0, [leaf_hash(str(i).encode()) for i in range(600)]
    for leaf in leaves:
        size = log.append(storage, size, leaf)
    hashes = b"".join(tile_bytes(storage, t) for t in tiles_between(0, size) if t.level == 0)
    assert [hashes[i : i + 32] for i in range(0, len(hashes), 32)] == leaves
    above = tile_bytes(storage, Tile(1, 0, 2))
    assert above == root_of(leaves[:256]) + root_of(leaves[256:512])


def test_a_tile_beyond_the_log_is_not_there() -> None:
    assert has_tile(Tile(0, 0, 5), 5)
    assert not has_tile(Tile(0, 0, 6), 5)
    assert not has_tile(Tile(1, 0, 1), 255)
    assert has_tile(Tile(1, 0, 1), 256)


def test_a_bundle_says_how_long_each_entry_is() -> None:
    assert bundle_bytes([b"", b"abc"]) == b"\x00\x00\x00\x03abc"
