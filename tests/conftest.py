"""What many tests share: a PKI of the demonstration, its signed samples, the repository's policy, databases.

Keys take seconds to make, so the workers of pytest-xdist share one folder: the first to get the lock makes
them, the others use them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
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
from tests.locks import locked

pytest_plugins = ["tests.databases"]

# A busy machine is no failure: speed is measured in benchmarks/, never asserted here.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_REPOSITORY = Path(__file__).resolve().parents[1]
_MADE_AT = "made-at"


@pytest.fixture(scope="session")
def session_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def shared_dir(session_dir: Path) -> Path:
    directory = session_dir / "demo-pki"
    directory.mkdir(exist_ok=True)
    with locked(directory / "lock"):
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


@pytest.fixture
def sealing(tmp_path: Path) -> Sealing:
    """Return what seals personal data in a database of the test's own."""
    clock, private = SystemClock(), tmp_path / "sealing"
    ring = DataKeyRing(private, Algorithm.AES_256_GCM, clock)
    return Sealing(ring, Algorithm.AES_256_GCM, BlindIndex(bytes(32)), clock)


def _make(directory: Path, moment: datetime) -> None:
    pki = create_pki(moment)
    save_pki(pki, directory / "pki")
    issue_all(pki, directory / "samples", moment)
    (directory / _MADE_AT).write_text(format_instant(moment))  # last: says that all of it is there
