"""Databases for tests: of each engine, empty or with the schema, one of its own for each test.

PostgreSQL takes seconds to start and the schema tenths of one to make, so the workers of pytest-xdist share a
server and a template of each engine: the first to get the lock makes them, the others use them.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from license_service.adapters.sql.engine import migrate, open_engine
from tests.locks import locked

_START_SECONDS = 60.0
_TEMPLATE = "template_with_schema"


@pytest.fixture(scope="session")
def postgresql(session_dir: Path) -> Iterator[Path]:
    """Return the folder of the server's socket; the server ends after its last user, see its module."""
    directory = session_dir / "postgresql"
    directory.mkdir(exist_ok=True)
    with (directory / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with locked(directory / "lock"):
            if not (directory / "home").exists():
                _start_postgresql(directory)
        yield Path((directory / "home").read_text())


@pytest.fixture(scope="session")
def sqlite_template(session_dir: Path) -> Path:
    """Return a database file with the schema and no row."""
    path = session_dir / f"{_TEMPLATE}.db"
    with locked(session_dir / f"{_TEMPLATE}.lock"):
        if not path.exists():
            _make_schema(f"sqlite:///{path}.new")
            Path(f"{path}.new").rename(path)
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Path, session_dir: Path) -> str:
    """Return the name of a database with the schema and no row."""
    with locked(session_dir / f"{_TEMPLATE}.lock"), _server(postgresql) as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE]).fetchone()
        if known is None:
            server.execute(f"CREATE DATABASE {_TEMPLATE}_new".encode())
            _make_schema(_url(postgresql, f"{_TEMPLATE}_new"))
            server.execute(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}".encode())
    return _TEMPLATE


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Return a database of its own for each test, with the schema."""
    shutil.copy(sqlite_template, tmp_path / "service.db")
    return f"sqlite:///{tmp_path / 'service.db'}"


@pytest.fixture
def postgresql_url(postgresql: Path, postgresql_template: str) -> Iterator[str]:
    """Return a database of its own for each test, with the schema."""
    with _database(postgresql, f" TEMPLATE {postgresql_template}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return an empty database of each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with _database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture(params=["sqlite_url", "postgresql_url"], ids=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """Return a database of each engine in turn, with the schema."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def lose_database(any_database_url: str) -> Callable[[], None]:
    """Return how the database disappears under a running service."""
    url = sa.make_url(any_database_url)

    def lose() -> None:
        if url.get_backend_name() == "sqlite":
            shutil.rmtree(Path(str(url.database)).parent)
            return
        host = str(url.query["host"])
        with _server(Path(host)) as server:
            server.execute(f"DROP DATABASE {url.database} WITH (FORCE)".encode())

    return lose


def _make_schema(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


def _start_postgresql(directory: Path) -> None:
    script = Path(__file__).with_name("postgresql_server.py")
    with (directory / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, script, directory], stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + _START_SECONDS
    while not (directory / "home").exists():
        assert server.poll() is None, (directory / "server.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)  # polling a child that is starting; bounded by the deadline


@contextmanager
def _database(home: Path, options: str = "") -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    with _server(home) as server:
        server.execute(f"CREATE DATABASE {name}{options}".encode())
        yield _url(home, name)
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _server(home: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(home), user="test", dbname="postgres", autocommit=True)


def _url(home: Path, name: str) -> str:
    return f"postgresql+psycopg://test@/{name}?host={home}"
