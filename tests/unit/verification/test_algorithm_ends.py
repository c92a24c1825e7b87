"""An algorithm that has ended proves nothing, but what a timestamp proves older still passes.

The license is signed, as it says, sixteen days ago; algorithms end twelve days ago.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from license_service.demo.certificates import Identity
from license_service.demo.cms import Authority, signed_data, signer_info
from license_service.demo.pki import DemoPki
from license_service.verification.evidence import Evidence
from license_service.verification.policy import AlgorithmPolicy, VerificationPolicy
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_ENDED = ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", ("ALGORITHM_ENDED",))
_UNPROVEN = (*_ENDED[:2], ("ALGORITHM_ENDED", "TIMESTAMP_ALGORITHM_ENDED"))
_PASSED = ("TOTAL_PASSED", None, ())

Told = tuple[str, str | None, tuple[str, ...]]
Sign = Callable[..., bytes]
JudgeEnding = Callable[..., Told]


@pytest.fixture
def sign(fire: Identity, chain: tuple[bytes, ...], body: bytes, pki: DemoPki, now: datetime) -> Sign:
    """Return one call that signs with ECDSA and SHA-256, stamped with RSA and SHA-256 days ago or not."""

    def call(stamped: float | None = None) -> bytes:
        tsa, days = (pki["tsa"], pki.chain("tsa")), timedelta(days=stamped or 0)
        stamp = None if stamped is None else Authority(*tsa, now - days)
        return signed_data(body, [signer_info(body, fire, now - timedelta(days=16), stamp=stamp)], chain)

    return call


@pytest.fixture
def judge_ending(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> JudgeEnding:
    """Return one call that judges under a policy by which algorithms ended at instants."""

    def call(data: bytes, **until: float) -> Told:
        ends = {name.replace("_", "-"): now - timedelta(days=days) for name, days in until.items()}
        rules = replace(policy, algorithms=replace(policy.algorithms, until=ends))
        report: VerificationReport = verify(data, rules, trust, evidence, now)
        return report.indication, report.sub_indication, report.codes()

    return call


def test_signed_before_its_algorithm_ended_passes_only_with_proof(
    sign: Sign, judge_ending: JudgeEnding
) -> None:
    assert judge_ending(sign(stamped=15), ECDSA_SHA256=12) == _PASSED
    for stamped in (None, 11.5, 12):  # at the end it has ended
        assert judge_ending(sign(stamped), ECDSA_SHA256=12) == _ENDED


def test_an_end_to_come_decides_nothing_yet(sign: Sign, judge_ending: JudgeEnding) -> None:
    assert judge_ending(sign(), ECDSA_SHA256=-1 / 86400) == _PASSED
    assert judge_ending(sign(), ECDSA_SHA256=0) == _ENDED


def test_a_digest_takes_the_signatures_with_it_that_are_made_of_it(
    sign: Sign, judge_ending: JudgeEnding
) -> None:
    assert judge_ending(sign(), SHA256=12) == _ENDED
    assert judge_ending(sign(), SHA384=12) == _PASSED


@pytest.mark.parametrize("rule", ["RSA_SHA256", "RSA<3073"])
def test_a_timestamp_whose_algorithm_has_ended_proves_nothing(
    rule: str, sign: Sign, judge_ending: JudgeEnding
) -> None:
    data = sign(stamped=15)
    assert judge_ending(data, ECDSA_SHA256=12, **{rule: 12}) == _UNPROVEN
    assert judge_ending(data, ECDSA_SHA256=12, **{"RSA<3072": 12}) == _PASSED


_END = datetime(2030, 12, 31, 16, tzinfo=UTC)
_LATER, _SECOND = _END + timedelta(days=3653), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("names", "rsa_bits", "at", "ended"),
    [
        (("RSA-SHA256",), (3071,), _END, ["RSA<3072"]),
        (("RSA-SHA256",), (3071,), _END - _SECOND, []),
        (("RSA-SHA256",), (3072,), _END, []),
        (("RSA-SHA256",), (4096, 2048), _END, ["RSA<3072"]),
        (("RSA-SHA256",), (), _END, []),
        (("SM2-SM3", "SM3"), (), _LATER, ["SM3"]),
        (("SM2-SM3",), (), _LATER, ["SM3"]),
        (("SM2-SM3",), (), _END, []),
        (("ECDSA-SHA256",), (2048,), _LATER, ["RSA<3072"]),
    ],
)
def test_what_has_ended(
    names: tuple[str, ...], rsa_bits: tuple[int, ...], at: datetime, ended: list[str]
) -> None:
    until = {"SM3": _LATER, "RSA<3072": _END}
    allowed = AlgorithmPolicy(frozenset(), frozenset(), 2048, until)
    assert allowed.ended(names, rsa_bits, at) == ended
