"""The contract of the timestamp authority's client, against a server that stamps, and one that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from asn1crypto import pem, tsp

from license_service.adapters.timestamp_http import HttpTimestampAuthority, read_chain
from license_service.audit.errors import AuditError
from license_service.audit.stamps import StampAuthority, open_stamp
from license_service.cli.building import sm2_check
from license_service.demo.pki import DemoPki
from license_service.demo.stamping import answer
from license_service.errors import ConfigurationError

_TEXT = "log.example/test\n7\nAAAA\n"
_LOOPBACK = ["127.0.0.0/8"]
Answer = Callable[[bytes], bytes]


class Server:
    """Answer each request with what `answer` makes of it."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _request: b""
        self.asked: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # http.server's name
                request = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(request)
                body = outer.answer(request)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/tsa"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _stamper(pki: DemoPki, name: str) -> Answer:
    return lambda request: answer(request, pki.authority(name, datetime.now(UTC).replace(microsecond=0)))


def _client(pki: DemoPki, server: Server, name: str = "tsa") -> HttpTimestampAuthority:
    root = {"tsa": "rsa-root", "tsa-sm2": "sm2-root"}[name]
    chain = [pki[name].certificate, pki[root].certificate]
    return HttpTimestampAuthority(server.url, chain, _LOOPBACK)


def _code(client: HttpTimestampAuthority) -> str:
    with pytest.raises(AuditError) as caught:
        client.stamp(_TEXT.encode())
    return caught.value.code


@pytest.mark.parametrize("name", ["tsa", "tsa-sm2"])
def test_a_stamp_comes_without_certificates_and_holds(name: str, pki: DemoPki, server: Server) -> None:
    server.answer = _stamper(pki, name)
    client = _client(pki, server, name)
    token, again = client.stamp(_TEXT.encode()), client.stamp(_TEXT.encode())
    pinned = StampAuthority.parse(pki[name].certificate, sm2_check())
    assert abs((open_stamp(token, _TEXT, [pinned]) - datetime.now(UTC)).total_seconds()) < 60
    assert pki[name].certificate not in token
    assert token != again  # a nonce of its own each time
    assert [tsp.TimeStampReq.load(request)["cert_req"].native for request in server.asked] == [False] * 2


@pytest.mark.parametrize("name", ["tsa", "tsa-sm2"])
def test_a_replayed_answer_is_not_ours(name: str, pki: DemoPki, server: Server) -> None:
    stamper, client = _stamper(pki, name), _client(pki, server, name)
    kept: list[bytes] = []

    def replay(request: bytes) -> bytes:
        kept.append(stamper(request))
        return kept[0]

    server.answer = replay
    client.stamp(_TEXT.encode())
    assert _code(client) == "STAMP_NOT_OURS"


def test_another_authority_or_text_is_not_ours(pki: DemoPki, server: Server) -> None:
    other = {**pki.identities, "tsa": pki["health-signer"]}
    server.answer = _stamper(DemoPki(other, pki.crls), "tsa")
    assert _code(_client(pki, server)) == "STAMP_NOT_OURS"

    def elsewhere(request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        asked["message_imprint"]["hashed_message"] = bytes(32)
        return _stamper(pki, "tsa")(asked.dump(force=True))

    server.answer = elsewhere
    assert _code(_client(pki, server)) == "STAMP_NOT_OURS"


def test_what_is_no_stamp_is_refused(pki: DemoPki, server: Server) -> None:
    rejection = bytes.fromhex("30053003020102")
    for bad in (b"", b"<html>", rejection, b"\x30\x03\x30\x01\x00"):
        server.answer = lambda _request, bad=bad: bad  # type: ignore[misc]  # bound now, not later
        assert _code(_client(pki, server)) == "STAMP_REFUSED"


def test_silence_a_huge_answer_and_a_private_address_are_no_answer(pki: DemoPki, server: Server) -> None:
    server.answer = lambda _request: bytes(70_000)
    assert _code(_client(pki, server)) == "STAMP_AUTHORITY_DOWN"
    server.answer = _stamper(pki, "tsa")
    closed = HttpTimestampAuthority(server.url, [pki["tsa"].certificate, pki["rsa-root"].certificate])
    assert _code(closed) == "STAMP_AUTHORITY_DOWN"
    assert len(server.asked) == 1


def test_chains_are_read_from_pem_or_der(pki: DemoPki) -> None:
    chain = [pki["tsa"].certificate, pki["rsa-root"].certificate]
    assert read_chain(b"".join(pem.armor("CERTIFICATE", item) for item in chain)) == chain
    assert read_chain(chain[0]) == chain[:1]
    for bad in (b"", b"no certificate", pem.armor("CERTIFICATE", b"no certificate")):
        with pytest.raises(ConfigurationError):
            read_chain(bad)
