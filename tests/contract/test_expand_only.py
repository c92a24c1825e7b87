"""Releases that follow one another run side by side: a migration only adds, and the older one goes on."""

from __future__ import annotations

import ast
import uuid
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from license_service.adapters.sql.engine import open_engine
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing

_FOLDER = Path(str(resources.files("license_service.adapters.sql") / "migrations"))
_VERSIONS = sorted((_FOLDER / "versions").glob("v*.py"))
_ADDING = {"create_table", "create_index", "add_column", "bulk_insert"}
_VALUES: Mapping[type, Any] = {int: 1, float: 1.0, bytes: b"1", bool: True}
_ADDED = {  # what a later release may do to a table that this one writes
    "ALTER TABLE follow_up ADD COLUMN later text",
    "ALTER TABLE event ADD COLUMN later text NOT NULL DEFAULT 'x'",
    "CREATE TABLE later (id text PRIMARY KEY)",
}


def _calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def _operations(path: Path) -> list[tuple[str, ast.Call]]:
    found = [(call.func, call) for call in _calls(path)]
    return [
        (function.attr, call)
        for function, call in found
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) in {"op", "batch_op"}
    ]


def _options(call: ast.expr) -> dict[str, str]:
    assert isinstance(call, ast.Call)
    return {keyword.arg or "": ast.unparse(keyword.value) for keyword in call.keywords}


@pytest.mark.parametrize("path", _VERSIONS, ids=lambda path: path.stem)
def test_a_migration_only_adds(path: Path) -> None:
    operations = _operations(path)
    assert operations
    assert {name for name, _ in operations} <= _ADDING
    made = {ast.literal_eval(call.args[0]) for name, call in operations if name == "create_table"}
    for name, call in operations:
        if name == "add_column":  # whoever does not know the column writes rows without it
            options = _options(call.args[1])
            assert options.get("nullable") != "False" or "server_default" in options
        if name == "create_index" and _options(call).get("unique") == "True":
            assert ast.literal_eval(call.args[1]) in made  # an older release may write what it forbids


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _columns(connection: sa.Connection) -> dict[str, dict[str, type]]:
    inspector = sa.inspect(connection)
    tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
    return {
        table: {column["name"]: column["type"].python_type for column in inspector.get_columns(table)}
        for table in tables
    }


def _write(connection: sa.Connection, table: str, columns: Mapping[str, type]) -> None:
    """Insert, read and change a row as a release that knows these columns alone does."""
    described = sa.table(table, *(sa.column(name) for name in columns))
    row = {name: _VALUES.get(kind, uuid.uuid4().hex) for name, kind in columns.items()}
    # A transaction that is taken back: levels would stand in each other's way otherwise.
    with connection.begin_nested() as attempt:
        connection.execute(sa.delete(described))
        connection.execute(sa.insert(described).values(row))
        assert connection.execute(sa.select(described)).mappings().one() == row
        connection.execute(sa.update(described).values(row))
        attempt.rollback()


def test_an_older_release_writes_every_table_of_the_newest_schema(empty_database_url: str) -> None:
    """Every release before this one, with the columns it knows, beside the schema of today."""
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        config = _config(connection)
        revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
        levels = []
        for revision in reversed(revisions):
            command.upgrade(config, revision)
            levels.append(_columns(connection))
        assert len(levels) == len(_VERSIONS)
        for level in levels:
            for table, columns in level.items():
                _write(connection, table, columns)
    engine.dispose()


def test_a_schema_from_a_newer_release_is_left_as_it_is(empty_database_url: str, sealing: Sealing) -> None:
    SqlStore(empty_database_url, sealing).close()
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        for statement in _ADDED:
            connection.execute(sa.text(statement))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    SqlStore(empty_database_url, sealing).close()  # as each process of this release does when it starts
    with engine.begin() as connection:
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    engine.dispose()
    assert version == "later"
