"""The register of licenses as a file, and behind a server that speaks as the sample declares."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from license_service.adapters.registers import load_register
from license_service.clock import FixedClock
from license_service.services.outside import LicenseRegister

_DOCS = Path(__file__).resolve().parents[3] / "docs"
_NOW = datetime(2026, 3, 10, tzinfo=UTC)
_LICENSE = "1.2.156.3005.2.T.I.1.001.A"
_WORDS = {
    "valid": "01", "suspended": "02", "annulled": "03", "canceled": "04", "expired": "05",
    "transferred": "06", "revoked": "07", "changed": "09",
}  # fmt: skip
_DOCUMENT = b"\x00a signed document"
_TOKEN = "t-1"

Row = dict[str, Any]


class FileWorld:
    """A register in a file."""

    def __init__(self, directory: Path, clock: FixedClock) -> None:
        self._path = directory / "register.toml"
        (directory / "license.ofd").write_bytes(_DOCUMENT)
        self.keep()
        self.register: LicenseRegister = load_register(self._path, clock)

    def keep(self, **row: Any) -> None:
        lines = ['kind = "file"', 'name = "county"', 'as_of = "2026-03-10T00:00:00Z"', "[[licenses]]"]
        members = {"identifier": _LICENSE, "status": "valid", "document": "license.ofd", **row}
        fields = members.pop("fields", {})
        lines += [f"{name} = {json.dumps(value)}" for name, value in members.items()]
        lines += ["[licenses.fields]", *(f"{name} = {json.dumps(value)}" for name, value in fields.items())]
        self._path.write_text("\n".join(lines))

    def break_(self) -> None:
        self._path.unlink()

    def close(self) -> None:
        pass


class HttpWorld:
    """A register behind a local server that answers in the dialect of the sample."""

    def __init__(self, directory: Path, clock: FixedClock) -> None:
        self.asked: list[tuple[str, str, bytes, str | None]] = []
        self.row: Row = {}
        self.answer: Callable[[BaseHTTPRequestHandler], bool] = lambda _handler: False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.keep()
        self.register: LicenseRegister = load_register(self.declare(directory), clock, _TOKEN)

    def declare(self, directory: Path, *changes: tuple[str, str]) -> Path:
        text = (_DOCS / "register-http.sample.toml").read_text()
        local = (
            ("https://certshare.example", f"http://127.0.0.1:{self.port}"),
            ("10.0.0.0/8", "127.0.0.0/8"),
        )
        for before, after in (*local, *changes):
            assert before in text
            text = text.replace(before, after)
        path = directory / "mapping.toml"
        path.write_text(text)
        return path

    def keep(self, **row: Any) -> None:
        self.row = {"identifier": _LICENSE, "status": "valid", **row}

    def break_(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def close(self) -> None:
        self.break_()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked.append((self.command, self.path, body, self.headers["Authorization"]))
                if not outer.answer(self):
                    outer.send(self, json.dumps(outer.tell(self.path, body)).encode())

            do_POST = do_GET  # noqa: N815 - the name http.server looks for

            def log_message(self, *_args: object) -> None:
                pass

        return Handler

    def tell(self, path: str, body: bytes) -> Row:
        asked = json.loads(body)["data"]["certIdentifier"] if body else path.rpartition("/")[2]
        if asked != _LICENSE:
            return {"head": {"status": 10}, "data": None}
        fields = self.row.get("fields", {})
        data = {
            "certificateIdentifier": self.row["identifier"],
            "certState": _WORDS.get(self.row["status"], self.row["status"]),
            "currentIdentifier": self.row.get("current"),
            "certificateHolderCode": fields.get("holder_id"),
            "certificateNumber": fields.get("number"),
            "certificateIssuingAuthorityCode": fields.get("issuer_code"),
            "certificateValidateEnd": fields.get("valid_until"),
            "content": base64.b64encode(_DOCUMENT).decode(),
        }
        return {"head": {"status": "0"}, "data": data}

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, data: bytes, status: int = 200, **headers: str) -> bool:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)
        return True


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_NOW)


@pytest.fixture(params=[FileWorld, HttpWorld], ids=["file", "http"])
def world(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Any]:
    made = request.param(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def service(tmp_path: Path, clock: FixedClock) -> Iterator[HttpWorld]:
    made = HttpWorld(tmp_path, clock)
    yield made
    made.close()
