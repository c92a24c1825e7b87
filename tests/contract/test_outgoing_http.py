"""The contract of the data source and the webhook sender, against a local server that misbehaves."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from threading import Thread

import pytest

from license_service.adapters.outgoing_http import HttpWebhookSender
from license_service.adapters.source_http import HttpDataSources
from license_service.adapters.source_shape import parse_sources
from license_service.clock import SystemClock
from license_service.services.records import WebhookEndpoint
from license_service.services.sharing.data_sources import Question, Says, SourceUse

_VALUES = {"case.id": "c1", "applicant.name": "示例乙", "applicant.id": "never declared"}
_QUESTION = Question("register", SourceUse.CHECK, _VALUES, "f1")
_SECONDS = 0.5
_LATEST = 3.0
_LOOPBACK = ["127.0.0.0/8"]
_DECLARED = """
[source.register]
title = {{ zh = "登记", en = "Register" }}
owner = "示例县消防救援大队"
uses = ["check"]
endpoint = "{}"
seconds = 10
query = {{ "case.id" = "case_id", "applicant.name" = "data.name" }}
constants = {{ cause = "核验" }}
answer = {{ result = {{ member = "result", yes = ["kept"], no = ["broken"] }} }}
"""
_ENDPOINT = WebhookEndpoint("e1", "county", "", "whsec_AAAA")


class RawServer:
    """Answer each connection with prepared bytes, with a pause before each; keep what was asked."""

    def __init__(self, *answer: bytes, pause: float = 0.0) -> None:
        self.asked: list[bytes] = []
        self._answer, self._pause = answer, pause
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self.asked.append(_read_request(connection))
                for part in self._answer:
                    time.sleep(self._pause)  # what a slow server does
                    connection.sendall(part)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


Serve = Callable[..., RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[RawServer] = []

    def start(*answer: bytes, pause: float = 0.0) -> RawServer:
        servers.append(RawServer(*answer, pause=pause))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _check(server: RawServer) -> Says:
    return _source(f"http://{server.host}/checks").ask(_QUESTION, _SECONDS).says


def _source(endpoint: str) -> HttpDataSources:
    return HttpDataSources(parse_sources(_DECLARED.format(endpoint), "test"), {}, SystemClock(), _LOOPBACK)


def _send(server: RawServer) -> int:
    sender = HttpWebhookSender([server.host], _LOOPBACK, seconds=_SECONDS)
    endpoint = replace(_ENDPOINT, url=f"http://{server.host}/hook")
    return sender.send(endpoint, {"webhook-id": "w1"}, b"{}").status


_KEPT = b'{"result": "kept"}'
_NESTED = b'{"result": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (_http("200 OK", _KEPT), Says.YES),
        (_http("200 OK", b'{"result": "broken", "by": "register"}'), Says.NO),
        (_http("200 OK", b'{"result": "undetermined"}'), Says.UNDETERMINED),
        (_http("200 OK", b'{"result": "KEPT"}'), Says.UNDETERMINED),
        (_http("200 OK", b'{"result": true}'), Says.UNDETERMINED),
        (_http("200 OK", b'{"result": ["kept"]}'), Says.UNDETERMINED),
        (_http("200 OK", b'{"result": "broken", "result": "kept"}'), Says.UNDETERMINED),
        (_http("200 OK", b'["kept"]'), Says.UNDETERMINED),
        (_http("200 OK", b'"kept"'), Says.UNDETERMINED),
        (_http("200 OK", b"null"), Says.UNDETERMINED),
        (_http("200 OK", b""), Says.UNDETERMINED),
        (_http("200 OK", b"<html>kept</html>"), Says.UNDETERMINED),
        (_http("200 OK", b"\xff\xfe\x00"), Says.UNDETERMINED),
        (_http("200 OK", _NESTED), Says.UNDETERMINED),
        (_http("200 OK", b'{"result": 1' + b"0" * 5000 + b"}"), Says.UNDETERMINED),
        (_http("200 OK", _KEPT + b" " * 1_000_000), Says.UNDETERMINED),
        (b"HTTP/1.1 200 OK\r\n\r\n" + _KEPT, Says.YES),
        (_http("201 Created", _KEPT), Says.UNDETERMINED),
        (_http("404 Not Found", _KEPT), Says.UNDETERMINED),
        (_http("500 Internal Server Error", _KEPT), Says.UNDETERMINED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Says.UNDETERMINED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + _KEPT, Says.UNDETERMINED),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n" + _KEPT, Says.UNDETERMINED),
        (b"HTTP/1.1 OK\r\n\r\n", Says.UNDETERMINED),
        (b"\x00" * 100_000, Says.UNDETERMINED),
        (b"", Says.UNDETERMINED),
    ],
)
def test_only_a_plain_answer_decides(serve: Serve, answer: bytes, result: Says) -> None:
    assert _check(serve(answer)) is result


def test_a_question_is_asked_as_json_with_its_key(serve: Serve) -> None:
    server = serve(_http("200 OK", _KEPT))
    _check(server)
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /checks HTTP/1.1\r\n")
    assert b"\r\nIdempotency-Key: f1" in head
    assert json.loads(body) == {"case_id": "c1", "data": {"name": "示例乙"}, "cause": "核验"}


def test_a_source_that_is_not_declared_for_it_is_not_asked(serve: Serve) -> None:
    server = serve(_http("200 OK", _KEPT))
    for question in (replace(_QUESTION, source="another"), replace(_QUESTION, use=SourceUse.DATA)):
        answer = _source(f"http://{server.host}/").ask(question, _SECONDS)
        assert (answer.says, answer.reason) == (Says.UNDETERMINED, "SOURCE_NOT_DECLARED")
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://nowhere.invalid/", "http://[::1", "http://127.0.0.1:99999"]
)
def test_a_source_that_cannot_be_reached_decides_nothing(url: str) -> None:
    answer = _source(url).ask(_QUESTION, _SECONDS)
    assert (answer.says, answer.reason) == (Says.UNDETERMINED, "SOURCE_SILENT")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("200 OK", 200), ("204 No Content", 204), ("410 Gone", 410), ("503 Service Unavailable", 503)],
)
@pytest.mark.parametrize("body", [b"", b"x" * 200_000])
def test_the_status_of_a_webhook_is_told(serve: Serve, status: str, body: bytes, expected: int) -> None:
    server = serve(_http(status, b"" if expected == 204 else body))
    assert _send(server) == expected
    assert server.asked[0].endswith(b"\r\n\r\n{}")
    assert b"webhook-id: w1" in server.asked[0]


@pytest.mark.parametrize("call", [_check, _send])
@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_not_followed(serve: Serve, call: Callable[[RawServer], object], status: str) -> None:
    target = serve(_http("200 OK", _KEPT))
    server = serve(_http(status, _KEPT, f"Location: http://{target.host}/"))
    assert call(server) in {Says.UNDETERMINED, int(status[:3])}
    assert target.asked == []


_SILENT = (b"",) * 100
_DRIPPING_HEADERS = (b"HTTP/1.1 200 OK\r\n", *(b"X: y\r\n",) * 100)
_DRIPPING_BODY = (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *(b" ",) * 100)
_WITHOUT_END = (b"HTTP/1.1 200 OK\r\n\r\n" + _KEPT, *(b" ",) * 100)
_SLOW = {"silent": _SILENT, "headers": _DRIPPING_HEADERS, "body": _DRIPPING_BODY, "no end": _WITHOUT_END}


@pytest.mark.parametrize("answer", _SLOW.values(), ids=_SLOW)
@pytest.mark.parametrize("call", [_check, _send])
def test_a_server_that_is_slow_is_given_up_in_time(
    serve: Serve, call: Callable[[RawServer], object], answer: tuple[bytes, ...]
) -> None:
    begin = time.monotonic()
    assert call(serve(*answer, pause=0.1)) in {Says.UNDETERMINED, 0}
    assert time.monotonic() - begin < _LATEST


def test_calls_after_a_slow_one_are_not_hurt_by_it(serve: Serve) -> None:
    server = serve(_http("200 OK", _KEPT))
    source = _source(f"http://{server.host}/checks")
    for _ in range(3):
        assert source.ask(_QUESTION, _SECONDS).says is Says.YES
        time.sleep(_SECONDS)  # longer than one call may take: nothing of the last may end this one


def test_a_webhook_goes_to_listed_hosts_alone(serve: Serve) -> None:
    server = serve(_http("200 OK", b""))
    port = server.host.split(":")[1]
    sender = HttpWebhookSender(["approval.example:443", f"allowed.example:{port}"], _LOOPBACK)
    for url in (
        f"http://{server.host}/",
        f"http://allowed.example:{port}@{server.host}/",
        f"http://{server.host}\\@allowed.example:{port}/",
        f"http://{server.host}#@allowed.example:{port}/",
        f"ftp://allowed.example:{port}/",
        "nonsense",
        "http://[::1",
        "http://allowed.example:port/",
        "",
    ):
        assert sender.send(replace(_ENDPOINT, url=url), {}, b"{}").status == 0
    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("https://approval.example/hook", True),
        ("https://approval.example:443/hook", True),
        ("https://APPROVAL.example/hook", True),
        ("http://approval.example/hook", False),
        ("https://approval.example:8443/hook", False),
        ("https://approval.example.evil.example/hook", False),
        ("https://evil.example/approval.example:443", False),
    ],
)
def test_a_host_is_listed_with_its_port(url: str, *, listed: bool) -> None:
    assert HttpWebhookSender(["approval.example:443"]).allows(url) == listed


def test_a_port_nobody_listens_on_answers_nothing() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        host = f"127.0.0.1:{unused.getsockname()[1]}"
    sender = HttpWebhookSender([host], _LOOPBACK)
    assert sender.send(replace(_ENDPOINT, url=f"http://{host}/"), {}, b"{}").status == 0
