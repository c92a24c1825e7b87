"""The API over Flask's client, on a real database and the demonstration's keys.

The database is SQLite; a module that overrides `database_url` by `any_database_url` runs on both engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from license_service.adapters.doorbell_rq import SilentDoorbell
from license_service.adapters.source_http import load_sources
from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.clock import Clock
from license_service.console import console_pages, paper_pages
from license_service.domain.matter import Catalogue
from license_service.domain.workdays import WorkCalendar
from license_service.services.blind_index import BlindIndex
from license_service.services.caller import Scope
from license_service.services.cases.case_book import CaseBook
from license_service.services.ports import Store
from license_service.services.sharing.sources import SourceService
from license_service.services.verifying.batches import BatchService
from license_service.services.verifying.verifications import Verifier
from license_service.settings import Settings
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.trust import TrustStore


@dataclass(frozen=True)
class Api:
    app: App
    client: FlaskClient

    def key(self, *scopes: Scope, tenant: str = "county") -> dict[str, str]:
        token = self.app.services.keys.create(tenant, "test", scopes or tuple(Scope))
        return {"Authorization": f"Bearer {token}"}

    def open_case(self, body: Mapping[str, Any], headers: Mapping[str, str], key: str) -> Any:
        client = self.client.application.test_client()  # a client serves one thread
        return client.post("/v1/cases", json=body, headers={**headers, "Idempotency-Key": key})


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def settings(tmp_path: Path, pki_dir: Path, database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        environment="test",
        trust_dir=pki_dir / "trust",
        evidence_dir=pki_dir / "evidence",
        private_dir=tmp_path / "private",
        log_dir=tmp_path / "log",
        clock_file=str(tmp_path / "clock"),
    )


@pytest.fixture
def api(settings: Settings) -> Api:
    return _api(settings)


@pytest.fixture
def second_api(settings: Settings) -> Api:
    """Return another process's worth of service over the same database."""
    return _api(settings)


@pytest.fixture
def build_again() -> Callable[[Settings], Api]:
    """Return how to build the service again, with other settings."""
    return _api


def _api(settings: Settings) -> Api:
    app = build(settings)
    pages = (console_pages(app.services.matters), paper_pages(app.services.paper_checks))
    return Api(app, create_app(app.services, pages).test_client())


@pytest.fixture
def batches(policy: VerificationPolicy) -> Callable[[Store, Clock], BatchService]:
    """Return what a follow-up service needs to judge batches, under a store that trusts nobody."""
    verifier = Verifier(policy, TrustStore, Evidence)
    return lambda store, clock: BatchService(store, clock, verifier, SilentDoorbell())


@pytest.fixture
def book() -> CaseBook:
    """Return the case book of a service without matters."""
    calendar = WorkCalendar(frozenset(), frozenset(), frozenset())
    return CaseBook(Catalogue((), "sha256:0"), calendar, BlindIndex(bytes(32)))


@pytest.fixture
def nobody() -> Callable[[Store, Clock], SourceService]:
    """Return what asks data sources where none is declared."""
    return lambda store, clock: SourceService(store, clock, load_sources("", {}, clock))


@pytest.fixture
def headers(api: Api) -> dict[str, str]:
    return api.key()
