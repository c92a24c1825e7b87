"""Which declarations are taken, what a declared source is sent, and which of its answers decide."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.source_http import HttpDataSources, load_sources
from license_service.adapters.source_shape import parse_sources
from license_service.clock import FixedClock
from license_service.demo.neighbors import Answer, Neighbor
from license_service.errors import ConfigurationError
from license_service.services.sharing.data_sources import Question, Says, SourceUse

_SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "data-sources.sample.toml"
_SECRETS = {"FIRE_SAFETY_TOKEN": "t-1", "LAND_SHARE_KEY": "k-1"}
_NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
_LAND = Question(
    "real-estate-register",
    SourceUse.DATA,
    {"other_party.id": "99990019900307002x", "matter.code": "real-estate-transfer", "material": "deed"},
    "k-9",
)
_FIRE = Question("fire-safety-register", SourceUse.CHECK, {"applicant.id": "9", "case.id": "c1"}, "f1")
_HELD = {"holderCode": "99990019900307002X", "status": "现势", "updatedAt": "2026-03-09 08:00:00"}


@dataclass
class Office:
    """Keep what was asked, and answer what it is told to."""

    answer: dict[str, object] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def respond(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.asked.append((path, headers, body))
        return 200, self.answer


@pytest.fixture(scope="module")
def one_office() -> Office:
    return Office()


@pytest.fixture
def office(one_office: Office) -> Office:
    one_office.asked.clear()
    one_office.answer = {}
    return one_office


@pytest.fixture(scope="module")
def sources(one_office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpDataSources]:
    with Neighbor(one_office.respond) as neighbor:
        text = _SAMPLE.read_text()
        for host in ("fire.example", "land.example"):
            text = text.replace(f"https://{host}", f"http://{neighbor.host}")
        path = tmp_path_factory.mktemp("sources") / "sources.toml"
        path.write_text(text)
        yield load_sources(str(path), _SECRETS, FixedClock(_NOW), ["127.0.0.0/8"])


def test_the_sample_is_sent_as_it_declares(sources: HttpDataSources, office: Office) -> None:
    sources.ask(_FIRE, 5.0)
    ((path, headers, body),) = office.asked
    assert (path, headers["authorization"], headers["idempotency-key"]) == ("/api/checks", "Bearer t-1", "f1")
    assert json.loads(body) == {"businessCode": "c1", "data": {"uscc": "9"}, "useCause": "事中事后核查"}


def test_a_signature_is_over_the_time_and_the_body(sources: HttpDataSources, office: Office) -> None:
    sources.ask(_LAND, 5.0)
    ((_path, headers, body),) = office.asked
    signed = f"{int(_NOW.timestamp())}\n".encode() + body
    assert headers["x-timestamp"] == str(int(_NOW.timestamp()))
    assert headers["x-signature"] == hmac.new(b"k-1", signed, hashlib.sha256).hexdigest()
    assert json.loads(body) == {"ownerId": "99990019900307002x", "itemCode": "real-estate-transfer"}


@pytest.mark.parametrize(
    ("changed", "says", "reason"),
    [
        ({}, Says.YES, None),
        ({"status": "１"}, Says.YES, None),
        ({"status": "注销"}, Says.NO, None),
        ({"holderCode": "99990019900307002Y"}, Says.NO, None),
        ({"holderCode": None}, Says.NO, None),
        ({"holderCode": ["99990019900307002X"]}, Says.UNDETERMINED, "SOURCE_UNREADABLE"),
        ({"updatedAt": "2026-03-03T12:00:00+08:00"}, Says.YES, None),
        ({"updatedAt": "2026-03-03T11:59:59+08:00"}, Says.UNDETERMINED, "SOURCE_STALE"),
        ({"updatedAt": "2026-03-10T04:04:00Z"}, Says.YES, None),
        ({"updatedAt": "2026-03-10T04:06:00Z"}, Says.UNDETERMINED, "SOURCE_STALE"),
        ({"updatedAt": "yesterday"}, Says.UNDETERMINED, "SOURCE_UNREADABLE"),
        ({"updatedAt": None}, Says.UNDETERMINED, "SOURCE_UNREADABLE"),
    ],
)
def test_what_a_record_says_of_the_holder_and_its_own_age_decides(
    sources: HttpDataSources, office: Office, changed: dict[str, object], says: Says, reason: str | None
) -> None:
    office.answer = {"data": {**_HELD, **changed}}
    answer = sources.ask(_LAND, 5.0)
    assert (answer.says, answer.reason) == (says, reason)
    assert answer.digest == hashlib.sha256(json.dumps(office.answer).encode()).hexdigest()


@pytest.mark.parametrize("member", ["holderCode", "status", "updatedAt"])
def test_a_declared_member_that_is_not_there_says_nothing(
    sources: HttpDataSources, office: Office, member: str
) -> None:
    office.answer = {"data": {name: value for name, value in _HELD.items() if name != member}}
    assert sources.ask(_LAND, 5.0).reason == "SOURCE_UNREADABLE"


_BOTH = """
[source.s]
title = { zh = "z", en = "e" }
owner = "o"
uses = ["check", "data"]
endpoint = "http://s.example/"
seconds = 1
query = { "applicant.id" = "id" }
[source.s.answer]
result = { member = "state", yes = ["1"], no = ["0"] }
fields = { id = { equals = "id" } }
"""


@pytest.mark.parametrize(
    ("answer", "says", "reason"),
    [
        ({"state": 1, "id": "A"}, Says.YES, None),
        ({"state": "0", "id": ""}, Says.NO, None),
        ({"state": "1", "id": "B"}, Says.UNDETERMINED, "SOURCE_CONTRADICTORY"),
        ({"state": "2", "id": "A"}, Says.UNDETERMINED, "SOURCE_WORD_UNKNOWN"),
        ({"state": True, "id": "A"}, Says.UNDETERMINED, "SOURCE_UNREADABLE"),
    ],
)
def test_a_word_and_a_field_that_disagree_say_nothing(
    answer: dict[str, object], says: Says, reason: str | None
) -> None:
    source = parse_sources(_BOTH, "test")["s"]
    assert source.answer.read(json.dumps(answer).encode(), {"id": "A"}, _NOW) == (says, reason, None)


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
_STATES = _JSON.map(lambda state: json.dumps({"state": state, "id": "A"}).encode())


@given(st.binary(max_size=200) | _STATES)
def test_no_bytes_make_reading_raise_or_say_no(answer: bytes) -> None:
    says, _reason, _as_of = parse_sources(_BOTH, "test")["s"].answer.read(answer, {"id": "A"}, _NOW)
    assert says is Says.UNDETERMINED or json.loads(answer)["state"] in ("0", "1", 0, 1)


def test_nothing_repeats_what_was_not_sent() -> None:
    source = parse_sources(_BOTH, "test")["s"]
    assert source.answer.read(b'{"state": "1", "id": ""}', {}, _NOW)[1] == "SOURCE_UNREADABLE"


def test_a_value_that_was_not_given_is_not_asked_by(sources: HttpDataSources, office: Office) -> None:
    for question in (replace(_FIRE, values={"case.id": "c1"}), replace(_LAND, values={"material": "deed"})):
        assert sources.ask(question, 5.0).reason == "QUESTION_INCOMPLETE"
    assert office.asked == []


def _with(changes: dict[str, Any]) -> str:
    lines = {
        "title": '{ zh = "z", en = "e" }',
        "owner": '"o"',
        "uses": '["data"]',
        "endpoint": '"https://s.example/"',
        "seconds": "1",
        "query": '{ "applicant.id" = "id" }',
        "answer": '{ fields = { id = { equals = "id" } } }',
        **changes,
    }
    return "[source.s]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items() if value)


def test_the_declaration_that_the_next_test_breaks_is_taken() -> None:
    assert parse_sources(_with({}), "test")["s"].owner == "o"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": None}, "source.s.owner"),
        ({"surprise": "1"}, "source.s.surprise"),
        ({"seconds": "11"}, "source.s.seconds"),
        ({"seconds": "nan"}, "source.s.seconds"),
        ({"uses": "[]"}, "source.s.uses"),
        ({"uses": '["gossip"]'}, "source.s.uses.0"),
        ({"endpoint": '"ftp://s.example/"'}, "source.s.endpoint"),
        ({"endpoint": '"https://user@s.example/"'}, "source.s.endpoint"),
        ({"query": "{}"}, "source.s.query"),
        ({"query": '{ "applicant.age" = "id" }'}, "source.s.query"),
        ({"query": '{ "case.id" = "id" }'}, "before there is a case"),
        ({"uses": '["check"]', "query": '{ "field.f" = "id" }'}, "fields are not kept"),
        (
            {"uses": '["check"]', "query": '{ "applicant.id" = "id", "other_party.id" = "id" }'},
            "two values under one name",
        ),
        ({"constants": '{ id = "x" }'}, "there twice"),
        ({"constants": '{ "id.inner" = "x" }'}, "within a text"),
        ({"answer": "{}"}, "source.s.answer"),
        ({"answer": '{ fields = { id = { equals = "name" } } }'}, "not sent: name"),
        ({"answer": '{ fields = { id = { equals = "id", one_of = ["1"] } } }'}, "one of equals and one_of"),
        ({"answer": '{ result = { member = "r", yes = ["1"], no = ["1"] } }'}, "not both"),
        ({"answer": '{ fields = { id = { equals = "id" } }, max_age_days = 1 }'}, "come together"),
        ({"answer": '{ result = { member = "r", yes = [""], no = ["1"] } }'}, "answer.result.yes"),
        ({"authentication": '{ header = "A", secret = "S" }'}, "which signs"),
        (
            {"authentication": '{ header = "A\\nB", secret = "S", value = "{secret}" }'},
            "authentication.header",
        ),
        ({"owner": '"o'}, "line 3"),
    ],
)
def test_a_declaration_that_is_wrong_is_told_by_its_place(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_sources(_with(changes), "sources.toml")
    assert refused.value.detail.startswith("sources.toml: ")
    assert told in refused.value.detail


@pytest.mark.parametrize("secret", ["", "two\nlines", "密"])
def test_a_secret_that_is_not_there_or_no_header_stops_the_start(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(_with({"authentication": '{ header = "A", value = "{secret}", secret = "S" }'}))
    assert load_sources(str(path), {"S": "s"}, FixedClock(_NOW)).described()
    with pytest.raises(ConfigurationError) as refused:
        load_sources(str(path), {"S": secret} if secret else {}, FixedClock(_NOW))
    assert "S holds no secret" in refused.value.detail
