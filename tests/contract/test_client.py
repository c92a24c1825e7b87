"""When the client repeats a request, under which key, and what its errors say: against a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from license_service.client import (
    Client,
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    Retries,
    StillRunningError,
    UnavailableError,
    UnreachableError,
    VersionConflictError,
)
from license_service.demo.neighbors import Answer, Neighbor

_QUICK = Retries(attempts=3, base_seconds=0.01, longest_seconds=3.0)


@dataclass
class Scripted:
    """Answer as told, the last answer again and again; keep what was asked."""

    answers: list[Answer] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def respond(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.asked.append((path, headers, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _refused(status: int, code: str) -> Answer:
    problem = {"type": f"urn:x:{code}", "title": "中", "title_en": "e", "status": status, "code": code}
    return status, {**problem, "detail": "why", "action": "what", "instance": "/", "errors": []}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Scripted, str]]:
    scripted = Scripted()
    with Neighbor(scripted.respond, lambda: scripted.headers) as neighbor:
        yield scripted, f"http://{neighbor.host}"


@pytest.fixture
def script(server: tuple[Scripted, str]) -> Scripted:
    scripted = server[0]
    scripted.answers, scripted.headers = [(200, {"id": "1"})], {}
    scripted.asked.clear()
    return scripted


@pytest.fixture
def client(server: tuple[Scripted, str]) -> Client:
    return Client(server[1], "secret", retries=_QUICK)


def _keys(script: Scripted) -> list[str]:
    return [headers["idempotency-key"] for _path, headers, _body in script.asked]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again_under_the_same_key(
    client: Client, script: Scripted, status: int
) -> None:
    script.answers = [_refused(status, "c"), _refused(status, "c"), (201, {"id": "1"})]
    assert client.verifications.verify(b"x")["id"] == "1"
    assert len(_keys(script)) == 3
    assert len(set(_keys(script))) == 1


def test_a_first_attempt_that_is_still_being_done_is_waited_for(client: Client, script: Scripted) -> None:
    script.answers = [_refused(409, "idempotency_in_progress"), (201, {"id": "1"})]
    assert client.verifications.verify(b"x")["id"] == "1"
    assert len(set(_keys(script))) == 1


def test_each_call_has_a_key_of_its_own_or_the_one_it_is_given(client: Client, script: Scripted) -> None:
    client.verifications.verify(b"x")
    client.verifications.verify(b"x")
    client.verifications.verify(b"x", key="mine")
    first, second, mine = _keys(script)
    assert first != second
    assert mine == "mine"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "cursor_invalid", InvalidRequestError),
        (401, "unauthenticated", NotAllowedError),
        (403, "forbidden", NotAllowedError),
        (404, "not_found", NotFoundError),
        (409, "case_state_conflict", ConflictError),
        (412, "version_conflict", VersionConflictError),
        (413, "document_too_large", InvalidRequestError),
        (422, "request_invalid", InvalidRequestError),
        (418, "teapot", RefusedError),
        (500, "internal_error", UnavailableError),
    ],
)
def test_what_does_not_pass_is_told_at_once_with_its_code(
    client: Client, script: Scripted, status: int, code: str, kind: type[RefusedError]
) -> None:
    script.answers = [_refused(status, code)]
    with pytest.raises(kind) as refused:
        client.cases.get("1")
    assert type(refused.value) is kind
    assert (refused.value.code, refused.value.status) == (code, status)
    assert refused.value.problem["action"] == "what"
    assert len(script.asked) == 1


def test_the_last_attempt_tells_its_refusal(client: Client, script: Scripted) -> None:
    script.answers = [_refused(503, "store_unavailable")]
    with pytest.raises(UnavailableError) as refused:
        client.cases.get("1")
    assert (refused.value.code, len(script.asked)) == ("store_unavailable", 3)


def test_an_answer_of_a_proxy_is_a_refusal_too(client: Client, script: Scripted) -> None:
    script.answers = [(404, {"error": "no route"})]
    with pytest.raises(NotFoundError) as refused:
        client.cases.get("1")
    assert refused.value.code == "http_404"


@pytest.mark.parametrize("dated", [False, True])
def test_retry_after_is_honored(client: Client, script: Scripted, *, dated: bool) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    script.answers, script.headers = (
        [_refused(429, "rate_limited"), (200, {"id": "1"})],
        {"Retry-After": moment if dated else "1"},
    )
    began = time.monotonic()
    client.cases.get("1")
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize("text", ["soon", "-1", "", "1e9"])
def test_a_retry_after_that_cannot_be_read_is_none(client: Client, script: Scripted, text: str) -> None:
    script.answers = [_refused(429, "rate_limited"), (200, {"id": "1"})]
    script.headers = {"Retry-After": text}
    assert client.cases.get("1")["id"] == "1"


def test_who_would_have_to_wait_too_long_is_told(client: Client, script: Scripted) -> None:
    script.answers, script.headers = [_refused(429, "rate_limited")], {"Retry-After": "3600"}
    with pytest.raises(RateLimitedError):
        client.cases.get("1")
    assert len(script.asked) == 1


def test_nobody_there_is_told_after_all_attempts() -> None:
    with pytest.raises(UnreachableError):
        Client("http://127.0.0.1:1", "secret", retries=_QUICK).cases.get("1")


def test_a_version_is_asked_for_as_an_entity_tag(client: Client, script: Scripted) -> None:
    client.cases.supplement("c1", "photo", version=7)
    client.cases.supplement("c1", "photo")
    with_it, without = (headers for _path, headers, _body in script.asked)
    assert with_it["if-match"] == '"7"'
    assert "if-match" not in without
    assert with_it["authorization"] == "Bearer secret"


def test_what_is_put_into_a_path_stays_one_part_of_it(client: Client, script: Scripted) -> None:
    client.cases.get("../keys?x#y%2f{z}")
    assert script.asked[0][0] == "/v1/cases/..%2Fkeys%3Fx%23y%252f%7Bz%7D"


def test_pages_of_events_follow_the_cursor_until_there_are_none(client: Client, script: Scripted) -> None:
    script.answers = [
        (200, {"events": [{"id": "1"}], "next": "a&b"}),
        (200, {"events": [{"id": "2"}], "next": "c"}),
        (200, {"events": [], "next": "c"}),
    ]
    assert [page["next"] for page in client.events.pages(limit=1)] == ["a&b", "c"]
    assert [path for path, _headers, _body in script.asked] == [
        "/v1/events?limit=1",
        "/v1/events?after=a%26b&limit=1",
        "/v1/events?after=c&limit=1",
    ]


def test_a_batch_is_waited_for_and_not_for_ever(client: Client, script: Scripted) -> None:
    running = {"id": "b", "state": "running", "total": 2, "done": 1, "indications": {}}
    script.answers = [(202, running), (200, running), (200, {**running, "state": "complete"})]
    batch = client.batches.open([("a", b"1"), ("b", b"2")])
    lines = script.asked[0][2].splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a", "b"]
    assert client.batches.wait(batch["id"], 10)["state"] == "complete"
    script.answers = [(200, running)]
    with pytest.raises(StillRunningError):
        client.batches.wait("b", 0.3)


def test_a_receipt_is_waited_for_while_it_is_pending_alone(client: Client, script: Scripted) -> None:
    script.answers = [_refused(409, "receipt_pending"), (200, {})]
    assert client.proofs.await_receipt("e1", 5) == "{}"
    script.answers = [_refused(409, "case_state_conflict")]
    with pytest.raises(ConflictError):
        client.proofs.await_receipt("e1", 5)
