"""Fetching revocation data from a server of this process: what is fetched, when, and what never is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp, x509

from license_service.adapters.pinned_http import PinnedHttp
from license_service.adapters.register_file import FileRegister
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.clock import FixedClock, format_instant
from license_service.demo import people, responder
from license_service.demo.certificates import (
    Extension,
    Identity,
    Life,
    Subject,
    issue,
    revoked_entry,
    sign_crl,
)
from license_service.demo.containers import sign_jws
from license_service.demo.issuer import samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.services.verifying.fetching import Fetching
from license_service.services.verifying.verifications import Verifier
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy, parse_policy
from license_service.verification.report import CheckName, VerificationReport
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore
from license_service.verification.verifier import verify

HOST = "ca.invalid"
LOOPBACK = ["127.0.0.0/8"]


@dataclass(frozen=True)
class World:
    """A root, a signer whose certificate names where to ask, and a license it signed."""

    root: Identity
    signer: Identity
    license: bytes
    now: datetime
    policy: VerificationPolicy
    clock: FixedClock = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", FixedClock(self.now))

    @property
    def fresh(self) -> Life:
        return Life(self.now - timedelta(hours=1), self.now + timedelta(days=1))

    @property
    def trust(self) -> TrustStore:
        anchor = TrustAnchor(
            "root", self.root.certificate, frozenset(AnchorPurpose), ("*",), ("*",), ("*",),
            self.now - timedelta(days=30), self.now + timedelta(days=30), "this test",
        )  # fmt: skip
        return TrustStore((anchor,))

    def fetcher(
        self,
        hosts: Sequence[str],
        *,
        networks: Sequence[str] = LOOPBACK,
        resolver: Callable[[str, int], Sequence[str]] = lambda _host, _port: ["127.0.0.1"],
        cache: Path | None = None,
        **budget: Any,
    ) -> HttpEvidenceFetcher:
        http = PinnedHttp(hosts, networks, resolver)
        return HttpEvidenceFetcher(http, RevocationCache(cache), self.clock, **budget)

    def judge(self, fetcher: HttpEvidenceFetcher, document: bytes | None = None) -> VerificationReport:
        verifier = Verifier(self.policy, lambda: self.trust, Evidence, fetching=Fetching(fetcher))
        return verifier(self.license if document is None else document, self.clock.now())

    def crl(self, *revoked: bytes) -> bytes:
        return sign_crl(
            self.root, self.fresh, [revoked_entry(c, self.now - timedelta(days=9)) for c in revoked]
        )


def _url(url: str) -> x509.GeneralName:
    return x509.GeneralName("uniform_resource_identifier", url)


def _crl_point(*urls: str) -> dict[str, Extension | None]:
    name = x509.DistributionPointName("full_name", [_url(url) for url in urls])
    return {"crl_distribution_points": Extension([{"distribution_point": name}])}


def _ocsp_point(url: str) -> dict[str, Extension | None]:
    access = [{"access_method": "ocsp", "access_location": _url(url)}]
    return {"authority_information_access": Extension(access)}


@pytest.fixture(scope="module")
def keys() -> tuple[Any, Any]:
    return generate_key(KeyFamily.EC), generate_key(KeyFamily.EC)


@pytest.fixture
def world(keys: tuple[Any, Any], now: datetime, policy: VerificationPolicy) -> Callable[..., World]:
    def make(*points: dict[str, Extension | None]) -> World:
        life = Life.around(now)
        root = issue(Subject("root", "示例机构"), keys[0], None, life, authority=True)
        office = people.PUBLIC_SECURITY
        changes = {name: value for point in points for name, value in point.items()}
        signer = issue(Subject("identity", f"{office.id}{office.name}"), keys[1], root, life, changes=changes)
        details = next(s.details for s in samples(now) if s.signer == "identity-signer")
        document = sign_jws(details.fields(), signer, (signer.certificate,), now - timedelta(hours=1))
        return World(root, signer, document, now, policy)

    return make


def _revocation(report: VerificationReport) -> Any:
    check = report.signatures[0].check(CheckName.REVOCATION)
    assert check is not None
    return check


def test_a_crl_is_fetched_and_the_verdict_can_be_computed_again(
    world: Callable[..., World], server: Any, tmp_path: Path
) -> None:
    w = world(_crl_point("ldap://ca.invalid/o=ca", server.url("/ca.crl")))
    server.give("/ca.crl", w.crl())
    report = w.judge(w.fetcher([f"{HOST}:{server.port}"], cache=tmp_path))
    assert report.indication == "TOTAL_PASSED"
    assert server.asked == [("GET", "/ca.crl", f"{HOST}:{server.port}")]
    kept = Evidence(crls=tuple(path.read_bytes() for path in (tmp_path / "items").iterdir()))
    again = verify(w.license, w.policy, w.trust, kept, w.now)
    assert again.to_json() == report.to_json()
    assert report.evidence_digest != Evidence().digest


def test_revocation_and_the_register_are_settled_together(
    world: Callable[..., World], server: Any, tmp_path: Path
) -> None:
    made = world(_crl_point(server.url("/ca.crl")))
    rule = 'register_required = [{ license_types = ["*"], issuers = ["*"] }]'
    w = replace(made, policy=parse_policy(made.policy.text.replace("register_required = []", rule)))
    server.give("/ca.crl", w.crl())
    number = people.license_identifier(people.LEGAL_PERSON_ID, people.PUBLIC_SECURITY, "999900000000003")
    file = tmp_path / "register.toml"
    file.write_text(
        f'kind = "file"\nname = "county"\nas_of = "{format_instant(w.now)}"\n'
        f'[[licenses]]\nidentifier = "{number}"\nstatus = "valid"\n'
    )
    register, fetcher = FileRegister(file, w.clock), w.fetcher([f"{HOST}:{server.port}"])
    for fetching, codes in (
        (Fetching(fetcher, register), ()),
        (Fetching(fetcher), ("STATUS_UNKNOWN",)),
        (Fetching(None, register), ("REVOCATION_UNKNOWN",)),
    ):
        verifier = Verifier(w.policy, lambda: w.trust, Evidence, fetching=fetching)
        assert verifier.look(w.license, w.now).codes() == codes


def test_what_is_fetched_may_say_revoked(world: Callable[..., World], server: Any) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.give("/ca.crl", w.crl(w.signer.certificate))
    report = w.judge(w.fetcher([f"{HOST}:{server.port}"]))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "REVOKED")


def _responding(server: Any, w: World, change: Callable[[bytes], bytes | None]) -> Any:
    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        nonce = ocsp.OCSPRequest.load(body)["tbs_request"]["request_extensions"][0]["extn_value"].native
        data = responder.answer(w.signer, w.root, w.root, w.fresh, nonce=change(nonce))
        server.send(handler, data)

    return answer


@pytest.mark.parametrize(
    ("change", "indication"),
    [
        (lambda nonce: nonce, "TOTAL_PASSED"),
        (lambda _: None, "TOTAL_PASSED"),
        (lambda nonce: bytes(len(nonce)), "INDETERMINATE"),
    ],
    ids=["ours", "none", "replayed"],
)
def test_an_ocsp_response_must_not_be_to_another_request(
    change: Callable[[bytes], bytes | None], indication: str, world: Callable[..., World], server: Any
) -> None:
    w = world(_ocsp_point(server.url("/ocsp")))
    server.answers["/ocsp"] = _responding(server, w, change)
    assert w.judge(w.fetcher([f"{HOST}:{server.port}"])).indication == indication
    assert [method for method, _, _ in server.asked] == ["POST"]


def test_nothing_is_fetched_before_all_else_holds(
    world: Callable[..., World], server: Any, sockets: list[str]
) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    fetcher = w.fetcher([f"{HOST}:{server.port}"])
    header, payload, value = w.license.split(b".")
    forged = b".".join((header, payload, (b"A" if value[:1] != b"A" else b"B") + value[1:]))
    assert w.judge(fetcher, forged).indication == "TOTAL_FAILED"
    assert w.judge(fetcher, b"no license").indication == "TOTAL_FAILED"
    stranger = issue(
        Subject("root", "示例机构"), generate_key(KeyFamily.EC), None, Life.around(w.now), authority=True
    )
    assert replace(w, root=stranger).judge(fetcher).codes()[:1] == ("NO_CERTIFICATE_CHAIN",)
    assert sockets == []
    assert server.asked == []


@pytest.mark.parametrize("hosts", [[], ["other.invalid"], [HOST], [f"{HOST}:1"], [f"sub.{HOST}"]], ids=str)
def test_a_host_that_is_not_listed_is_never_asked(
    hosts: list[str], world: Callable[..., World], server: Any, sockets: list[str]
) -> None:
    w = world(_crl_point(server.url("/ca.crl")), _ocsp_point(server.url("/ocsp")))
    report = w.judge(w.fetcher(hosts))
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "TRY_LATER")
    assert sockets == []


def test_ldap_is_never_asked_and_is_named(
    world: Callable[..., World], sockets: list[str], policy: VerificationPolicy
) -> None:
    point = "ldap://ca.invalid/cn=crl"
    w = world(_crl_point(point))
    report = w.judge(w.fetcher([HOST, f"{HOST}:389"]))
    assert (report.sub_indication, _revocation(report).detail["unreachable"]) == ("TRY_LATER", [point])
    assert sockets == []
    offline = verify(w.license, policy, w.trust, Evidence(crls=(w.crl(),)), w.now)
    assert offline.indication == "TOTAL_PASSED"


def test_the_last_good_stands_in_for_a_silent_authority(
    world: Callable[..., World], server: Any, tmp_path: Path
) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.give("/ca.crl", w.crl())
    hosts = [f"{HOST}:{server.port}"]
    fetcher = w.fetcher(hosts, cache=tmp_path)
    assert w.judge(fetcher).indication == "TOTAL_PASSED"
    w.clock.advance(timedelta(minutes=9))
    assert w.judge(fetcher).indication == "TOTAL_PASSED"
    assert len(server.asked) == 1  # not asked again within ten minutes
    server.answers.clear()
    w.clock.advance(timedelta(minutes=2))
    assert w.judge(fetcher).indication == "TOTAL_PASSED"
    assert w.judge(fetcher).indication == "TOTAL_PASSED"
    assert len(server.asked) == 2  # asked once, silent since
    assert _revocation(w.judge(fetcher)).detail["sources"][0]["age"] == 71 * 60
    restarted = w.fetcher(hosts, cache=tmp_path)
    assert w.judge(restarted).indication == "TOTAL_PASSED"
    w.clock.advance(timedelta(days=1))
    assert w.judge(restarted).sub_indication == "TRY_LATER"  # last good is not good for ever


def test_a_forged_answer_does_not_displace_the_last_good(world: Callable[..., World], server: Any) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.give("/ca.crl", w.crl())
    fetcher = w.fetcher([f"{HOST}:{server.port}"])
    assert w.judge(fetcher).indication == "TOTAL_PASSED"
    forged = sign_crl(w.signer, w.fresh, issuer=w.root.asn1.subject)
    for data in (forged, b"junk"):
        server.give("/ca.crl", data)
        w.clock.advance(timedelta(minutes=11))
        assert w.judge(fetcher).indication == "TOTAL_PASSED"


def test_a_damaged_file_is_as_good_as_none(world: Callable[..., World], server: Any, tmp_path: Path) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.give("/ca.crl", w.crl())
    hosts = [f"{HOST}:{server.port}"]
    w.judge(w.fetcher(hosts, cache=tmp_path))
    for path in (tmp_path / "items").iterdir():
        kept = path.read_bytes()
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    server.answers.clear()
    assert w.judge(w.fetcher(hosts, cache=tmp_path)).sub_indication == "TRY_LATER"
