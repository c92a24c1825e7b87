"""Bytes behind the zip: a policy may bear them for an issuer, and nothing else that is wrong with a zip."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from license_service.demo import people
from license_service.demo.issuer import LicenseDetails
from license_service.demo.ofd import pack, sign_members
from license_service.demo.seals import Sealing
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify


@pytest.mark.parametrize(
    ("issuer", "tail", "indication", "codes"),
    [
        ("", b"", "TOTAL_PASSED", ()),
        ("", b"more", "TOTAL_FAILED", ("ZIP_TRAILING_DATA",)),
        (people.FIRE_BRIGADE.id, b"more", "TOTAL_FAILED", ("ZIP_TRAILING_DATA",)),
        (people.MARKET_REGULATOR.id, b"more", "TOTAL_PASSED", ("ZIP_TRAILING_DATA",)),
        (people.MARKET_REGULATOR.id, b"PK\x03\x04", "TOTAL_FAILED", ("ZIP_TRAILING_DATA",)),
        (people.MARKET_REGULATOR.id, b"PK\x05\x06" + bytes(18), "TOTAL_FAILED", ("ZIP_MALFORMED",)),
    ],
    ids=["none", "not-borne", "other-issuer", "borne", "a-member", "an-end"],
)
def test_trailing_bytes_are_borne_for_named_issuers_alone(
    issuer: str, tail: bytes, indication: str, codes: tuple[str, ...], members: dict[str, bytes],
    sealing: Sealing, at: datetime, now: datetime, policy: VerificationPolicy, trust: TrustStore,
    evidence: Evidence,
) -> None:  # fmt: skip
    rules = replace(policy, trailing_bytes_issuers=frozenset({issuer} - {""}))
    report = verify(pack(sign_members(members, sealing, at)) + tail, rules, trust, evidence, now)
    assert (report.indication, report.codes()) == (indication, codes)


def test_bytes_before_the_zip_are_never_borne(
    members: dict[str, bytes], sealing: Sealing, at: datetime, now: datetime, policy: VerificationPolicy,
    trust: TrustStore, evidence: Evidence, details: LicenseDetails,
) -> None:  # fmt: skip
    rules = replace(policy, trailing_bytes_issuers=frozenset({details.issuer.id}))
    package = pack(sign_members(members, sealing, at))
    report = verify(b"PK\x03\x04" + bytes(60) + package, rules, trust, evidence, now)
    assert report.indication == "TOTAL_FAILED"
    assert report.signatures == ()
