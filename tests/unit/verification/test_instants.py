"""A kept result is the result: at every moment, in any order, whatever else was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.demo import responder
from license_service.demo.certificates import Identity, Life, Subject, issue, revoked_entry, sign_crl
from license_service.demo.keys import KeyFamily, generate_key
from license_service.verification.crypto import paths, revocation
from license_service.verification.crypto.instants import BEGINNING, END, Instant, TimedCache
from license_service.verification.crypto.paths import PathResult, build_path
from license_service.verification.crypto.revocation import RevocationResult, check_revocation

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
times = st.datetimes(timezones=st.just(UTC))


@given(moment=times, marks=st.lists(times, max_size=5), other=times)
def test_answers_are_the_same_as_long_as_it_says_so(
    moment: datetime, marks: list[datetime], other: datetime
) -> None:
    instant = Instant(moment)
    given_answers = [(instant.reached(mark), instant.passed(mark)) for mark in marks]
    assert given_answers == [(mark <= moment, mark < moment) for mark in marks]
    assert instant.holds_at(moment)
    if instant.holds_at(other):
        assert given_answers == [(mark <= other, mark < other) for mark in marks]


@pytest.mark.parametrize("moment", [BEGINNING, NOW, END])
def test_the_ends_of_time_are_moments_too(moment: datetime) -> None:
    instant = Instant(moment)
    assert instant.within(BEGINNING, END)
    assert not instant.passed(END)
    assert instant.holds_at(moment)


def test_the_cache_is_bounded_in_keys_and_windows() -> None:
    cache: TimedCache[datetime] = TimedCache(2)
    asked = []

    def ask(key: int, moment: datetime) -> datetime:
        def compute(instants: tuple[Instant, ...]) -> datetime:
            asked.append((key, moment))
            instants[0].within(moment, moment)
            return moment

        return cache.get(key, (moment,), compute)

    for key in (1, 2, 1, 3, 1, 2):
        assert ask(key, NOW) == NOW
    assert asked == [(1, NOW), (2, NOW), (3, NOW), (2, NOW)]
    for day in range(5):
        assert ask(1, NOW + day * DAY) == NOW + day * DAY
    assert ask(1, NOW) == NOW
    assert asked[-1] == (1, NOW)  # the oldest of its windows had made room
    cache.clear()
    assert ask(1, NOW) == NOW
    assert asked[-2:] == [(1, NOW), (1, NOW)]


def _make(name: str, issuer: Identity | None, start: int, end: int, *, authority: bool = True) -> Identity:
    life = Life(NOW + start * DAY, NOW + end * DAY)
    return issue(Subject(name, "示例机构"), _KEYS[name], issuer, life, authority=authority)


_KEYS = {name: generate_key(KeyFamily.EC) for name in ("root", "middle", "leaf", "ocsp", "hostile")}
_ROOT = _make("root", None, -90, 90)
_MIDDLES = [_make("middle", _ROOT, -60, -10), _make("middle", _ROOT, -20, 60)]
_LEAF = _make("leaf", _MIDDLES[1], -50, 50, authority=False)
_HOSTILE = _make("hostile", None, -5, 5)
_OTHERS = [
    *(middle.certificate for middle in _MIDDLES),
    _make("middle", _HOSTILE, -60, 60).certificate,
    b"\x30\x03\x02\x01\x05",
]
_LISTED = revoked_entry(_LEAF.certificate, NOW + 5 * DAY)
_HELD = revoked_entry(
    _LEAF.certificate,
    NOW + DAY,
    {"extn_id": "crl_reason", "critical": False, "extn_value": "certificate_hold"},
)


def _in_force(start: int, end: int) -> Life:
    return Life(NOW + start * DAY, NOW + end * DAY)


_CRLS = [
    sign_crl(_ROOT, _in_force(-80, 30)),
    sign_crl(_MIDDLES[0], _in_force(-40, 2)),
    sign_crl(_MIDDLES[0], _in_force(2, 3), [_HELD]),
    sign_crl(_MIDDLES[0], _in_force(4, 8), [_LISTED]),
    sign_crl(_HOSTILE, _in_force(-90, 90), issuer=_MIDDLES[0].asn1.subject),
    b"\x30\x80",
]
_RESPONSES = [
    responder.answer(_LEAF, _MIDDLES[0], _MIDDLES[0], _in_force(3, 9)),
    responder.answer(_LEAF, _MIDDLES[0], _HOSTILE, _in_force(-9, 9), responder.revoked(NOW - DAY)),
    b"\x30\x00",
]
_MARKS = [-90, -80, -60, -50, -40, -20, -10, -5, 0, 1, 2, 3, 4, 5, 8, 9, 10, 30, 50, 60, 90]
moments = st.builds(
    lambda day, ticks: NOW + day * DAY + ticks * TICK, st.sampled_from(_MARKS), st.integers(-2, 2)
) | st.datetimes(datetime(2026, 2, 1), datetime(2026, 10, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
some = st.sets(st.integers(0, 5))


def _judge(
    moment: datetime, asked_at: datetime, crls: Sequence[bytes], responses: Sequence[bytes]
) -> tuple[PathResult, RevocationResult]:
    path = build_path(_LEAF.certificate, _OTHERS, [_ROOT.certificate], moment)
    return path, check_revocation(
        path, crls, responses, moment, certificates=_OTHERS, asked_at=max(moment, asked_at)
    )


@settings(max_examples=40, deadline=None)
@given(questions=st.lists(st.tuples(moments, moments, some), min_size=1, max_size=12))
def test_paths_and_revocation_are_the_same_with_and_without_what_was_kept(
    questions: list[tuple[datetime, datetime, set[int]]],
) -> None:
    for moment, asked_at, chosen in questions:
        crls = [c for n, c in enumerate(_CRLS) if n not in chosen]
        responses = [r for n, r in enumerate(_RESPONSES) if n not in chosen]
        warm = _judge(moment, asked_at, crls, responses)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(paths, "_PATHS", TimedCache(1))
            patch.setattr(revocation, "_RESULTS", TimedCache(1))
            assert warm == _judge(moment, asked_at, crls, responses)


def test_every_answer_occurs_among_them() -> None:
    found = {_judge(NOW + day * DAY, NOW, _CRLS, _RESPONSES)[1].code for day in _MARKS}
    assert found == {"OK", "REVOCATION_UNKNOWN", "CERTIFICATE_ON_HOLD", "CERTIFICATE_REVOKED"}
