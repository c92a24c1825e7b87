"""Fetching revocation data from a server of this process: what is fetched, when, and what never is."""

from __future__ import annotations

import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asn1crypto import ocsp, pem, x509

from license_service.adapters.pinned_http import Budget, PinnedHttp
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.clock import FixedClock
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
from license_service.errors import ConfigurationError
from license_service.services.verifications import Verifier
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import CheckName, VerificationReport
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore
from license_service.verification.verifier import verify

HOST = "ca.invalid"
LOOPBACK = ["127.0.0.0/8"]
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Server:
    """An HTTP server that answers by path and remembers who asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked.append((self.command, self.path, self.headers["Host"]))
                outer.answers.get(self.path, _missing)(self, body)

            do_POST = do_GET  # noqa: N815 - the name http.server looks for

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _missing(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    handler.send_error(404)


def _bytes(data: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


_EVENTS: list[str] = []


def _hook(event: str, _args: object) -> None:
    if event in ("socket.connect", "socket.getaddrinfo"):
        _EVENTS.append(event)


sys.addaudithook(_hook)  # there is no way to remove one, so it is added once


@pytest.fixture
def sockets() -> list[str]:
    """Return the names looked up and connections made in this test."""
    _EVENTS.clear()
    return _EVENTS


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
            "root", self.root.certificate, frozenset(AnchorPurpose), ("*",), ("*",),
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
        verifier = Verifier(self.policy, self.trust, Evidence, fetcher)
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
    world: Callable[..., World], server: Server, tmp_path: Path
) -> None:
    w = world(_crl_point("ldap://ca.invalid/o=ca", server.url("/ca.crl")))
    server.answers["/ca.crl"] = _bytes(w.crl())
    report = w.judge(w.fetcher([f"{HOST}:{server.port}"], cache=tmp_path))
    assert report.indication == "TOTAL_PASSED"
    assert server.asked == [("GET", "/ca.crl", f"{HOST}:{server.port}")]
    kept = Evidence(crls=tuple(path.read_bytes() for path in (tmp_path / "items").iterdir()))
    again = verify(w.license, w.policy, w.trust, kept, w.now)
    assert again.to_json() == report.to_json()
    assert report.evidence_digest != Evidence().digest


def test_what_is_fetched_may_say_revoked(world: Callable[..., World], server: Server) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.answers["/ca.crl"] = _bytes(w.crl(w.signer.certificate))
    report = w.judge(w.fetcher([f"{HOST}:{server.port}"]))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "REVOKED")


def _responding(w: World, status: Any = responder.GOOD, *, change: Callable[[bytes], bytes | None]) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        nonce = ocsp.OCSPRequest.load(body)["tbs_request"]["request_extensions"][0]["extn_value"].native
        data = responder.answer(w.signer, w.root, w.root, w.fresh, status, nonce=change(nonce))
        _bytes(data)(handler, body)

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
    change: Callable[[bytes], bytes | None], indication: str, world: Callable[..., World], server: Server
) -> None:
    w = world(_ocsp_point(server.url("/ocsp")))
    server.answers["/ocsp"] = _responding(w, change=change)
    assert w.judge(w.fetcher([f"{HOST}:{server.port}"])).indication == indication
    assert [method for method, _, _ in server.asked] == ["POST"]


def test_nothing_is_fetched_before_all_else_holds(
    world: Callable[..., World], server: Server, sockets: list[str]
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
    hosts: list[str], world: Callable[..., World], server: Server, sockets: list[str]
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


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["0.0.0.0"], ["10.0.0.1"], ["172.16.0.1"], ["192.168.1.1"], ["100.64.0.1"],
        ["169.254.169.254"], ["224.0.0.1"], ["255.255.255.255"], ["::1"], ["::"], ["fe80::1"], ["fd00::1"],
        ["::ffff:10.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["ff02::1"],
        ["8.8.8.8", "127.0.0.1"], [], ["junk"],
    ],
    ids=str,
)  # fmt: skip
def test_an_address_that_is_not_public_is_never_asked(addresses: list[str], sockets: list[str]) -> None:
    http = PinnedHttp([HOST], [], lambda _host, _port: addresses)
    assert http.ask(f"http://{HOST}/ca.crl", Budget(1.0, 1000)) is None
    assert sockets == []


@pytest.mark.parametrize(
    "url",
    ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://localhost/", "http://[::1]/"],
)
def test_no_way_of_writing_an_address_leads_inside(url: str, sockets: list[str]) -> None:
    hosts = ["2130706433", "0x7f.1", "127.1", "localhost", "::1"]
    assert PinnedHttp(hosts).ask(url, Budget(1.0, 1000)) is None
    assert "socket.connect" not in sockets


@pytest.mark.parametrize(
    "url",
    [
        f"http://user@{HOST}/", f"http://{HOST}@evil.invalid/", f"ftp://{HOST}/", f"file:///{HOST}",
        f"http://{HOST}:99999/", f"http://{HOST}.evil.invalid/", "http:///x", "", f"gopher://{HOST}/",
    ],
)  # fmt: skip
def test_a_url_that_is_not_plainly_of_a_listed_host_is_refused(url: str) -> None:
    assert not PinnedHttp([HOST], LOOPBACK).allows(url)
    assert PinnedHttp([HOST], LOOPBACK).allows(f"http://{HOST.upper()}/x?y")


def test_a_name_is_looked_up_once_and_the_connection_goes_there(server: Server) -> None:
    answers = iter((["127.0.0.1"], ["10.0.0.1"]))
    http = PinnedHttp([f"{HOST}:{server.port}"], ["127.0.0.1/32"], lambda _host, _port: next(answers))
    server.answers["/"] = _bytes(b"here")
    assert http.ask(server.url("/"), Budget(5.0, 1000)) == b"here"
    assert next(answers) == ["10.0.0.1"]


def _http(server: Server) -> PinnedHttp:
    return PinnedHttp([f"{HOST}:{server.port}"], LOOPBACK, lambda _host, _port: ["127.0.0.1"])


def test_a_redirect_is_not_followed(server: Server) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/secret")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.answers.update({"/": elsewhere, "/secret": _bytes(b"secret")})
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) is None
    assert [path for _, path, _ in server.asked] == ["/"]


def test_proxies_of_the_environment_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/"] = _bytes(b"here")
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) == b"here"


def test_a_body_above_the_budget_is_cut(server: Server) -> None:
    server.answers["/"] = _bytes(bytes(1000))
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) == bytes(1000)
    assert _http(server).ask(server.url("/"), Budget(5.0, 999)) is None
    shared = Budget(5.0, 1500)
    assert _http(server).ask(server.url("/"), shared) == bytes(1000)
    assert _http(server).ask(server.url("/"), shared) is None


def _drip(where: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        if where == "body":
            handler.send_response(200)
            handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    return answer


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_peer_that_drips_is_cut_off(where: str, server: Server) -> None:
    server.answers["/"] = _drip(where)
    began = time.monotonic()
    assert _http(server).ask(server.url("/"), Budget(0.4, 1000)) is None
    assert time.monotonic() - began < 2.0


def test_a_truncated_body_is_none(server: Server) -> None:
    def short(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")

    server.answers["/"] = short
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) is None


@pytest.mark.parametrize(("name", "body"), [(HOST, b"here"), ("other.invalid", None)])
def test_tls_is_for_the_name_and_not_for_the_address(
    name: str, body: bytes | None, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Extension(x509.GeneralNames([x509.GeneralName("dns_name", name)]))
    life = Life.around(now)
    root = issue(Subject("root", "示例机构"), generate_key(KeyFamily.EC), None, life, authority=True)
    web = issue(
        Subject("web", "示例机构"),
        generate_key(KeyFamily.EC),
        root,
        life,
        changes={"subject_alt_name": names},
    )
    web.key.save(tmp_path / "web.key")
    (tmp_path / "web.pem").write_bytes(pem.armor("CERTIFICATE", web.certificate))
    (tmp_path / "root.pem").write_bytes(pem.armor("CERTIFICATE", root.certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "web.pem", tmp_path / "web.key")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    server = Server(context)
    try:
        server.answers["/"] = _bytes(b"here")
        url = server.url("/").replace("http:", "https:")
        assert _http(server).ask(url, Budget(5.0, 1000)) == body
    finally:
        server.stop()


def test_a_closed_port_is_none() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        http = PinnedHttp([f"{HOST}:{port}"], LOOPBACK, lambda _host, _port: ["127.0.0.1"])
        assert http.ask(f"http://{HOST}:{port}/", Budget(1.0, 1000)) is None


def test_the_last_good_stands_in_for_a_silent_authority(
    world: Callable[..., World], server: Server, tmp_path: Path
) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.answers["/ca.crl"] = _bytes(w.crl())
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


def test_a_forged_answer_does_not_displace_the_last_good(world: Callable[..., World], server: Server) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.answers["/ca.crl"] = _bytes(w.crl())
    fetcher = w.fetcher([f"{HOST}:{server.port}"])
    assert w.judge(fetcher).indication == "TOTAL_PASSED"
    forged = sign_crl(w.signer, w.fresh, issuer=w.root.asn1.subject)
    for data in (forged, b"junk"):
        server.answers["/ca.crl"] = _bytes(data)
        w.clock.advance(timedelta(minutes=11))
        assert w.judge(fetcher).indication == "TOTAL_PASSED"


def test_a_damaged_file_is_as_good_as_none(
    world: Callable[..., World], server: Server, tmp_path: Path
) -> None:
    w = world(_crl_point(server.url("/ca.crl")))
    server.answers["/ca.crl"] = _bytes(w.crl())
    hosts = [f"{HOST}:{server.port}"]
    w.judge(w.fetcher(hosts, cache=tmp_path))
    for path in (tmp_path / "items").iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    server.answers.clear()
    assert w.judge(w.fetcher(hosts, cache=tmp_path)).sub_indication == "TRY_LATER"


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(ConfigurationError):
        PinnedHttp([HOST], ["10.0.0.1/8"])
