"""A seal is judged at the best proven time, as its signer's certificate is: each pair differs in one instant.

The license is sealed, as it says, a day ago.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from license_service.demo.certificates import Life
from license_service.demo.cms import Authority
from license_service.demo.ofd import sign_members
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing, SealVersion
from license_service.verification.report import CheckName, VerificationReport

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_PASSED = ("TOTAL_PASSED", None, ())
_UNPROVEN = ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE", ("SEAL_EXPIRED_SINCE",))
_EXPIRED = ("TOTAL_FAILED", "SIG_CONSTRAINTS_FAILURE", ("SEAL_EXPIRED",))
_NOT_YET = ("TOTAL_FAILED", "SIG_CONSTRAINTS_FAILURE", ("SEAL_NOT_YET_VALID",))

Told = tuple[str, str | None, tuple[str, ...]]
Sealed = Callable[..., Told]


@pytest.fixture
def sealed(
    members: dict[str, bytes],
    sealing: Sealing,
    at: datetime,
    now: datetime,
    pki: DemoPki,
    judge_members: Callable[..., VerificationReport],
) -> Sealed:
    """Return one call that seals with a life, given around now, stamps days ago, and judges."""

    def stamp(days: float) -> Authority:
        return Authority(pki["tsa-sm2"], pki.chain("tsa-sm2"), now - days * _DAY)

    def call(
        start: timedelta,
        end: timedelta,
        stamped: float | None = None,
        seal_stamped: float | None = None,
        **changes: Any,
    ) -> Told:
        changed = replace(
            sealing,
            life=Life(now + start, now + end),
            stamp_signature=None if stamped is None else stamp(stamped),
            stamp_seal=None if seal_stamped is None else stamp(seal_stamped),
            **changes,
        )
        report = judge_members(sign_members(members, changed, at))
        return report.indication, report.sub_indication, report.codes()

    return call


@pytest.mark.parametrize("version", SealVersion)
def test_a_seal_that_has_ended_since_is_unproven(version: SealVersion, sealed: Sealed) -> None:
    assert sealed(-9 * _DAY, timedelta(0), version=version) == _PASSED
    assert sealed(-9 * _DAY, -_SECOND, version=version) == _UNPROVEN


@pytest.mark.parametrize("version", [SealVersion.V4, SealVersion.V5])
def test_a_stamp_from_its_life_proves_it(version: SealVersion, sealed: Sealed) -> None:
    assert sealed(-9 * _DAY, -_DAY / 2, stamped=0.75, version=version) == _PASSED
    assert sealed(-9 * _DAY, -_DAY / 2, stamped=0.25, version=version) == _UNPROVEN


@pytest.mark.parametrize("stamped", [None, 0.75])
def test_a_claim_outside_its_life_fails_proven_or_not(stamped: float | None, sealed: Sealed) -> None:
    assert sealed(-_DAY, 9 * _DAY, stamped=stamped) == _PASSED
    assert sealed(-_DAY + _SECOND, 9 * _DAY, stamped=stamped) == _NOT_YET
    assert sealed(-9 * _DAY, -_DAY - _SECOND, stamped=stamped) == _EXPIRED


def test_a_signature_proven_older_than_the_seal_fails(sealed: Sealed) -> None:
    # Within the tolerance of clocks a stamp may be older than the claim; the seal still had not begun.
    stamped = 1 + timedelta(seconds=60) / _DAY
    assert sealed(-_DAY - timedelta(seconds=90), 9 * _DAY, stamped=stamped) == _PASSED
    assert sealed(-_DAY - timedelta(seconds=30), 9 * _DAY, stamped=stamped) == _NOT_YET


def test_a_seal_stamped_after_its_end_was_used_after_it(sealed: Sealed) -> None:
    assert sealed(-9 * _DAY, -_DAY / 2, 0.75, seal_stamped=2, version=SealVersion.V5) == _PASSED
    *_, codes = sealed(-9 * _DAY, -_DAY / 2, seal_stamped=0.25, version=SealVersion.V5)
    assert codes == ("SEAL_EXPIRED",)


def test_a_caller_may_ask_about_the_seals_life(
    members: dict[str, bytes],
    sealing: Sealing,
    at: datetime,
    now: datetime,
    judge_members: Callable[..., VerificationReport],
) -> None:
    signed = sign_members(members, replace(sealing, life=Life(now - 9 * _DAY, now - _DAY / 2)), at)
    then, today = (judge_members(signed, moment=moment) for moment in (now - 0.75 * _DAY, now))
    for report, code in ((then, "OK"), (today, "SEAL_EXPIRED_SINCE")):
        check = report.signatures[0].check(CheckName.SEAL_VALIDITY)
        assert check is not None
        assert check.code == code
