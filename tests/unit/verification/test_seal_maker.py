"""Who may make a seal: a maker with an anchor for seals, a key that may sign, and not the signer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from license_service.demo.certificates import Extension, Identity, Life, Subject, issue
from license_service.demo.issuer import samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.ofd import sign_ofd
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import CheckName, Outcome, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

Judge = Callable[..., VerificationReport]
Seal = Callable[[Identity], bytes]


@pytest.fixture
def sealed_by(pki: DemoPki, now: datetime) -> Seal:
    details = next(s.details for s in samples(now) if s.signer == "business-signer")
    signer = pki["business-signer"]

    def call(maker: Identity) -> bytes:
        sealing = Sealing(maker=maker, signer=signer, listed=(signer.certificate,), name="示例电子印章")
        return sign_ofd(details.fields(), sealing, now - timedelta(hours=1))

    return call


def _maker(report: VerificationReport) -> tuple[Outcome, str, object]:
    check = report.signatures[0].check(CheckName.SEAL_SIGNATURE)
    assert check is not None
    return check.outcome, check.code, check.detail.get("reason")


def test_a_seal_maker_may(sealed_by: Seal, judge: Judge, pki: DemoPki) -> None:
    assert _maker(judge(sealed_by(pki["seal-maker"]))) == (Outcome.PASSED, "OK", None)


def test_a_signer_may_not_make_its_own_seal(sealed_by: Seal, judge: Judge, pki: DemoPki) -> None:
    report = judge(sealed_by(pki["business-signer"]))
    assert _maker(report) == (Outcome.FAILED, "SEAL_MAKER_IS_SIGNER", None)
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CONSTRAINTS_FAILURE")


def test_an_authority_for_licenses_alone_may_not_make_seals(
    sealed_by: Seal, judge: Judge, pki: DemoPki
) -> None:
    outcome, code, _ = _maker(judge(sealed_by(pki["fire-signer"])))  # its root is no anchor for seals
    assert (outcome, code) == (Outcome.UNDETERMINED, "SEAL_MAKER_UNKNOWN")


@pytest.mark.parametrize(
    ("usage", "outcome", "reason"),
    [
        ({"key_encipherment", "key_agreement"}, Outcome.FAILED, "KEY_USAGE_REFUSED"),
        ({"digital_signature"}, Outcome.PASSED, None),
    ],
)
def test_the_makers_encryption_certificate_may_not(
    usage: set[str],
    outcome: Outcome,
    reason: str | None,
    sealed_by: Seal,
    judge: Judge,
    pki: DemoPki,
    now: datetime,
) -> None:
    changes = {"key_usage": Extension(usage, critical=True)}
    subject, key = Subject("示例制章系统", "示例机构"), generate_key(KeyFamily.SM2)
    maker = issue(subject, key, pki["sm2-intermediate"], Life.around(now), changes=changes)
    assert _maker(judge(sealed_by(maker)))[::2] == (outcome, reason)


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"min_rsa_bits": 3072, "until": []}, None),
        ({"min_rsa_bits": 3073, "until": []}, "ALGORITHM_REFUSED"),
        ({"until": ["RSA<3072"]}, None),
        ({"until": ["RSA<3073"]}, "ALGORITHM_ENDED"),
    ],
)
def test_the_length_of_the_makers_key_counts_as_the_signers(
    rules: dict[str, Any], code: str | None, sealed_by: Seal, pki: DemoPki, now: datetime,
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence,
) -> None:  # fmt: skip
    subject, key = Subject("示例制章系统", "示例机构"), generate_key(KeyFamily.RSA)  # 3,072 bits
    sealed = sealed_by(issue(subject, key, pki["sm2-intermediate"], Life.around(now)))
    algorithms = replace(policy.algorithms, **rules | {"until": dict.fromkeys(rules["until"], now)})
    report = verify(sealed, replace(policy, algorithms=algorithms), trust, evidence, now)
    assert report.codes() == (() if code is None else (code,))
