"""The contract of the register of licenses, for a file and for a service in the dialect of the sample."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.register_mapping import SilentRegisterError, parse_mapping
from license_service.adapters.registers import load_register
from license_service.clock import FixedClock
from license_service.errors import ConfigurationError, LicenseNotInRegisterError, RegisterUnavailableError
from license_service.services.ports import LicenseRegister
from license_service.verification.document import FormatError
from license_service.verification.register import RegisterEntry, RegisterField, Silence
from license_service.verification.status import LicenseStatus

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_NOW = datetime(2026, 3, 10, tzinfo=UTC)
_LICENSE = "1.2.156.3005.2.T.I.1.001.A"
_NEXT = "1.2.156.3005.2.T.I.1.002.B"
_STRANGE = "1.2.156.3005.2.T.I.2.001.C"
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
                    send(self, json.dumps(outer.tell(self.path, body)).encode())

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


@pytest.mark.parametrize("status", [status for status in LicenseStatus if status != "unknown"])
def test_each_status_is_told(status: LicenseStatus, world: Any) -> None:
    world.keep(status=status.value)
    entry = world.register.query(_LICENSE)
    assert (entry.identifier, entry.status, entry.reason) == (_LICENSE, status, "")
    assert entry.as_of == _NOW
    assert entry.source
    assert not entry.superseded


def test_the_current_version_and_the_fields_are_told(world: Any) -> None:
    fields = {"holder_id": "91a", "number": "7", "issuer_code": "11", "valid_until": "20290101"}
    world.keep(status="changed", current=_NEXT, fields=fields)
    entry = world.register.query(_LICENSE)
    assert entry.current == _NEXT
    assert entry.fields == {
        RegisterField.HOLDER_ID: ("91A",),
        RegisterField.NUMBER: ("7",),
        RegisterField.ISSUER_CODE: ("11",),
        RegisterField.VALID_UNTIL: ("2029-01-01",),
    }


def test_a_license_the_register_does_not_have_is_not_known(world: Any) -> None:
    entry = world.register.query(_STRANGE)
    assert (entry.identifier, entry.status) == (_STRANGE, LicenseStatus.UNKNOWN)
    assert entry.reason == Silence.NOT_KNOWN
    with pytest.raises(LicenseNotInRegisterError):
        world.register.download(_STRANGE)


def test_a_document_is_downloaded_by_identifier(world: Any) -> None:
    assert world.register.download(_LICENSE) == _DOCUMENT


def test_a_register_that_is_not_there_is_unreachable(world: Any) -> None:
    assert world.register.query(_LICENSE).status is LicenseStatus.VALID
    world.break_()
    entry = world.register.query(_LICENSE)
    assert (entry.status, entry.reason) == (LicenseStatus.UNKNOWN, Silence.UNREACHABLE)
    with pytest.raises(RegisterUnavailableError):
        world.register.download(_LICENSE)


def test_what_is_sent_is_what_is_declared(service: HttpWorld) -> None:
    service.register.query(_LICENSE)
    service.register.query("a/../b?{token}\u8bc1")
    service.register.download(_LICENSE)
    (query, hostile, download) = service.asked
    sent = {"accessToken": _TOKEN, "data": {"certIdentifier": _LICENSE, "useCause": "核验"}}
    assert (query[:2], json.loads(query[2])) == (("POST", "/certshare/queryCertInfo"), sent)
    assert json.loads(hostile[2])["data"]["certIdentifier"] == "a/../b?{token}\u8bc1"
    assert download[:3] == ("GET", f"/certshare/downloadCertFile/{_LICENSE}", b"")
    assert {asked[3] for asked in service.asked} == {f"Bearer {_TOKEN}"}


def test_an_identifier_stays_one_part_of_a_path(service: HttpWorld) -> None:
    with pytest.raises(LicenseNotInRegisterError):
        service.register.download("../a?b#c d")
    assert service.asked[0][1] == "/certshare/downloadCertFile/..%2Fa%3Fb%23c%20d"


def _entry(service: HttpWorld, **row: Any) -> RegisterEntry:
    service.keep(**row)
    return service.register.query(_LICENSE)


def test_the_record_of_another_version_supersedes_and_that_of_another_license_says_nothing(
    service: HttpWorld,
) -> None:
    later = _entry(service, identifier=_NEXT)
    assert (later.status, later.superseded, later.current) == (LicenseStatus.VALID, True, _NEXT)
    other = _entry(service, identifier=_STRANGE)
    assert (other.status, other.reason) == (LicenseStatus.UNKNOWN, Silence.UNREADABLE)


def test_a_word_nobody_declared_is_unknown(service: HttpWorld) -> None:
    entry = _entry(service, status="99" * 100)
    assert entry.status is LicenseStatus.UNKNOWN
    assert entry.reason.startswith("status 9999")
    assert len(entry.reason) < 80


_HEAD = b'{"head":{"status":"0"},"data":'
_GOOD = (
    b'{"certificateIdentifier":"1.2.156.3005.2.T.I.1.001.A","certState":"01","currentIdentifier":null,'
    b'"certificateHolderCode":null,"certificateNumber":"","certificateIssuingAuthorityCode":null,'
    b'"certificateValidateEnd":null}'
)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (_HEAD + _GOOD + b"}", 200, ""),
        (_HEAD + _GOOD, 200, Silence.UNREADABLE),
        (_HEAD + _GOOD[:-1] + b',"certState":"07"}}', 200, Silence.UNREADABLE),
        (_HEAD + _GOOD.replace(b'End":null', b'End":"soon"') + b"}", 200, Silence.UNREADABLE),
        (_HEAD + _GOOD.replace(b'Number":""', b'Number":7') + b"}", 200, Silence.UNREADABLE),
        (_HEAD + _GOOD.replace(b'"certificateNumber"', b'"number"') + b"}", 200, Silence.UNREADABLE),
        (_HEAD + _GOOD.replace(b'"currentIdentifier"', b'"current"') + b"}", 200, Silence.UNREADABLE),
        (_HEAD + _GOOD.replace(b'"01"', b'["01"]') + b"}", 200, Silence.UNREADABLE),
        (_HEAD + b"[]}", 200, Silence.UNREADABLE),
        (b"[]", 200, Silence.UNREADABLE),
        (_HEAD.replace(b'"0"', b'"100"') + _GOOD + b"}", 200, Silence.UNREACHABLE),
        (_HEAD.replace(b'"0"', b"true") + _GOOD + b"}", 200, Silence.UNREADABLE),
        (_HEAD + _GOOD + b"}" + b" " * 65536, 200, Silence.UNREACHABLE),
        (_HEAD + _GOOD + b"}", 404, Silence.NOT_KNOWN),
        (_HEAD + _GOOD + b"}", 500, Silence.UNREACHABLE),
        (_HEAD + _GOOD + b"}", 302, Silence.UNREACHABLE),
        (_HEAD + _GOOD + b"}", 206, Silence.UNREACHABLE),
    ],
)
def test_an_answer_counts_only_whole_and_unambiguous(
    body: bytes, status: int, reason: str, service: HttpWorld
) -> None:
    service.answer = lambda handler: send(handler, body, status, Location="/elsewhere")
    assert service.register.query(_LICENSE).reason == reason
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "content", ['{"head":{"status":"0"},"data":{"content":"?"}}', '{"head":{"status":"9"}}', "{", ""]
)
def test_a_document_that_cannot_be_read_is_no_document(content: str, service: HttpWorld) -> None:
    service.answer = lambda handler: send(handler, content.encode())
    with pytest.raises(RegisterUnavailableError):
        service.register.download(_LICENSE)


def test_a_plain_service_tells_by_status_and_body(
    service: HttpWorld, tmp_path: Path, clock: FixedClock
) -> None:
    sample = (_DOCS / "register-http.sample.toml").read_text()
    result = sample[sample.index("[answer.result]") : sample.index("# What is compared")]
    changes = ((result, ""), ('content = "data.content"', ""), ("useCause", "cause"))
    plain = load_register(service.declare(tmp_path, *changes), clock)
    service.answer = lambda handler: send(handler, _DOCUMENT)
    assert plain.download(_LICENSE) == _DOCUMENT
    service.answer = lambda handler: send(handler, b'{"data":' + _GOOD + b"}")
    assert plain.query(_LICENSE).status is LicenseStatus.VALID


def test_the_age_a_service_states_counts(service: HttpWorld, tmp_path: Path, clock: FixedClock) -> None:
    path = service.declare(tmp_path, ("[answer]", '[answer]\nas_of = "data.at"'))
    dated = load_register(path, clock)
    for text, expected in (
        (b"2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        (b"2026-03-01 08:00:00", datetime(2026, 3, 1, tzinfo=UTC)),
    ):
        body = _HEAD + _GOOD[:-1] + b',"at":"' + text + b'"}}'
        service.answer = lambda handler, body=body: send(handler, body)  # type: ignore[misc]  # bound now
        assert dated.query(_LICENSE).as_of == expected
    for text in (b"", b"lately", b"0001-01-01T00:00:00+14:00"):
        body = _HEAD + _GOOD[:-1] + b',"at":"' + text + b'"}}'
        service.answer = lambda handler, body=body: send(handler, body)  # type: ignore[misc]  # bound now
        assert dated.query(_LICENSE).reason == Silence.UNREADABLE


def test_a_silent_service_is_asked_again_after_a_minute(service: HttpWorld, clock: FixedClock) -> None:
    service.answer = lambda handler: not handler.connection.close()
    assert service.register.query(_LICENSE).reason == Silence.UNREACHABLE
    service.answer = lambda _handler: False
    clock.advance(timedelta(seconds=59))
    assert service.register.query(_LICENSE).reason == Silence.UNREACHABLE
    assert len(service.asked) == 1
    clock.advance(timedelta(seconds=1))
    assert service.register.query(_LICENSE).status is LicenseStatus.VALID


def test_a_refusal_for_one_license_silences_no_other(service: HttpWorld) -> None:
    service.answer = lambda handler: send(handler, b"", 500)
    assert service.register.query(_STRANGE).reason == Silence.UNREACHABLE
    service.answer = lambda _handler: False
    assert service.register.query(_LICENSE).status is LicenseStatus.VALID


def test_a_private_address_is_asked_only_where_declared(
    service: HttpWorld, tmp_path: Path, clock: FixedClock
) -> None:
    elsewhere = load_register(service.declare(tmp_path, ("127.0.0.0/8", "10.0.0.0/8")), clock)
    assert elsewhere.query(_LICENSE).reason == Silence.UNREACHABLE
    assert service.asked == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["head", "data", "status", "certState", "certificateIdentifier", "x"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=60) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_answer_is_an_entry_or_said_to_be_none(body: bytes) -> None:
    path = _DOCS / "register-http.sample.toml"
    mapping = parse_mapping(path.read_text(), path.name)
    with pytest.raises((SilentRegisterError, FormatError, ValueError)):
        mapping.read(_LICENSE, body, _NOW)  # none of these names the license


@pytest.mark.parametrize("name", ["register-file.sample.toml", "register-http.sample.toml"])
def test_the_samples_are_usable(name: str, clock: FixedClock) -> None:
    load_register(_DOCS / name, clock)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("file", 'kind = "file"', 'kind = "files"'),
        ("file", 'kind = "file"', "kind = ["),
        ("file", 'name = "示例县证照库"', 'name = ""'),
        ("file", 'status = "changed"', 'status = "fine"'),
        ("file", "2026-03-10T00:00:00Z", "today"),
        ("file", '"business-license.ofd"', '"../business-license.ofd"'),
        ("file", "fields = { ", 'fields = { color = "red", '),
        ("file", "document =", "dokument ="),
        ("file", "[[licenses]]", "[licenses]"),
        ("http", "https://", "ftp://"),
        ("http", "certshare.example", "certshare.example/path"),
        ("http", "seconds = 5", "seconds = 0"),
        ("http", "seconds = 5", "seconds = 11"),
        ("http", "10.0.0.0/8", "10.0.0.1/8"),
        ("http", '"/certshare/queryCertInfo"', '"certshare/queryCertInfo"'),
        ("http", 'status = "data.certState"', ""),
        ("http", 'identifier = "data.certificateIdentifier"', ""),
        ("http", '"valid"', '"fine"'),
        ("http", "holder_id =", "color ="),
        ("http", "seconds =", "minutes ="),
    ],
)
def test_a_declaration_that_is_not_whole_stops_the_start(
    name: str, before: str, after: str, tmp_path: Path, clock: FixedClock
) -> None:
    text = (_DOCS / f"register-{name}.sample.toml").read_text()
    assert before in text
    path = tmp_path / "register.toml"
    path.write_text(text.replace(before, after))
    with pytest.raises(ConfigurationError):
        load_register(path, clock)


def test_a_register_that_is_not_there_stops_the_start(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(ConfigurationError):
        load_register(tmp_path / "nowhere.toml", clock)
