"""What many tests share: a PKI of the demonstration, its signed samples, the repository's policy, databases.

Keys and PostgreSQL take seconds to start, so the workers of pytest-xdist share one folder and one server: the
first to get the lock makes them, the others use them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from license_service.adapters.data_key_ring import DataKeyRing
from license_service.adapters.envelope import Algorithm
from license_service.adapters.sql.vault import Sealing
from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
from license_service.clock import SystemClock, format_instant, parse_instant
from license_service.demo.issuer import issue_all
from license_service.demo.pki import DemoPki, create_pki, load_pki, save_pki
from license_service.services.blind_index import BlindIndex
from license_service.services.verifying.report_shape import ReportShape
from license_service.verification.canonical import canonical_json
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

# A busy machine is no failure: speed is measured in benchmarks/, never asserted here.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_REPOSITORY = Path(__file__).resolve().parents[1]
_MADE_AT = "made-at"
_START_SECONDS = 60.0


@pytest.fixture(scope="session")
def session_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def shared_dir(session_dir: Path) -> Path:
    directory = session_dir / "demo-pki"
    directory.mkdir(exist_ok=True)
    with _locked(directory / "lock"):
        if not (directory / _MADE_AT).exists():
            _make(directory, SystemClock().now().replace(microsecond=0))
    return directory


@pytest.fixture(scope="session")
def now(shared_dir: Path) -> datetime:
    return parse_instant((shared_dir / _MADE_AT).read_text())


@pytest.fixture(scope="session")
def pki_dir(shared_dir: Path) -> Path:
    return shared_dir / "pki"


@pytest.fixture(scope="session")
def samples_dir(shared_dir: Path) -> Path:
    return shared_dir / "samples"


@pytest.fixture(scope="session")
def pki(pki_dir: Path) -> DemoPki:
    return load_pki(pki_dir)


@pytest.fixture(scope="session")
def trust(pki_dir: Path) -> TrustStore:
    return load_trust(pki_dir / "trust")


@pytest.fixture(scope="session")
def evidence(pki_dir: Path) -> Evidence:
    return load_evidence(pki_dir / "evidence")


@pytest.fixture(scope="session")
def policy_file() -> Path:
    return _REPOSITORY / "policy" / "verification.toml"


@pytest.fixture(scope="session")
def policy(policy_file: Path) -> VerificationPolicy:
    return load_policy(policy_file)


@pytest.fixture(scope="session")
def judge(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> Callable[..., VerificationReport]:
    """Return one call that judges bytes, for a holder where one is named, now or `at` another time."""

    def call(document: bytes, holder: str | None = None, at: datetime | None = None) -> VerificationReport:
        report = verify(document, policy, trust, evidence, at or now, Presentation(holder=holder))
        # Whatever a test judges, the report has the published shape.
        ReportShape.model_validate_json(canonical_json(report.to_json()), strict=True)
        return report

    return call


@pytest.fixture(scope="session")
def postgresql(session_dir: Path) -> Iterator[Path]:
    """Return the folder of the server's socket; the server ends after its last user, see its module."""
    directory = session_dir / "postgresql"
    directory.mkdir(exist_ok=True)
    with (directory / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with _locked(directory / "lock"):
            if not (directory / "home").exists():
                _start_postgresql(directory)
        yield Path((directory / "home").read_text())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'service.db'}"


@pytest.fixture
def postgresql_url(postgresql: Path) -> Iterator[str]:
    """Return an empty database of its own for each test."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(host=str(postgresql), user="test", dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        yield f"postgresql+psycopg://test@/{name}?host={postgresql}"
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@pytest.fixture
def sealing(tmp_path: Path) -> Sealing:
    """Return what seals personal data in a database of the test's own."""
    clock, private = SystemClock(), tmp_path / "sealing"
    ring = DataKeyRing(private, Algorithm.AES_256_GCM, clock)
    return Sealing(ring, Algorithm.AES_256_GCM, BlindIndex(bytes(32)), clock)


@pytest.fixture(params=["sqlite_url", "postgresql_url"], ids=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """Return an empty database of each engine in turn."""
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
        with psycopg.connect(host=host, user="test", dbname="postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE {url.database} WITH (FORCE)".encode())

    return lose


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


def _make(directory: Path, moment: datetime) -> None:
    pki = create_pki(moment)
    save_pki(pki, directory / "pki")
    issue_all(pki, directory / "samples", moment)
    (directory / _MADE_AT).write_text(format_instant(moment))  # last: says that all of it is there


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed
        yield
