"""One signer of licenses with what it signs, for the tests of CMS."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from license_service.demo.certificates import Identity
from license_service.demo.issuer import LicenseDetails, samples
from license_service.demo.pki import DemoPki


@pytest.fixture
def details(now: datetime) -> LicenseDetails:
    return next(s.details for s in samples(now) if s.signer == "fire-signer")


@pytest.fixture
def body(details: LicenseDetails) -> bytes:
    return json.dumps(details.fields(), ensure_ascii=False).encode()


@pytest.fixture
def at(now: datetime) -> datetime:
    return now - timedelta(hours=1)


@pytest.fixture
def fire(pki: DemoPki) -> Identity:
    return pki["fire-signer"]


@pytest.fixture
def chain(pki: DemoPki) -> tuple[bytes, ...]:
    return pki.chain("fire-signer")
