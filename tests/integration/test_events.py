"""The feed of events: in the order of the log, whole whatever happens between two readings, and one's own."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.errors import CursorInvalidError
from license_service.services.cursor import CursorKey

_URL = "/v1/events"
_KEY = CursorKey(lambda: (bytes(32),))


@pytest.fixture
def happen(api: Any) -> Callable[[int, dict[str, str]], None]:
    def call(count: int, headers: dict[str, str]) -> None:
        for _ in range(count):
            sent = {"file": (io.BytesIO(b"not a license"), "f")}
            assert api.client.post("/v1/verifications", data=sent, headers=headers).status_code == 201
        api.app.log.integrate()

    return call


def _read(api: Any, headers: dict[str, str], after: str | None, limit: int = 100) -> tuple[list[str], str]:
    query = {"limit": limit, **({"after": after} if after else {})}
    answer = api.client.get(_URL, query_string=query, headers=headers)
    assert answer.status_code == 200
    return [event["id"] for event in answer.json["events"]], answer.json["next"]


def test_pages_put_together_are_the_whole(api: Any, headers: dict[str, str], happen: Any) -> None:
    happen(7, headers)
    whole, _ = _read(api, headers, None)
    found, cursor = _read(api, headers, None, limit=3)
    while True:
        page, cursor = _read(api, headers, cursor, limit=3)
        if not page:
            break
        happen(1, api.key(tenant="other"))  # what others do moves nothing
        found += page
    assert found == whole
    assert len(found) == len(set(found)) == 7


def test_a_reader_at_the_end_is_told_what_comes_next(api: Any, headers: dict[str, str], happen: Any) -> None:
    nothing, cursor = _read(api, headers, None)
    assert nothing == []
    happen(2, headers)
    first, cursor = _read(api, headers, cursor)
    happen(1, headers)
    second, _ = _read(api, headers, cursor)
    assert (len(first), len(second)) == (2, 1)


def test_another_tenant_reads_its_own_events_and_not_with_our_cursor(
    api: Any, headers: dict[str, str], happen: Any
) -> None:
    happen(2, headers)
    other = api.key(tenant="other")
    assert _read(api, other, None)[0] == []
    _, cursor = _read(api, headers, None)
    answer = api.client.get(_URL, query_string={"after": cursor}, headers=other)
    assert (answer.status_code, answer.json["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"after": "x"}, "cursor_invalid"),
        ({"after": "é"}, "cursor_invalid"),
        ({"after": "A" * 201}, "request_invalid"),
        ({"limit": 0}, "request_invalid"),
        ({"limit": 201}, "request_invalid"),
    ],
)
def test_what_is_no_cursor_is_refused(
    api: Any, headers: dict[str, str], query: dict[str, object], code: str
) -> None:
    answer = api.client.get(_URL, query_string=query, headers=headers)
    assert answer.json["code"] == code
    assert 400 <= answer.status_code < 500


@given(st.text(), st.text(), st.integers(-1, 2**60))
def test_a_cursor_opens_to_what_was_sealed(tenant: str, listing: str, position: int) -> None:
    assert _KEY.open(tenant, listing, _KEY.seal(tenant, listing, position)) == position


@given(st.integers(0, 2**40), st.integers(0, 200))
def test_a_cursor_with_one_bit_flipped_is_refused(position: int, bit: int) -> None:
    cursor = bytearray(_KEY.seal("t", "events", position).encode())
    cursor[bit % len(cursor)] ^= 1
    with pytest.raises(CursorInvalidError):
        _KEY.open("t", "events", cursor.decode())


def test_a_cursor_of_another_list_or_key_is_refused() -> None:
    cursor = _KEY.seal("t", "events", 5)
    for key, tenant, listing in (
        (_KEY, "t", "other"),
        (_KEY, "te", "vents"),
        (CursorKey(lambda: (b"x" * 32,)), "t", "events"),
    ):
        with pytest.raises(CursorInvalidError):
            key.open(tenant, listing, cursor)
