"""Neighbors of the service in a demonstration: a data source and an approval system, and a server for any.

All are real HTTP servers on loopback, in threads of the demonstration's own process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

Answer = tuple[int, dict[str, object] | bytes]
"""A status, and what goes as JSON or as it is."""
Respond = Callable[[str, dict[str, str], bytes], Answer]
_LARGEST_BODY = 1_000_000


@dataclass
class ReceivedWebhook:
    """Hold one webhook as it arrived."""

    headers: dict[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        """Tell whether its signature is right, as a receiver computes it (Standard Webhooks 1.0.0)."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(self.headers["webhook-signature"], f"v1,{expected}")


@dataclass
class ApprovalSystem:
    """Take webhooks as an approval system would: keep them, answer 200."""

    received: list[ReceivedWebhook] = field(default_factory=list)

    def respond(self, _path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Keep the webhook."""
        self.received.append(ReceivedWebhook(headers, body))
        return 200, {}


_DECLARATION = """\
[source.fire-safety-register]
title = {{ zh = "消防安全登记", en = "Fire safety register" }}
owner = "示例县消防救援大队"
uses = ["check"]
endpoint = "http://{host}/checks"
seconds = 5
query = {{ "applicant.id" = "applicant_id", "applicant.name" = "applicant_name", "case.id" = "case_id" }}
answer = {{ result = {{ member = "result", yes = ["kept"], no = ["broken"] }} }}
"""


@dataclass
class FireSafetyRegister:
    """Answer commitment checks as a fire-safety register that finds every premises in order."""

    asked: int = 0

    @staticmethod
    def declared(path: Path, host: str) -> str:
        """Write the declaration of the register that `host` serves; return its path for the settings."""
        path.write_text(_DECLARATION.format(host=host))
        return str(path)

    def respond(self, _path: str, _headers: dict[str, str], _body: bytes) -> Answer:
        """Answer that the statement is true."""
        self.asked += 1
        return 200, {"result": "kept"}


class Neighbor(AbstractContextManager["Neighbor"]):
    """Serve `respond` on a free loopback port until left; `headers` are added to its answers."""

    def __init__(self, respond: Respond, headers: Callable[[], dict[str, str]] = dict) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(respond, headers))
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def host(self) -> str:
        """Return `host:port`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def _handler(respond: Respond, extra: Callable[[], dict[str, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = min(int(self.headers.get("Content-Length", 0)), _LARGEST_BODY)
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = respond(self.path, headers, self.rfile.read(length))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if not isinstance(body, bytes):
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in extra().items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # whoever asked may have died
                self.end_headers()
                self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the demonstration's screen clean."""

    return Handler
