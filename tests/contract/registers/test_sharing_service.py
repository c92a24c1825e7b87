"""What a sharing service is sent, and which of its answers count."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.register_mapping import SilentRegisterError, parse_mapping
from license_service.adapters.registers import load_register
from license_service.clock import FixedClock
from license_service.errors import LicenseNotInRegisterError, RegisterUnavailableError
from license_service.verification.document import FormatError
from license_service.verification.register import RegisterEntry, Silence
from license_service.verification.status import LicenseStatus

_DOCS = Path(__file__).resolve().parents[3] / "docs"
_NOW = datetime(2026, 3, 10, tzinfo=UTC)
_LICENSE = "1.2.156.3005.2.T.I.1.001.A"
_NEXT = "1.2.156.3005.2.T.I.1.002.B"
_STRANGE = "1.2.156.3005.2.T.I.2.001.C"
_DOCUMENT = b"\x00a signed document"
_TOKEN = "t-1"


def test_what_is_sent_is_what_is_declared(service: Any) -> None:
    service.register.query(_LICENSE)
    service.register.query("a/../b?{token}\u8bc1")
    service.register.download(_LICENSE)
    (query, hostile, download) = service.asked
    sent = {"accessToken": _TOKEN, "data": {"certIdentifier": _LICENSE, "useCause": "核验"}}
    assert (query[:2], json.loads(query[2])) == (("POST", "/certshare/queryCertInfo"), sent)
    assert json.loads(hostile[2])["data"]["certIdentifier"] == "a/../b?{token}\u8bc1"
    assert download[:3] == ("GET", f"/certshare/downloadCertFile/{_LICENSE}", b"")
    assert {asked[3] for asked in service.asked} == {f"Bearer {_TOKEN}"}


def test_an_identifier_stays_one_part_of_a_path(service: Any) -> None:
    with pytest.raises(LicenseNotInRegisterError):
        service.register.download("../a?b#c d")
    assert service.asked[0][1] == "/certshare/downloadCertFile/..%2Fa%3Fb%23c%20d"


def _entry(service: Any, **row: Any) -> RegisterEntry:
    service.keep(**row)
    entry: RegisterEntry = service.register.query(_LICENSE)
    return entry


def test_the_record_of_another_version_supersedes_and_that_of_another_license_says_nothing(
    service: Any,
) -> None:
    later = _entry(service, identifier=_NEXT)
    assert (later.status, later.superseded, later.current) == (LicenseStatus.VALID, True, _NEXT)
    other = _entry(service, identifier=_STRANGE)
    assert (other.status, other.reason) == (LicenseStatus.UNKNOWN, Silence.UNREADABLE)


def test_a_word_nobody_declared_is_unknown(service: Any) -> None:
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
    body: bytes, status: int, reason: str, service: Any
) -> None:
    service.answer = lambda handler: service.send(handler, body, status, Location="/elsewhere")
    assert service.register.query(_LICENSE).reason == reason
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "content", ['{"head":{"status":"0"},"data":{"content":"?"}}', '{"head":{"status":"9"}}', "{", ""]
)
def test_a_document_that_cannot_be_read_is_no_document(content: str, service: Any) -> None:
    service.answer = lambda handler: service.send(handler, content.encode())
    with pytest.raises(RegisterUnavailableError):
        service.register.download(_LICENSE)


def test_a_plain_service_tells_by_status_and_body(service: Any, tmp_path: Path, clock: FixedClock) -> None:
    sample = (_DOCS / "register-http.sample.toml").read_text()
    result = sample[sample.index("[answer.result]") : sample.index("# What is compared")]
    changes = ((result, ""), ('content = "data.content"', ""), ("useCause", "cause"))
    plain = load_register(service.declare(tmp_path, *changes), clock)
    service.answer = lambda handler: service.send(handler, _DOCUMENT)
    assert plain.download(_LICENSE) == _DOCUMENT
    service.answer = lambda handler: service.send(handler, b'{"data":' + _GOOD + b"}")
    assert plain.query(_LICENSE).status is LicenseStatus.VALID


def test_the_age_a_service_states_counts(service: Any, tmp_path: Path, clock: FixedClock) -> None:
    path = service.declare(tmp_path, ("[answer]", '[answer]\nas_of = "data.at"'))
    dated = load_register(path, clock)
    for text, expected in (
        (b"2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        (b"2026-03-01 08:00:00", datetime(2026, 3, 1, tzinfo=UTC)),
    ):
        body = _HEAD + _GOOD[:-1] + b',"at":"' + text + b'"}}'
        service.answer = lambda handler, body=body: service.send(handler, body)
        assert dated.query(_LICENSE).as_of == expected
    for text in (b"", b"lately", b"0001-01-01T00:00:00+14:00"):
        body = _HEAD + _GOOD[:-1] + b',"at":"' + text + b'"}}'
        service.answer = lambda handler, body=body: service.send(handler, body)
        assert dated.query(_LICENSE).reason == Silence.UNREADABLE


def test_a_silent_service_is_asked_again_after_a_minute(service: Any, clock: FixedClock) -> None:
    service.answer = lambda handler: not handler.connection.close()
    assert service.register.query(_LICENSE).reason == Silence.UNREACHABLE
    service.answer = lambda _handler: False
    clock.advance(timedelta(seconds=59))
    assert service.register.query(_LICENSE).reason == Silence.UNREACHABLE
    assert len(service.asked) == 1
    clock.advance(timedelta(seconds=1))
    assert service.register.query(_LICENSE).status is LicenseStatus.VALID


def test_a_refusal_for_one_license_silences_no_other(service: Any) -> None:
    service.answer = lambda handler: service.send(handler, b"", 500)
    assert service.register.query(_STRANGE).reason == Silence.UNREACHABLE
    service.answer = lambda _handler: False
    assert service.register.query(_LICENSE).status is LicenseStatus.VALID


def test_a_private_address_is_asked_only_where_declared(
    service: Any, tmp_path: Path, clock: FixedClock
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
