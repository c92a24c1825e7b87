"""What the tests of OFD share: one license, its issuer's seal, and one call that packs and judges members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from license_service.demo.issuer import LicenseDetails, samples
from license_service.demo.ofd import Content, build_members, pack
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify


@pytest.fixture(scope="session")
def details(now: datetime) -> LicenseDetails:
    return next(sample.details for sample in samples(now) if sample.file.endswith(".ofd"))


@pytest.fixture(scope="session")
def fields(details: LicenseDetails) -> dict[str, str]:
    return details.fields()


@pytest.fixture(scope="session")
def at(now: datetime) -> datetime:
    return now - timedelta(days=1)


@pytest.fixture(scope="session")
def sealing(pki: DemoPki) -> Sealing:
    signer = pki["business-signer"]
    return Sealing(pki["seal-maker"], signer, (signer.certificate,), "示例电子印章")


@pytest.fixture(scope="session")
def strangers_sealing(pki: DemoPki) -> Sealing:
    signer = pki["business-stranger"]
    return Sealing(pki["maker-stranger"], signer, (signer.certificate,), "示例电子印章")


@pytest.fixture
def members(fields: dict[str, str]) -> dict[str, bytes]:
    """Return the unsigned members of a package of one document."""
    return build_members([Content(fields)])


JudgeMembers = Callable[..., VerificationReport]


@pytest.fixture(scope="session")
def judge_members(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> JudgeMembers:
    def call(
        members: Mapping[str, bytes],
        presentation: Presentation = AS_IS,
        rules: VerificationPolicy = policy,
        moment: datetime = now,
    ) -> VerificationReport:
        return verify(pack(members), rules, trust, evidence, moment, presentation)

    return call
