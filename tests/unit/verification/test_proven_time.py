"""A signature is judged at the time a timestamp proves: each pair differs in one instant or one authority.

The story: a signer's certificate ends ten days ago, or is revoked twelve days ago. What was signed sixteen
days ago and stamped a day later is good; what was stamped too late, or by nobody we know, is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import core

from license_service.demo.certificates import Identity, Life, Subject, issue, issue_crl, only_for
from license_service.demo.cms import Authority, Stamp, signed_data, signer_info
from license_service.demo.issuer import LicenseDetails, Twin, samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.ofd import pack, unpack
from license_service.demo.pki import DemoPki
from license_service.verification.evidence import Evidence
from license_service.verification.formats.ofd import seal_asn1 as ses
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import CheckName, Outcome, VerificationReport
from license_service.verification.trust import AnchorPurpose, TrustStore
from license_service.verification.verifier import verify

_DAY = timedelta(days=1)
_SIGNED_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
_OUT_OF_BOUNDS = ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
_REVOKED_NO_POE = ("INDETERMINATE", "REVOKED_NO_POE")
_REVOKED = ("TOTAL_FAILED", "REVOKED")
_PASSED = ("TOTAL_PASSED", None)


@dataclass(frozen=True)
class _World:
    """Sign, stamp and judge around `now`."""

    pki: DemoPki
    now: datetime
    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    details: LicenseDetails

    def ago(self, days: float) -> datetime:
        return self.now - days * _DAY

    def signer(self, *, ended: float) -> Identity:
        """Return a signer under the intermediate whose certificate ended days ago."""
        issuer = self.details.issuer
        subject = Subject("fire-safety", f"{issuer.id}{issuer.name}")
        life = Life(self.ago(300), self.ago(ended))
        return issue(subject, generate_key(KeyFamily.EC), self.pki["ec-intermediate"], life)

    def sign(
        self,
        signer: Identity,
        *,
        signed: float | None = 16,
        stamp: Stamp | None = None,
        content: Stamp | None = None,
    ) -> bytes:
        """Sign the fire-safety license, days ago; `signed` None claims no time."""
        body = json.dumps(self.details.fields()).encode()
        at = None if signed is None else self.ago(signed)
        info = signer_info(body, signer, at, stamp=stamp, content_stamp=content)
        return signed_data(body, [info], (signer.certificate, self.pki["ec-intermediate"].certificate))

    def stamp(self, days: float, name: str = "tsa") -> Authority:
        """Return an authority of the demonstration whose clock says days ago."""
        return Authority(self.pki[name], self.pki.chain(name), self.ago(days))

    def crls(self, moment: datetime, revoked: Sequence[tuple[bytes, datetime]] = ()) -> tuple[bytes, ...]:
        """Return the CRLs of the signer's branch as of `moment`, good for 30 days."""
        names = {"ec-root": (), "ec-intermediate": revoked}
        return tuple(issue_crl(self.pki[name], entries, moment, 30) for name, entries in names.items())

    def judge(
        self, data: bytes, crls: tuple[bytes, ...] = (), at: datetime | None = None, **changes: object
    ) -> VerificationReport:
        """Judge with the evidence of today and `crls`."""
        evidence = replace(self.evidence, crls=(*self.evidence.crls, *crls))
        world = {"policy": self.policy, "trust": self.trust, "evidence": evidence, **changes}
        return verify(data, validation_time=at or self.now, **world)  # type: ignore[arg-type] # by name


@pytest.fixture
def world(
    pki: DemoPki, now: datetime, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence
) -> _World:
    details = next(s.details for s in samples(now) if s.signer == "fire-signer")
    return _World(pki, now, policy, trust, evidence, details)


def _verdict(report: VerificationReport) -> tuple[str, str | None]:
    return report.indication, report.sub_indication


def _outcome(report: VerificationReport, name: CheckName = CheckName.TIMESTAMP) -> tuple[str, str]:
    check = report.signatures[0].check(name)
    assert check is not None
    return check.outcome, check.code


@pytest.fixture
def expired(world: _World) -> Identity:
    return world.signer(ended=10)


@pytest.fixture
def then(world: _World) -> tuple[bytes, ...]:
    """Return CRLs from the life of the expired certificate."""
    return world.crls(world.ago(15))


def test_signed_while_valid_and_expired_since_passes_only_with_proof(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    assert _verdict(world.judge(world.sign(expired, stamp=world.stamp(15)), then)) == _PASSED
    assert _verdict(world.judge(world.sign(expired), then)) == _OUT_OF_BOUNDS


def test_a_stamp_after_the_end_proves_nothing(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    report = world.judge(world.sign(expired, stamp=world.stamp(9)), then)
    assert _verdict(report) == _OUT_OF_BOUNDS
    assert _outcome(report) == ("passed", "OK")


def test_an_accuracy_that_reaches_beyond_the_end_proves_nothing(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    end = expired.asn1.not_valid_after
    for before, verdict in ((1, _PASSED), (0, _OUT_OF_BOUNDS)):  # the accuracy is one second
        stamp = replace(world.stamp(0), at=end - timedelta(seconds=before))
        assert _verdict(world.judge(world.sign(expired, stamp=stamp), then)) == verdict


def test_a_stamp_over_the_content_says_nothing_of_the_signature(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    report = world.judge(world.sign(expired, content=world.stamp(17)), then)
    assert _outcome(report) == ("passed", "OK")
    assert _verdict(report) == _OUT_OF_BOUNDS


def test_content_stamped_after_the_end_was_signed_after_it(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    report = world.judge(world.sign(expired, signed=None, content=world.stamp(9)), then)
    assert _verdict(report) == ("TOTAL_FAILED", "EXPIRED")


def test_revocation_data_of_its_life_is_needed(world: _World, expired: Identity) -> None:
    # A CRL made after the end need not list it any more.
    report = world.judge(world.sign(expired, stamp=world.stamp(15)))
    assert _outcome(report, CheckName.REVOCATION) == ("undetermined", "REVOCATION_UNKNOWN")
    assert _verdict(report) == ("INDETERMINATE", "TRY_LATER")


@pytest.mark.parametrize("made", [14, 15.5], ids=["after the stamp", "before the stamp"])
def test_a_crl_of_its_life_may_be_outdated_by_now(made: float, world: _World, expired: Identity) -> None:
    names = ("ec-root", "ec-intermediate")
    short = tuple(issue_crl(world.pki[name], (), world.ago(made), 1) for name in names)
    assert _verdict(world.judge(world.sign(expired, stamp=world.stamp(15)), short)) == _PASSED
    assert world.judge(world.sign(expired), short).indication == "INDETERMINATE"


def test_a_proof_reaches_to_an_anchor_that_has_had_its_day(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    ended = [replace(a, valid_until=world.ago(12)) if a.name == "ec-root" else a for a in world.trust.anchors]
    store = TrustStore(tuple(ended))
    stamped, plain = world.sign(expired, stamp=world.stamp(15)), world.sign(expired)
    assert _verdict(world.judge(stamped, then, trust=store)) == _PASSED
    assert world.judge(plain, then, trust=store).sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


@pytest.fixture
def revoked(world: _World) -> Identity:
    return world.signer(ended=-100)


@pytest.fixture
def today(world: _World, revoked: Identity) -> tuple[bytes, ...]:
    """Return today's CRLs: revoked twelve days ago."""
    return world.crls(world.now, [(revoked.certificate, world.ago(12))])


@pytest.mark.parametrize(
    ("signed", "stamped", "verdict"),
    [
        (16, 15, _PASSED),
        (16, 11, _REVOKED),
        (11, 10, _REVOKED),
        (None, 15, _PASSED),
        (16, None, _REVOKED_NO_POE),
        (11, None, _REVOKED),
        (None, None, _REVOKED),
    ],
)
def test_revoked(
    signed: float | None,
    stamped: float | None,
    verdict: tuple[str, str | None],
    world: _World,
    revoked: Identity,
    today: tuple[bytes, ...],
) -> None:
    only = Evidence((*today, world.pki.crls["rsa-root"]), world.evidence.certificates)
    stamp = None if stamped is None else world.stamp(stamped)
    data = world.sign(revoked, signed=signed, stamp=stamp)
    assert _verdict(world.judge(data, evidence=only)) == verdict


def test_content_stamped_after_the_revocation_was_signed_after_it(
    world: _World, revoked: Identity, today: tuple[bytes, ...]
) -> None:
    only = Evidence((*today, world.pki.crls["rsa-root"]), world.evidence.certificates)
    data = {days: world.sign(revoked, content=world.stamp(days)) for days in (17, 11)}
    assert _verdict(world.judge(data[17], evidence=only)) == _REVOKED_NO_POE
    assert _verdict(world.judge(data[11], evidence=only)) == _REVOKED


def test_everything_is_judged_as_of_the_callers_time(
    world: _World, revoked: Identity, today: tuple[bytes, ...]
) -> None:
    data = world.sign(revoked)
    lists = (*world.crls(world.ago(14)), *today)
    facts = replace(world.evidence, crls=(*lists, world.pki.crls["rsa-root"]))
    assert _verdict(world.judge(data, evidence=facts, at=world.ago(13))) == _PASSED
    assert _verdict(world.judge(data, evidence=facts)) == _REVOKED_NO_POE
    assert _verdict(world.judge(data, evidence=facts, at=world.ago(17)))[0] == "TOTAL_FAILED"


def test_an_authority_nobody_knows_is_not_relied_on(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    life, subject = Life.around(world.now), Subject("示例时间戳", "示例")
    stranger = issue(subject, generate_key(KeyFamily.EC), None, life, changes=only_for("time_stamping"))
    stamp = Authority(stranger, (stranger.certificate,), world.ago(15))
    report = world.judge(world.sign(expired, stamp=stamp), then)
    assert _outcome(report) == ("undetermined", "TIMESTAMP_AUTHORITY_UNKNOWN")
    assert _verdict(report) == _OUT_OF_BOUNDS
    # A signature that needs no proof is none the worse for it.
    alive = world.judge(world.sign(world.signer(ended=-100), stamp=stamp))
    assert _verdict(alive) == _PASSED
    assert alive.codes() == ("TIMESTAMP_AUTHORITY_UNKNOWN",)


def test_an_anchor_that_is_not_for_timestamps_vouches_for_none(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    anchors = [replace(a, purposes=frozenset({AnchorPurpose.LICENSE})) for a in world.trust.anchors]
    report = world.judge(world.sign(expired, stamp=world.stamp(15)), then, trust=TrustStore(tuple(anchors)))
    assert _outcome(report) == ("undetermined", "TIMESTAMP_AUTHORITY_UNKNOWN")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (16, ("failed", "TIMESTAMP_AUTHORITY_REVOKED")),
        (14, ("undetermined", "TIMESTAMP_AUTHORITY_REVOKED_SINCE")),
    ],
)
def test_a_revoked_authority_proves_nothing(
    when: float, expected: tuple[str, str], world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    listed = issue_crl(world.pki["rsa-root"], [(world.pki["tsa"].certificate, world.ago(when))], world.now)
    facts = Evidence((*then, listed), world.evidence.certificates)
    report = world.judge(world.sign(expired, stamp=world.stamp(15)), evidence=facts)
    assert _outcome(report) == expected
    assert report.indication != "TOTAL_PASSED"


def test_an_authority_of_unknown_revocation_proves_nothing(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    facts = Evidence(then, world.evidence.certificates)
    report = world.judge(world.sign(expired, stamp=world.stamp(15)), evidence=facts)
    assert _outcome(report) == ("undetermined", "TIMESTAMP_REVOCATION_UNKNOWN")
    assert _verdict(report) == _OUT_OF_BOUNDS


def test_an_authority_stamps_only_while_it_lives(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    begin = world.pki["tsa"].asn1.not_valid_before
    early = replace(world.stamp(0), at=begin - timedelta(seconds=1))
    report = world.judge(world.sign(expired, stamp=early), then)
    assert _outcome(report) == ("failed", "TIMESTAMP_OUTSIDE_AUTHORITY_VALIDITY")


def test_algorithms_the_policy_leaves_out_prove_nothing(
    world: _World, expired: Identity, then: tuple[bytes, ...]
) -> None:
    allowed = world.policy.algorithms
    weaker = replace(allowed, signatures=allowed.signatures - {"RSA-SHA256"})
    longer = replace(allowed, min_rsa_bits=4096)
    for algorithms in (weaker, longer):
        policy = replace(world.policy, algorithms=algorithms)
        report = world.judge(world.sign(expired, stamp=world.stamp(15)), then, policy=policy)
        assert _outcome(report) == ("undetermined", "TIMESTAMP_ALGORITHM_REFUSED")
        assert _verdict(report) == _OUT_OF_BOUNDS


def test_a_token_over_another_signature_fails_even_where_no_proof_is_needed(world: _World) -> None:
    stamp, signer = world.stamp(1), world.signer(ended=-100)
    good = world.sign(signer, signed=2, stamp=stamp)
    bad = world.sign(signer, signed=2, stamp=lambda signature: stamp(signature + b"\x00"))
    assert _verdict(world.judge(good)) == _PASSED
    assert _verdict(world.judge(bad)) == ("TOTAL_FAILED", "SIG_CONSTRAINTS_FAILURE")
    assert world.judge(bad).codes() == ("TIMESTAMP_IMPRINT_MISMATCH",)


def test_bytes_that_are_no_token_fail(world: _World) -> None:
    signer = world.signer(ended=-100)
    report = world.judge(world.sign(signer, stamp=lambda _: world.sign(signer)))
    assert report.codes() == ("TIMESTAMP_MALFORMED",)
    assert report.indication == "TOTAL_FAILED"


@pytest.mark.parametrize(
    ("later", "verdict"), [(301, _PASSED), (302, ("TOTAL_FAILED", "TIMESTAMP_ORDER_FAILURE"))]
)
def test_a_signature_does_not_claim_to_be_younger_than_its_stamp(
    later: int, verdict: tuple[str, str | None], world: _World
) -> None:
    # Tolerance 300 s, accuracy 1 s.
    assert world.policy.signing_time_tolerance == timedelta(seconds=300)
    stamp = replace(world.stamp(0), at=world.ago(2) - timedelta(seconds=later))
    report = world.judge(world.sign(world.signer(ended=-100), signed=2, stamp=stamp))
    assert _verdict(report) == verdict
    assert report.codes() == (() if verdict == _PASSED else ("SIGNING_TIME_AFTER_TIMESTAMP",))


def test_a_stamp_from_the_future_fails(world: _World) -> None:
    data = world.sign(world.signer(ended=-100), signed=2, stamp=world.stamp(1))
    assert _verdict(world.judge(data)) == _PASSED
    early = world.judge(data, world.crls(world.ago(2)), at=world.ago(1.5))
    assert _outcome(early) == ("failed", "TIMESTAMP_IN_FUTURE")
    assert _verdict(early) == ("TOTAL_FAILED", "TIMESTAMP_ORDER_FAILURE")


def test_content_cannot_be_stamped_after_its_signature(world: _World) -> None:
    signer = world.signer(ended=-100)
    for content, signature, codes in ((2, 1, ()), (1, 2, ("TIMESTAMPS_OUT_OF_ORDER",))):
        data = world.sign(signer, signed=2, stamp=world.stamp(signature), content=world.stamp(content))
        assert world.judge(data).codes() == codes


def test_the_report_says_what_the_stamp_said(world: _World, now: datetime) -> None:
    report = world.judge(world.sign(world.signer(ended=-100), signed=2, stamp=world.stamp(1)))
    check = report.signatures[0].check(CheckName.TIMESTAMP)
    assert check is not None
    (stated,) = check.detail["timestamps"]
    assert stated["gen_time"] == (now - _DAY).isoformat().replace("+00:00", "Z")
    assert stated["authority"] == "CN=示例时间戳,O=示例电子认证服务机构,C=CN"
    assert (stated["subject"], stated["digest_algorithm"]) == ("signature", "SHA256")
    assert check.detail["proven_at"] == (now - _DAY + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")


def test_sm2_stamps_prove_as_much_on_cms(world: _World, expired: Identity, then: tuple[bytes, ...]) -> None:
    report = world.judge(world.sign(expired, stamp=world.stamp(15, "tsa-sm2")), then)
    assert _verdict(report) == _PASSED
    check = report.signatures[0].check(CheckName.TIMESTAMP)
    assert check is not None
    assert check.detail["timestamps"][0]["digest_algorithm"] == "SM3"


def test_sm2_stamps_on_a_sealed_ofd(world: _World, samples_dir: Path) -> None:
    members = unpack((samples_dir / Twin.GENUINE / "business-license.ofd").read_bytes())

    def stamped(over: Callable[[bytes], bytes]) -> VerificationReport:
        signature = ses.SignatureV4.load(members[_SIGNED_VALUE])
        value = signature["signature"].cast(core.OctetBitString).native
        token = world.stamp(0.5, "tsa-sm2")(over(value))
        signature["timestamp"] = core.OctetBitString(token).cast(core.BitString)
        return world.judge(pack({**members, _SIGNED_VALUE: signature.dump()}))

    good, bad = stamped(lambda value: value), stamped(lambda value: value[::-1])
    assert _verdict(good) == _PASSED
    assert _outcome(good) == (Outcome.PASSED, "OK")
    assert bad.codes() == ("TIMESTAMP_IMPRINT_MISMATCH",)
    assert bad.indication == "TOTAL_FAILED"
