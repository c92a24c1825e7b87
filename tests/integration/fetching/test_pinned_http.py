"""HTTP that goes only where it may, for only as long and as much as it may."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem, x509

from license_service.adapters.pinned_http import Budget, PinnedHttp
from license_service.demo.certificates import (
    Extension,
    Life,
    Subject,
    issue,
)
from license_service.demo.keys import KeyFamily, generate_key
from license_service.errors import ConfigurationError

HOST = "ca.invalid"
LOOPBACK = ["127.0.0.0/8"]


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


def test_a_name_is_looked_up_once_and_the_connection_goes_there(server: Any) -> None:
    answers = iter((["127.0.0.1"], ["10.0.0.1"]))
    http = PinnedHttp([f"{HOST}:{server.port}"], ["127.0.0.1/32"], lambda _host, _port: next(answers))
    server.give("/", b"here")
    assert http.ask(server.url("/"), Budget(5.0, 1000)) == b"here"
    assert next(answers) == ["10.0.0.1"]


def _http(server: Any) -> PinnedHttp:
    return PinnedHttp([f"{HOST}:{server.port}"], LOOPBACK, lambda _host, _port: ["127.0.0.1"])


def test_a_redirect_is_not_followed(server: Any) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/secret")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.give("/secret", b"secret")
    server.answers["/"] = elsewhere
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) is None
    assert [path for _, path, _ in server.asked] == ["/"]


def test_proxies_of_the_environment_are_not_used(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.give("/", b"here")
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) == b"here"


def test_a_body_above_the_budget_is_cut(server: Any) -> None:
    server.give("/", bytes(1000))
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) == bytes(1000)
    assert _http(server).ask(server.url("/"), Budget(5.0, 999)) is None
    shared = Budget(5.0, 1500)
    assert _http(server).ask(server.url("/"), shared) == bytes(1000)
    assert _http(server).ask(server.url("/"), shared) is None


def _drip(where: str) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
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
def test_a_peer_that_drips_is_cut_off(where: str, server: Any) -> None:
    server.answers["/"] = _drip(where)
    began = time.monotonic()
    assert _http(server).ask(server.url("/"), Budget(0.4, 1000)) is None
    assert time.monotonic() - began < 2.0


def test_a_truncated_body_is_none(server: Any) -> None:
    def short(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")

    server.answers["/"] = short
    assert _http(server).ask(server.url("/"), Budget(5.0, 1000)) is None


@pytest.mark.parametrize(("name", "body"), [(HOST, b"here"), ("other.invalid", None)])
def test_tls_is_for_the_name_and_not_for_the_address(
    name: str,
    body: bytes | None,
    server: Any,
    now: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
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
    secure = type(server)(context)
    secure.give("/", b"here")
    url = secure.url("/").replace("http:", "https:")
    found = _http(secure).ask(url, Budget(5.0, 1000))
    secure.stop()
    assert found == body


def test_a_closed_port_is_none() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        http = PinnedHttp([f"{HOST}:{port}"], LOOPBACK, lambda _host, _port: ["127.0.0.1"])
        assert http.ask(f"http://{HOST}:{port}/", Budget(1.0, 1000)) is None


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(ConfigurationError):
        PinnedHttp([HOST], ["10.0.0.1/8"])
