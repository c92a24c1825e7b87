"""Following a log that somebody else runs: what it may do between two looks, and what it may not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from license_service.audit.errors import AuditError
from license_service.audit.policy import trusting
from license_service.audit.tiles import Tile, tile_bytes, tiles_between
from license_service.cli import main
from license_service.services.proving.watching import watch
from tests.tamper.material import LOG, ORIGIN, ReadableLog, entries, signer

COUNT = 700
SIZES = (1, 2, 255, 256, 257, 300, 512, 513, 700)
GOOD = ReadableLog(entries(COUNT), SIZES)
FORK = ReadableLog(entries(COUNT, "x"), SIZES)
POLICY = trusting([LOG.verifier])


class Remote:
    """Be a published log at one of its sizes."""

    def __init__(self, source: ReadableLog, size: int, tiles: ReadableLog | None = None) -> None:
        self.source, self.size, self.tiles = source, size, tiles or source
        self.asked: list[Tile] = []

    def checkpoint(self) -> str:
        return self.source.notes[self.size]

    def tile(self, tile: Tile) -> bytes:
        self.asked.append(tile)
        return tile_bytes(self.tiles.storage, tile)


def _refusal(remote: Remote, kept: str | None) -> str:
    with pytest.raises(AuditError) as refused:
        watch(remote, POLICY, kept)
    return refused.value.code


@pytest.mark.parametrize("old", [0, *SIZES])
@pytest.mark.parametrize("new", SIZES)
def test_a_log_that_grew_is_followed_and_one_that_shrank_is_not(old: int, new: int) -> None:
    kept = GOOD.notes.get(old)
    if new < old:
        assert _refusal(Remote(GOOD, new), kept) == "LOG_ROLLED_BACK"
    else:
        checkpoint, note = watch(Remote(GOOD, new), POLICY, kept)
        assert (checkpoint.size, note) == (new, GOOD.notes[new])


@pytest.mark.parametrize("old", SIZES)
@pytest.mark.parametrize("new", SIZES)
def test_another_history_is_a_fork_whichever_tiles_it_serves(old: int, new: int) -> None:
    if new < old:
        return
    assert _refusal(Remote(FORK, new), GOOD.notes[old]) == "LOG_FORKED"
    expected = "ROOT_MISMATCH"
    assert _refusal(Remote(FORK, new, tiles=GOOD), GOOD.notes[old]) == expected


def test_new_leaves_that_are_not_those_signed_are_found() -> None:
    class Wrong(Remote):
        def tile(self, tile: Tile) -> bytes:
            data = super().tile(tile)
            return data[:-1] + bytes([data[-1] ^ 1]) if (tile.level, tile.index) == (0, 2) else data

    assert _refusal(Wrong(GOOD, 700), GOOD.notes[300]) == "ROOT_MISMATCH"


def test_a_tile_of_another_length_is_refused() -> None:
    class Short(Remote):
        def tile(self, tile: Tile) -> bytes:
            return super().tile(tile)[:-1]

    assert _refusal(Short(GOOD, 700), None) == "TILE_MALFORMED"


def test_only_new_leaves_and_what_stands_for_the_old_are_asked_for() -> None:
    remote = Remote(GOOD, 700)
    watch(remote, POLICY, GOOD.notes[513])
    assert remote.asked == [Tile(1, 0, 2), Tile(0, 2, 188), Tile(0, 2, 188)]


def test_another_log_under_the_same_address_is_noticed() -> None:
    other = ReadableLog(entries(3), (3,), signer(1, "other.example/log"))
    policy = trusting([LOG.verifier, other.key.verifier])
    with pytest.raises(AuditError) as refused:
        watch(Remote(other, 3), policy, GOOD.notes[2])
    assert refused.value.code == "ORIGIN_CHANGED"


class Site:
    """Serve a log's files over HTTP on this machine."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = site.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/log"

    def show(self, source: ReadableLog, size: int) -> None:
        self.files = {f"/v1/log/{t.path}": tile_bytes(source.storage, t) for t in tiles_between(0, size)}
        self.files["/v1/log/checkpoint"] = source.notes[size].encode()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def look(site: Site, tmp_path: Path) -> Callable[[], Result]:
    arguments = ["audit", "watch", site.url, "--key", str(LOG.verifier), "--state", str(tmp_path / "kept")]
    return lambda: CliRunner().invoke(main, [*arguments, "--json"])


def test_the_command_keeps_what_it_saw_and_ends_with_1_on_a_fork(
    site: Site, look: Callable[[], Result], tmp_path: Path
) -> None:
    site.show(GOOD, 256)
    assert look().exit_code == 0
    site.show(GOOD, 700)
    done = look()
    assert (done.exit_code, json.loads(done.output)) == (0, {"outcome": "ok", "origin": ORIGIN, "size": 700})
    site.show(FORK, 700)
    done = look()
    assert (done.exit_code, json.loads(done.output)["code"]) == (1, "LOG_FORKED")
    assert (tmp_path / "kept").read_text() == GOOD.notes[700]


def test_a_log_that_cannot_be_reached_or_withholds_tiles_says_so(
    site: Site, look: Callable[[], Result]
) -> None:
    site.show(GOOD, 300)
    del site.files["/v1/log/tile/0/000"]
    assert json.loads(look().output)["code"] == "TILE_MISSING"
    site.server.shutdown()
    site.server.server_close()
    assert json.loads(look().output)["code"] == "LOG_UNREACHABLE"
