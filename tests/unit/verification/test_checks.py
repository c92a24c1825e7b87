"""Pairs for the checks that know of licenses and time: one mutation apart, one passes and one does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from license_service.clock import SHANGHAI
from license_service.demo import people
from license_service.demo.certificates import Life, Subject, issue, issue_crl
from license_service.demo.containers import sign_jws
from license_service.demo.issuer import LicenseDetails, samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import CheckName, Indication, Outcome, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

Judge = Callable[..., VerificationReport]
Sign = Callable[..., bytes]

_SIGNER = "identity-signer"
_NO_LICENSE = frozenset({"ZZBS", "ZZBH"})


@pytest.fixture
def details(now: datetime) -> LicenseDetails:
    return next(s.details for s in samples(now) if s.signer == _SIGNER)


@pytest.fixture
def sign(pki: DemoPki, details: LicenseDetails, now: datetime) -> Sign:
    def call(at: datetime | None = None, signer: str = _SIGNER, **changes: Any) -> bytes:
        merged: dict[str, Any] = {**details.fields(), **changes}
        fields = {name: value for name, value in merged.items() if value is not None}
        return sign_jws(fields, pki[signer], pki.chain(signer), at or now - timedelta(hours=1))

    return call


def _outcome(report: VerificationReport, name: CheckName) -> tuple[Outcome, str]:
    check = report.signatures[0].check(name)
    assert check is not None
    return check.outcome, check.code


def _binding(report: VerificationReport) -> tuple[str, str]:
    outcome, code = _outcome(report, CheckName.LICENSE_BINDING)
    return outcome.value, code


def _shanghai(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)


def test_a_license_is_in_force_through_its_last_day_in_shanghai(
    sign: Sign, judge: Judge, now: datetime
) -> None:
    last = now.astimezone(SHANGHAI).date() + timedelta(days=10)
    data = sign(ZZYXQJZRQ=last.isoformat())
    end = _shanghai(last, 23, 59, 59)
    assert _binding(judge(data, at=_shanghai(last))) == ("passed", "OK")
    assert _binding(judge(data, at=end)) == ("passed", "OK")
    assert _binding(judge(data, at=end + timedelta(seconds=1))) == ("failed", "LICENSE_EXPIRED")
    # The same instants said in UTC, where the day turns eight hours later.
    assert _binding(judge(data, at=end.astimezone(UTC))) == ("passed", "OK")
    assert _binding(judge(data, at=datetime(last.year, last.month, last.day, 16, tzinfo=UTC))) == (
        "failed",
        "LICENSE_EXPIRED",
    )


def test_a_license_is_in_force_from_its_first_day_in_shanghai(
    sign: Sign, judge: Judge, now: datetime
) -> None:
    first = now.astimezone(SHANGHAI).date() + timedelta(days=10)
    data, start = sign(ZZYXQQSRQ=first.isoformat()), _shanghai(first)
    assert _binding(judge(data, at=start - timedelta(seconds=1))) == ("failed", "LICENSE_NOT_YET_VALID")
    assert _binding(judge(data, at=start)) == ("passed", "OK")
    assert _binding(judge(data, at=start.astimezone(UTC))) == ("passed", "OK")


@pytest.mark.parametrize("end", ["长期", "", None, "99991231", "9999-12-31"])
def test_a_license_without_an_end_is_in_force(end: str | None, sign: Sign, judge: Judge) -> None:
    report = judge(sign(ZZYXQJZRQ=end))
    assert _binding(report) == ("passed", "OK")
    assert report.license is not None
    assert report.license.valid_until is None


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%Y%m%d", "%Y年%m月%d日"])
def test_a_last_day_may_be_written_in_three_ways(
    written: str, sign: Sign, judge: Judge, now: datetime
) -> None:
    last = now.astimezone(SHANGHAI).date() + timedelta(days=3)
    report = judge(sign(ZZYXQJZRQ=last.strftime(written)))
    assert report.license is not None
    assert report.license.valid_until == last


@pytest.mark.parametrize("text", ["soon", "2026-02-30", "20261", "长期有效吗", "2026年2月30日"])
@pytest.mark.parametrize("name", ["ZZYXQQSRQ", "ZZYXQJZRQ"])
def test_an_unreadable_date_is_undetermined(text: str, name: str, sign: Sign, judge: Judge) -> None:
    report = judge(sign(**{name: text}))
    assert report.indication is Indication.INDETERMINATE
    assert _binding(report) == ("undetermined", "LICENSE_DATE_UNREADABLE")


def test_the_holder_is_compared_by_id(sign: Sign, judge: Judge, details: LicenseDetails) -> None:
    data, holder = sign(), details.holder.id
    assert _binding(judge(data)) == ("passed", "OK")
    assert _binding(judge(data, holder)) == ("passed", "OK")
    assert _binding(judge(data, holder.lower())) == ("passed", "OK")
    for other in (
        people.OTHER_PERSON.id,
        holder[:-1],
        holder + "0",
        f" {holder}",
        "",
        details.holder.name,
        "*",
    ):
        assert _binding(judge(data, other)) == ("failed", "HOLDER_MISMATCH")


def test_an_empty_holder_is_nobody(sign: Sign, judge: Judge) -> None:
    assert _binding(judge(sign(CZZTDM=""), "")) == ("failed", "HOLDER_MISMATCH")
    assert _binding(judge(sign(CZZTDM=None), "")) == ("failed", "HOLDER_MISMATCH")


def test_any_of_several_holders_may_present_it(sign: Sign, judge: Judge) -> None:
    both = [people.LEGAL_PERSON, people.OTHER_PERSON]
    data = sign(CZZT=[party.name for party in both], CZZTDM=[party.id for party in both])
    assert [_binding(judge(data, party.id)) for party in both] == [("passed", "OK")] * 2
    assert _binding(judge(data, people.COMPANY.id)) == ("failed", "HOLDER_MISMATCH")


def test_the_signer_must_be_the_issuer(sign: Sign, judge: Judge) -> None:
    other = sign(ZZBFJGDM=people.FIRE_BRIGADE.id)
    assert _binding(judge(other)) == ("failed", "SIGNER_NOT_ISSUER")
    assert _binding(judge(sign(signer="fire-signer"))) == ("failed", "SIGNER_NOT_ISSUER")
    assert _binding(judge(sign(signer="fire-signer", ZZBFJGDM=people.FIRE_BRIGADE.id))) == ("passed", "OK")


@pytest.mark.parametrize("prefix", ["1", "11", "11999900DEM00000"])
def test_a_part_of_the_issuers_code_is_not_the_issuer(
    prefix: str,
    sign: Sign,
    trust: TrustStore,
    policy: VerificationPolicy,
    evidence: Evidence,
    now: datetime,
) -> None:
    anyone = TrustStore(tuple(replace(a, issuers=("*",), regions=("*",)) for a in trust.anchors))
    report = verify(sign(ZZBFJGDM=prefix), policy, anyone, evidence, now)
    assert _binding(report) == ("failed", "SIGNER_NOT_ISSUER")


def test_an_issuer_the_anchor_does_not_vouch_for_is_refused(sign: Sign, judge: Judge) -> None:
    assert _binding(judge(sign(ZZLXDM="22200000000013338W001"))) == ("failed", "ISSUER_NOT_VOUCHED")
    assert _binding(judge(sign(ZZBFJGDM=people.COMPANY.id))) == ("failed", "ISSUER_NOT_VOUCHED")
    assert judge(sign(ZZBFJGDM="")).indication is not Indication.TOTAL_PASSED


def test_no_license_number_is_no_license(sign: Sign, judge: Judge) -> None:
    report = judge(sign(**dict.fromkeys(_NO_LICENSE)))
    assert report.license is None
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "GENERIC")
    assert _binding(report) == ("undetermined", "LICENSE_METADATA_MISSING")


def test_a_claimed_time_must_lie_in_the_certificates_life(sign: Sign, judge: Judge, now: datetime) -> None:
    inside, outside = judge(sign(at=now - timedelta(days=364))), judge(sign(at=now - timedelta(days=366)))
    assert inside.indication is Indication.TOTAL_PASSED
    assert (outside.indication, outside.sub_indication) == ("TOTAL_FAILED", "EXPIRED")
    assert outside.codes() == ("CERTIFICATE_NOT_VALID_AT_SIGNING",)


@dataclass(frozen=True)
class _Short:
    """A file of a signer whose certificate ends soon, with the CRLs of the day it ends."""

    file: bytes
    end: datetime
    good: bytes
    revoked: bytes


@pytest.fixture
def short(pki: DemoPki, now: datetime, details: LicenseDetails) -> _Short:
    subject = Subject("identity", f"{details.issuer.id}{details.issuer.name}")
    issuer, end = pki["ec-intermediate"], now + timedelta(days=30)
    signer = issue(subject, generate_key(KeyFamily.EC), issuer, Life.around(now, 30))
    file = sign_jws(details.fields(), signer, (signer.certificate, issuer.certificate), now)
    revoked = issue_crl(issuer, [(signer.certificate, now + timedelta(days=1))], end)
    return _Short(file, end, issue_crl(issuer, [], end), revoked)


def test_a_certificate_that_has_ended_since_is_undetermined(
    short: _Short, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence
) -> None:
    facts = replace(evidence, crls=(*evidence.crls, short.good))
    assert verify(short.file, policy, trust, facts, short.end).indication is Indication.TOTAL_PASSED
    ended = verify(short.file, policy, trust, facts, short.end + timedelta(seconds=1))
    assert _outcome(ended, CheckName.CERTIFICATE_VALIDITY) == (Outcome.UNDETERMINED, "CERTIFICATE_EXPIRED")
    assert (ended.indication, ended.sub_indication) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")


@pytest.mark.parametrize("later", [0, 1])
def test_a_certificate_revoked_after_the_claimed_time_stays_so_when_it_ends(
    later: int, short: _Short, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence
) -> None:
    facts = replace(evidence, crls=(*evidence.crls, short.revoked))
    report = verify(short.file, policy, trust, facts, short.end + timedelta(seconds=later))
    assert _outcome(report, CheckName.REVOCATION) == (Outcome.UNDETERMINED, "CERTIFICATE_REVOKED_SINCE")
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "REVOKED_NO_POE")


def test_an_outdated_crl_is_unknown_and_not_good(sign: Sign, judge: Judge, now: datetime) -> None:
    late = judge(sign(), at=now + timedelta(days=400))
    assert _outcome(late, CheckName.REVOCATION) == (Outcome.UNDETERMINED, "REVOCATION_UNKNOWN")
    assert late.indication is Indication.INDETERMINATE


@pytest.mark.parametrize("left", ["ec-root", "ec-intermediate"])
def test_a_crl_missing_anywhere_on_the_path_is_unknown(
    left: str, sign: Sign, pki: DemoPki, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence,
    now: datetime,
) -> None:  # fmt: skip
    facts = replace(evidence, crls=tuple(crl for name, crl in pki.crls.items() if name != left))
    report = verify(sign(), policy, trust, facts, now)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "TRY_LATER")


def test_a_crl_signed_by_another_is_unknown(
    sign: Sign, pki: DemoPki, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> None:
    forged = pki.crls["ec-intermediate"][:-4] + bytes(4)
    others = tuple(crl for name, crl in pki.crls.items() if name != "ec-intermediate")
    report = verify(sign(), policy, trust, replace(evidence, crls=(*others, forged)), now)
    assert report.indication is Indication.INDETERMINATE


def test_an_algorithm_the_policy_leaves_out_is_refused(
    sign: Sign, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> None:
    algorithms = replace(policy.algorithms, signatures=policy.algorithms.signatures - {"ECDSA-SHA256"})
    report = verify(sign(), replace(policy, algorithms=algorithms), trust, evidence, now)
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "CRYPTO_CONSTRAINTS_FAILURE")
    assert report.codes() == ("ALGORITHM_REFUSED",)


def test_the_same_instant_in_another_zone_gives_the_same_report(
    sign: Sign, judge: Judge, now: datetime
) -> None:
    data = sign()
    here, there = judge(data, at=now), judge(data, at=now.astimezone(SHANGHAI))
    assert json.dumps(here.to_json()) == json.dumps(there.to_json())
