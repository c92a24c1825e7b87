"""The log outside the database: published as tiles, and never contradicted by the database later."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from license_service.audit.checkpoint import open_checkpoint
from license_service.audit.errors import AuditError
from license_service.audit.merkle import leaf_hash, root_of
from license_service.audit.tiles import tiles_between
from license_service.bootstrap import build
from license_service.services.caller import Scope
from license_service.services.proving import log_integration
from license_service.settings import Settings

_SUBJECT = b"not a license"


@pytest.fixture
def grow(api: Any, headers: dict[str, str]) -> Callable[[int], None]:
    def call(count: int) -> None:
        for number in range(count):
            sent = {"file": (io.BytesIO(_SUBJECT + bytes([number % 256])), "f")}
            assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201
        while api.app.log.integrate():
            pass

    return call


def _sql(settings: Settings, statement: str, *values: object) -> list[Any]:
    with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
        return connection.execute(statement, values).fetchall()


def _refusal(api: Any) -> str:
    with pytest.raises(AuditError) as refused:
        api.app.log.integrate()
    return refused.value.code


def test_the_published_files_give_the_signed_root(
    api: Any, settings: Settings, grow: Callable[[int], None]
) -> None:
    grow(3)
    grow(2)
    note = (settings.log_dir / "checkpoint").read_text()
    checkpoint = open_checkpoint(note, [api.app.services.proofs._key.signer().verifier])  # noqa: SLF001 - its public key
    assert checkpoint.size == 5
    hashes = (settings.log_dir / "tile/0/000.p/5").read_bytes()
    assert root_of([hashes[i : i + 32] for i in range(0, len(hashes), 32)]) == checkpoint.root
    bundle = (settings.log_dir / "tile/entries/000.p/5").read_bytes()
    length = int.from_bytes(bundle[:2])
    assert leaf_hash(bundle[2 : 2 + length]) == hashes[:32]


def test_the_api_serves_the_same_tiles(api: Any, settings: Settings, grow: Callable[[int], None]) -> None:
    grow(3)
    for tile in tiles_between(0, 3):
        answer = api.client.get(f"/v1/log/{tile.path}")
        assert answer.data == (settings.log_dir / tile.path).read_bytes()
        assert "immutable" in answer.headers["Cache-Control"]
    auditor = api.key(Scope.LOG_READ, tenant="audit office")
    path = "tile/entries/000.p/3"
    answer = api.client.get(f"/v1/log/{path}", headers=auditor)
    assert answer.data == (settings.log_dir / path).read_bytes()
    for missing in ("tile/0/000", "tile/0/000.p/4", "tile/9/000", "tile/0/0"):
        assert api.client.get(f"/v1/log/{missing}").status_code == 404


def test_a_restored_backup_stops_signing_and_says_so(
    api: Any, settings: Settings, grow: Callable[[int], None]
) -> None:
    grow(2)
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    shutil.copy(database, database.with_suffix(".backup"))
    grow(2)
    shutil.copy(database.with_suffix(".backup"), database)
    assert _refusal(api) == "LOG_ROLLED_BACK"
    ready = api.client.get("/readyz").json
    assert (ready["status"], ready["log"]["problem"]) == ("degraded", "LOG_ROLLED_BACK")
    assert "license_service_log_halted 1" in api.client.get("/metrics").text


def test_another_history_is_a_fork(api: Any, settings: Settings, grow: Callable[[int], None]) -> None:
    grow(2)
    other = build(replace(settings, log_dir=settings.log_dir / "other"))
    _sql(settings, "DELETE FROM checkpoint")
    _sql(settings, "DELETE FROM log_node")
    _sql(settings, "UPDATE event SET leaf_index = NULL, entry = ?", b"{}")
    other.log.integrate()
    assert _refusal(api) == "LOG_FORKED"


def test_when_it_adds_up_again_the_alarm_ends(
    api: Any, settings: Settings, grow: Callable[[int], None]
) -> None:
    grow(2)
    (value,) = _sql(settings, 'SELECT hash FROM log_node WHERE level = 1 AND "index" = 0')
    _sql(settings, 'UPDATE log_node SET hash = ? WHERE level = 1 AND "index" = 0', bytes(32))
    assert _refusal(api) == "LOG_DIVERGED"
    _sql(settings, 'UPDATE log_node SET hash = ? WHERE level = 1 AND "index" = 0', value[0])
    api.app.log.integrate()
    assert "problem" not in api.client.get("/readyz").json["log"]


def test_a_lost_folder_is_published_again(api: Any, settings: Settings, grow: Callable[[int], None]) -> None:
    grow(3)
    grow(1)
    files = {
        p.relative_to(settings.log_dir): p.read_bytes() for p in settings.log_dir.rglob("*") if p.is_file()
    }
    shutil.rmtree(settings.log_dir)
    settings.log_dir.mkdir()
    api.app.log.integrate()
    again = {
        p.relative_to(settings.log_dir): p.read_bytes() for p in settings.log_dir.rglob("*") if p.is_file()
    }
    assert again == files


@pytest.mark.parametrize(
    ("table", "column", "index"),
    [("event", "entry", 0), ("event", "entry", 4), ("log_node", "hash", 0), ("log_node", "hash", 5)],
)
def test_one_flipped_bit_is_found_by_the_check(
    api: Any, settings: Settings, grow: Callable[[int], None], table: str, column: str, index: int
) -> None:
    grow(5)
    assert api.app.log.check() == 5
    rows = _sql(settings, f"SELECT rowid, {column} FROM {table} ORDER BY rowid")  # noqa: S608 - names of ours
    rowid, value = rows[index]
    flip = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608 - names of ours
    _sql(settings, flip, bytes([value[0] ^ 1]) + value[1:], rowid)
    with pytest.raises(AuditError):
        api.app.log.check()


def test_a_hash_that_is_gone_is_an_alarm(api: Any, settings: Settings, grow: Callable[[int], None]) -> None:
    grow(5)
    (kept,) = _sql(settings, 'SELECT hash FROM log_node WHERE level = 2 AND "index" = 0')
    _sql(settings, 'DELETE FROM log_node WHERE level = 2 AND "index" = 0')
    assert _refusal(api) == "LOG_DIVERGED"
    with pytest.raises(AuditError, match="LOG_DIVERGED"):
        api.app.log.check()
    _sql(settings, 'INSERT INTO log_node (level, "index", hash) VALUES (2, 0, ?)', kept[0])
    assert api.app.log.check() == 5


def test_the_check_names_the_first_entry_that_differs(
    api: Any, settings: Settings, grow: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(7)
    change = 'UPDATE log_node SET hash = ? WHERE level = ? AND "index" = ?'
    for page, (level, index, leaf) in product((1, 2, 3, 500), ((0, 1, 1), (0, 2, 2), (1, 0, 1), (1, 1, 3))):
        monkeypatch.setattr(log_integration, "_PAGE", page)
        assert api.app.log.check() == 7
        select = 'SELECT hash FROM log_node WHERE level = ? AND "index" = ?'
        (kept,) = _sql(settings, select, level, index)
        _sql(settings, change, bytes(32), level, index)
        with pytest.raises(AuditError) as refused:
            api.app.log.check()
        assert (refused.value.code, refused.value.index) == ("LOG_DIVERGED", leaf)
        _sql(settings, change, kept[0], level, index)
