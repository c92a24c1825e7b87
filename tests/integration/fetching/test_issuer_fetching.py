"""Fetching certificates of issuers that nobody brought: when, from where, and what they are good for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import x509

from license_service.adapters.pinned_http import PinnedHttp
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.clock import FixedClock
from license_service.demo import people
from license_service.demo.certificates import Extension, Identity, Life, Subject, issue, issue_crl
from license_service.demo.containers import sign_jws
from license_service.demo.issuer import samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.ofd import sign_ofd
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing
from license_service.services.verifying.archive import InputKeeper
from license_service.services.verifying.fetching import Fetching
from license_service.services.verifying.verifications import Verifier
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import VerificationReport
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore
from license_service.verification.verifier import verify

HOST = "ca.invalid"
_ROOT, _UPPER, _LOWER = "root", "upper", "lower"


def _names(*urls: str) -> dict[str, Extension | None]:
    access = [
        {"access_method": "ca_issuers", "access_location": x509.GeneralName("uniform_resource_identifier", u)}
        for u in urls
    ]
    return {"authority_information_access": Extension(access)}


class Kept(InputKeeper):
    """Keep the evidence of the last verdict."""

    def __init__(self) -> None:
        self.evidence = Evidence()

    def keep(self, *inputs: Any) -> None:
        self.evidence = inputs[3]


@dataclass
class World:
    """A root and two authorities below it, each naming where its issuer's certificate is."""

    identities: dict[str, Identity]
    now: datetime
    policy: VerificationPolicy
    server: Any

    def signer(self, *urls: str, issuer: str = _LOWER) -> Identity:
        office, life = people.PUBLIC_SECURITY, Life.around(self.now)
        subject = Subject("identity", f"{office.id}{office.name}")
        parent = self.identities[issuer]
        return issue(subject, generate_key(KeyFamily.EC), parent, life, changes=_names(*urls))

    def license(self, signer: Identity, *, altered: bool = False) -> bytes:
        details = next(s.details for s in samples(self.now) if s.signer == "identity-signer")
        text = sign_jws(details.fields(), signer, (signer.certificate,), self.now - timedelta(hours=1))
        return text[:-8] + (b"AAAAAAAA" if altered else text[-8:])

    @property
    def trust(self) -> TrustStore:
        life = (self.now - timedelta(days=30), self.now + timedelta(days=30))
        root = self.identities[_ROOT].certificate
        row = ("root", root, frozenset(AnchorPurpose), ("*",), ("*",), ("*",), *life, "this test")
        return TrustStore((TrustAnchor(*row),))

    @property
    def evidence(self) -> Evidence:
        return Evidence(tuple(issue_crl(identity, [], self.now) for identity in self.identities.values()))

    def judge(
        self, document: bytes, hosts: Sequence[str] | None = None
    ) -> tuple[VerificationReport, Evidence]:
        """Judge with a fetcher that may ask the server; return the verdict and what it rests on."""
        kept, evidence, fetching = Kept(), self.evidence, self.fetching(hosts)
        verifier = Verifier(self.policy, lambda: self.trust, lambda: evidence, kept, fetching)
        return verifier(document, self.now), kept.evidence

    def fetching(self, hosts: Sequence[str] | None = None) -> Fetching:
        allowed = [f"{HOST}:{self.server.port}"] if hosts is None else hosts
        http = PinnedHttp(allowed, ["127.0.0.0/8"], lambda _host, _port: ["127.0.0.1"])
        return Fetching(HttpEvidenceFetcher(http, RevocationCache(None), FixedClock(self.now)))

    @property
    def asked(self) -> list[str]:
        return [path for _, path, _ in self.server.asked]


@pytest.fixture(scope="module")
def keys() -> Any:
    return {name: generate_key(KeyFamily.EC) for name in (_ROOT, _UPPER, _LOWER)}


@pytest.fixture
def world(keys: Any, now: datetime, policy: VerificationPolicy, server: Any) -> World:
    life = Life.around(now)
    root = issue(Subject(_ROOT, "示例机构"), keys[_ROOT], None, life, authority=True)
    upper = issue(Subject(_UPPER, "示例机构"), keys[_UPPER], root, life, authority=True)
    named = _names(server.url("/upper.cer"))
    lower = issue(Subject(_LOWER, "示例机构"), keys[_LOWER], upper, life, authority=True, changes=named)
    server.give("/upper.cer", upper.certificate)
    server.give("/lower.cer", lower.certificate)
    return World({_ROOT: root, _UPPER: upper, _LOWER: lower}, now, policy, server)


def test_a_path_is_completed_step_by_step_and_the_verdict_can_be_computed_again(world: World) -> None:
    document = world.license(world.signer(world.server.url("/lower.cer")))
    report, evidence = world.judge(document)
    assert (report.indication, report.codes()) == ("TOTAL_PASSED", ())
    assert world.asked == ["/lower.cer", "/upper.cer"]
    assert set(evidence.certificates) == {world.identities[name].certificate for name in (_LOWER, _UPPER)}
    again = verify(document, world.policy, world.trust, evidence, world.now)
    assert again.to_json() == report.to_json()


def test_what_is_fetched_is_never_an_anchor(world: World) -> None:
    signer = world.signer(world.server.url("/lower.cer"))
    world.server.give("/upper.cer", world.identities[_ROOT].certificate)  # not who signed it
    report, evidence = world.judge(world.license(signer))
    assert report.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert evidence.certificates == (world.identities[_LOWER].certificate,)


@pytest.mark.parametrize("hosts", [[], ["other.invalid"], [HOST]])
def test_no_other_host_is_asked(hosts: list[str], world: World) -> None:
    report, evidence = world.judge(world.license(world.signer(world.server.url("/lower.cer"))), hosts)
    assert report.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert (world.asked, evidence.certificates) == ([], ())


def test_nothing_is_asked_where_the_signature_does_not_hold(world: World) -> None:
    signer = world.signer(world.server.url("/lower.cer"))
    report, _ = world.judge(world.license(signer, altered=True))
    assert (report.indication, world.asked) == ("TOTAL_FAILED", [])


def test_ldap_and_what_is_no_address_lead_nowhere(world: World) -> None:
    signer = world.signer("ldap://ca.invalid/o=ca", "file:///etc/hostname", "")
    assert world.judge(world.license(signer))[0].sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert world.asked == []


@pytest.mark.parametrize("data", [b"", b"no certificate", b"\x30\x03\x02\x01\x00", bytes(70_000)])
def test_bytes_that_are_no_certificate_change_nothing(data: bytes, world: World) -> None:
    world.server.give("/lower.cer", data)
    report, evidence = world.judge(world.license(world.signer(world.server.url("/lower.cer"))))
    assert (report.sub_indication, evidence.certificates) == ("NO_CERTIFICATE_CHAIN_FOUND", ())


def test_authorities_without_end_are_followed_three_times(world: World, keys: Any) -> None:
    life, parent = Life.around(world.now), world.identities[_UPPER]
    chain = [parent]
    for number in range(5):
        named = _names(world.server.url(f"/{number}.cer"))
        child = issue(
            Subject(f"c{number}", "示例"), keys[_LOWER], chain[-1], life, authority=True, changes=named
        )
        world.server.give(f"/{number}.cer", chain[-1].certificate)
        chain.append(child)
    world.identities["last"] = chain[-1]
    world.server.give("/last.cer", chain[-1].certificate)
    report, evidence = world.judge(world.license(world.signer(world.server.url("/last.cer"), issuer="last")))
    assert world.asked == ["/last.cer", "/4.cer", "/3.cer"]
    assert (report.sub_indication, len(evidence.certificates)) == ("NO_CERTIFICATE_CHAIN_FOUND", 3)


def test_a_missing_path_of_a_host_does_not_silence_it(world: World) -> None:
    fetching = world.fetching()
    verifier = Verifier(world.policy, lambda: world.trust, lambda: world.evidence, None, fetching)
    lost = verifier(world.license(world.signer(world.server.url("/nowhere.cer"))), world.now)
    assert lost.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    good = verifier(world.license(world.signer(world.server.url("/lower.cer"))), world.now)
    assert good.indication == "TOTAL_PASSED"


def test_the_path_of_a_seals_maker_is_completed_too(
    world: World, pki: DemoPki, trust: TrustStore, evidence: Evidence
) -> None:
    life, parent = Life.around(world.now), pki["sm2-intermediate"]
    office = issue(Subject("示例制章", "示例"), generate_key(KeyFamily.SM2), parent, life, authority=True)
    named = _names(world.server.url("/office.cer"))
    maker = issue(Subject("示例制章系统", "示例"), generate_key(KeyFamily.SM2), office, life, changes=named)
    world.server.give("/office.cer", office.certificate)
    signer = pki["business-signer"]
    details = next(s.details for s in samples(world.now) if s.signer == "business-signer")
    sealing = Sealing(maker, signer, (signer.certificate,), "示例电子印章")
    document = sign_ofd(details.fields(), sealing, world.now - timedelta(hours=1))
    facts = Evidence((*evidence.crls, issue_crl(office, [], world.now)), evidence.certificates)

    def judge(fetching: Fetching) -> VerificationReport:
        verifier = Verifier(world.policy, lambda: trust, lambda: facts, None, fetching)
        return verifier(document, world.now)

    assert judge(Fetching()).codes() == ("SEAL_MAKER_UNKNOWN",)
    assert judge(world.fetching()).indication == "TOTAL_PASSED"
