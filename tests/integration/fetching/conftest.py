"""An HTTP server of this process, and a count of the connections it makes."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

HOST = "ca.invalid"
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

    def give(self, path: str, data: bytes) -> None:
        self.answers[path] = lambda handler, _body: self.send(handler, data)

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _missing(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    handler.send_error(404)


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
