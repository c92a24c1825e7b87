"""The sub-indications of ETSI EN 319 102-1: each is produced here, or it is said why it does not occur.

The same table is in docs/verification-policy.md. Whoever adds one moves its line from `_ABSENT` to
`_PRODUCED`, here and there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.demo.certificates import Identity, Life, Subject, issue, issue_crl
from license_service.demo.cms import sign_cms
from license_service.demo.containers import sign_jws
from license_service.demo.corpus.authority import change_certificate
from license_service.demo.issuer import LicenseDetails, Twin, samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.ofd import pack, sign_ofd, unpack
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import SubIndication, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "verification-policy.md"
_OFD, _JWS, _CMS = "business-license.ofd", "legal-person-id.jws", "fire-safety.cms"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _World:
    pki: DemoPki
    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    now: datetime
    samples: Path

    def sample(self, twin: Twin, file: str) -> bytes:
        return (self.samples / twin / file).read_bytes()

    def details(self, file: str) -> LicenseDetails:
        return next(sample.details for sample in samples(self.now) if sample.file == file)

    def judge(self, document: bytes, holder: str | None = None) -> VerificationReport:
        presentation = Presentation(holder=holder)
        return verify(document, self.policy, self.trust, self.evidence, self.now, presentation)

    def jws(self, at: timedelta = -_DAY, signer: Identity | None = None, *, x5c: bool = True) -> bytes:
        """Sign the ID license, by a signer whose issuer is then the genuine one."""
        chain = self.pki.chain("identity-signer")
        shown = (signer.certificate, *chain) if signer else chain
        fields = self.details(_JWS).fields()
        return sign_jws(fields, signer or self.pki["identity-signer"], shown if x5c else (), self.now + at)

    def issued(self, issuer: str, life: Life) -> Identity:
        unit = self.details(_JWS).issuer
        subject = Subject("identity", f"{unit.id}{unit.name}")
        return issue(subject, generate_key(KeyFamily.EC), self.pki[issuer], life)


def _revoked(world: _World) -> VerificationReport:
    return world.judge(world.sample(Twin.REVOKED, _JWS))


def _revoked_since(world: _World) -> VerificationReport:
    """Sign, as it says, before the certificate was revoked, which nothing proves."""
    name = "identity-signer-revoked"
    fields = world.details(_JWS).fields()
    claimed = world.now - 40 * _DAY
    return world.judge(sign_jws(fields, world.pki[name], world.pki.chain(name), claimed))


def _stamped_tomorrow(world: _World) -> VerificationReport:
    name = "fire-signer"
    fields = world.details(_CMS).fields()
    stamp = world.pki.authority("tsa", world.now + _DAY)
    return world.judge(sign_cms(fields, world.pki[name], world.pki.chain(name), world.now - _DAY, stamp))


def _for_encryption(world: _World) -> VerificationReport:
    issuer = world.pki["ec-intermediate"]

    def change(tbs: Any) -> None:
        usage = next(e for e in tbs["extensions"] if e["extn_id"].native == "key_usage")
        usage["extn_value"] = {"key_agreement"}

    signer = change_certificate(world.issued("ec-intermediate", Life.around(world.now)), issuer, change)
    return world.judge(world.jws(signer=signer))


def _by_unknown_maker(world: _World) -> VerificationReport:
    signer = world.pki["business-signer"]
    sealing = Sealing(world.pki["maker-stranger"], signer, (signer.certificate,), "示例电子印章")
    return world.judge(sign_ofd(world.details(_OFD).fields(), sealing, world.now - _DAY))


def _without_algorithms(world: _World) -> VerificationReport:
    algorithms = replace(world.policy.algorithms, signatures=frozenset())
    return replace(world, policy=replace(world.policy, algorithms=algorithms)).judge(world.jws())


def _algorithm_ended(world: _World) -> VerificationReport:
    algorithms = replace(world.policy.algorithms, until={"ECDSA-SHA256": world.now})
    return replace(world, policy=replace(world.policy, algorithms=algorithms)).judge(world.jws())


def _ended_since(world: _World) -> VerificationReport:
    signer = world.issued("ec-intermediate", Life(world.now - 20 * _DAY, world.now - 2 * _DAY))
    issuers = (world.pki["ec-root"], world.pki["ec-intermediate"])
    crls = tuple(issue_crl(issuer, [], world.now - 10 * _DAY) for issuer in issuers)
    before = replace(world, evidence=Evidence(crls, world.evidence.certificates))
    return before.judge(world.jws(-5 * _DAY, signer))


def _without_signatures(world: _World) -> VerificationReport:
    members = unpack(world.sample(Twin.GENUINE, _OFD))
    root = re.sub(rb"<ofd:Signatures>.*</ofd:Signatures>", b"", members["OFD.xml"])
    return world.judge(pack({**members, "OFD.xml": root}))


def _without_license(world: _World) -> VerificationReport:
    signer = world.pki["identity-signer"]
    return world.judge(sign_jws({}, signer, world.pki.chain("identity-signer"), world.now - _DAY))


_PRODUCED: dict[str, Callable[[_World], VerificationReport]] = {
    "FORMAT_FAILURE": lambda world: world.judge(b""),
    "HASH_FAILURE": lambda world: world.judge(world.sample(Twin.ALTERED, _OFD)),
    "SIG_CRYPTO_FAILURE": lambda world: world.judge(world.sample(Twin.ALTERED, _JWS)),
    "REVOKED": _revoked,
    "REVOKED_NO_POE": _revoked_since,
    "TIMESTAMP_ORDER_FAILURE": _stamped_tomorrow,
    "NOT_YET_VALID": lambda world: world.judge(world.jws(at=_DAY)),
    "EXPIRED": lambda world: world.judge(world.jws(at=9000 * _DAY)),
    "SIG_CONSTRAINTS_FAILURE": lambda world: world.judge(world.jws(), holder="nobody"),
    "CHAIN_CONSTRAINTS_FAILURE": _for_encryption,
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": _by_unknown_maker,
    "CRYPTO_CONSTRAINTS_FAILURE": _without_algorithms,
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": _algorithm_ended,
    "NO_SIGNING_CERTIFICATE_FOUND": lambda world: world.judge(world.jws(x5c=False)),
    "NO_CERTIFICATE_CHAIN_FOUND": lambda world: world.judge(world.sample(Twin.SELF_MADE_CA, _JWS)),
    "OUT_OF_BOUNDS_NO_POE": _ended_since,
    "TRY_LATER": lambda world: replace(world, evidence=Evidence()).judge(world.jws()),
    "SIGNED_DATA_NOT_FOUND": _without_signatures,
    "GENERIC": _without_license,
}
_ABSENT = {
    "POLICY_PROCESSING_ERROR": "a policy that cannot be processed stops start-up",
    "SIGNATURE_POLICY_NOT_AVAILABLE": "a policy named in a signature is not followed: ours decides",
    "REVOKED_CA_NO_POE": "an authority's revocation is told as its signer's",
    "OUT_OF_BOUNDS_NOT_REVOKED": "an ended certificate is OUT_OF_BOUNDS_NO_POE, revocation known or not",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": "a stale CRL is no revocation data: TRY_LATER",
    "NO_POE": "the sub-indications above say what proof is lacking for",
}


@pytest.fixture
def world(
    pki: DemoPki,
    policy: VerificationPolicy,
    trust: TrustStore,
    evidence: Evidence,
    now: datetime,
    samples_dir: Path,
) -> _World:
    return _World(pki, policy, trust, evidence, now, samples_dir)


@pytest.mark.parametrize("name", _PRODUCED)
def test_is_produced(name: str, world: _World) -> None:
    assert _PRODUCED[name](world).sub_indication == name


def test_the_benign_twin_has_none(world: _World) -> None:
    assert world.judge(world.jws()).sub_indication is None


def test_all_of_them_are_told() -> None:
    assert len(_PRODUCED) + len(_ABSENT) == len({*_PRODUCED, *_ABSENT}) == 25
    assert {name.value for name in SubIndication} <= {*_PRODUCED, *_ABSENT}
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| (produced|not produced)", _PAGE.read_text(), re.MULTILINE))
    assert told == dict.fromkeys(_PRODUCED, "produced") | dict.fromkeys(_ABSENT, "not produced")
