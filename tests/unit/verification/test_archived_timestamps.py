"""A later token carries an earlier one past the end of its authority, if it holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from license_service.demo.certificates import Life, Subject, issue, issue_crl, only_for
from license_service.demo.cms import Authority
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.checks.proof import TimestampJudge
from license_service.verification.document import Timestamp, TimestampSubject
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.trust import TrustStore

_DAY = timedelta(days=1)
_ALONE = ("undetermined", "TIMESTAMP_AUTHORITY_EXPIRED")
_RELIED_ON = ("passed", "OK")


@pytest.mark.parametrize("form", ["raw", "hex", "HEX"])
def test_a_later_token_carries_an_earlier_one(
    form: str, pki: DemoPki, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> None:
    life, subject = Life(now - 300 * _DAY, now - 10 * _DAY), Subject("示例时间戳", "示例")
    ended = issue(
        subject, generate_key(KeyFamily.EC), pki["rsa-root"], life, changes=only_for("time_stamping")
    )
    early = Authority(ended, (ended.certificate,), now - 20 * _DAY)(b"signature")
    first = Timestamp(early, b"signature", TimestampSubject.SIGNATURE)
    forms = {"raw": early, "hex": early.hex().encode(), "HEX": early.hex().upper().encode()}
    then = issue_crl(pki["rsa-root"], (), now - 12 * _DAY, 1)
    facts = replace(evidence, crls=(*evidence.crls, then))

    def archive(days: int, held: bytes) -> Timestamp:
        message = b"%PDF" + held
        token = Authority(pki["tsa"], pki.chain("tsa"), now - days * _DAY)(message)
        return Timestamp(token, message, TimestampSubject.DOCUMENT)

    def judge(*timestamps: Timestamp) -> list[tuple[str, str]]:
        judged = TimestampJudge(policy, trust, facts, now).judge_all(timestamps)
        return [(item.outcome, item.code) for item in judged]

    assert judge(first) == [_ALONE]
    assert judge(first, archive(13, forms[form])) == [_RELIED_ON, _RELIED_ON]
    assert judge(first, archive(9, forms[form])) == [_ALONE, _RELIED_ON]
    assert judge(first, archive(13, b"something else")) == [_ALONE, _RELIED_ON]


def test_a_later_token_carries_an_earlier_one_past_the_end_of_its_algorithm(
    pki: DemoPki, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> None:
    ending = replace(policy, algorithms=replace(policy.algorithms, until={"RSA-SHA256": now - 12 * _DAY}))
    early = Authority(pki["tsa"], pki.chain("tsa"), now - 20 * _DAY)(b"signature")
    first = Timestamp(early, b"signature", TimestampSubject.SIGNATURE)

    def judge(*days: float) -> list[tuple[str, str]]:
        stamps = [Authority(pki["tsa-sm2"], pki.chain("tsa-sm2"), now - day * _DAY)(early) for day in days]
        later = (Timestamp(token, early, TimestampSubject.DOCUMENT) for token in stamps)
        judged = TimestampJudge(ending, trust, evidence, now).judge_all((first, *later))
        return [(item.outcome, item.code) for item in judged]

    ended = ("undetermined", "TIMESTAMP_ALGORITHM_ENDED")
    assert judge() == [ended]
    assert judge(13) == [_RELIED_ON, _RELIED_ON]
    assert judge(11) == [ended, _RELIED_ON]
