"""How a promise was made is kept for what was taken, and for nothing else, in whatever order it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.application import Channel, CommitmentOffer
from license_service.domain.assessment import Assessment, MaterialFinding, MaterialOutcome, OverallOutcome
from license_service.domain.commitment_record import CommitmentRecord, records_of
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import CheckMethod, CheckPlan, CommitmentRoute, Material, Matter, Notice

NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
NOTICE = Notice("safe", "2", "告知", "Notice", "b")
ROUTE = CommitmentRoute(NOTICE, CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS)), "b")
MATERIAL = Material("p", "材料", "Material", False, "b", None, ROUTE, None, True)  # noqa: FBT003
MATTER = Matter("x", "1", "事项", "Matter", date(2025, 1, 1), None, "b", (MATERIAL,))
BY_PROXY = replace(MATTER, materials=(replace(MATERIAL, by_commitment=replace(ROUTE, proxy_allowed=True)),))
OFFER = CommitmentOffer("p", NOTICE.digest, "示例甲", channel=Channel.WINDOW)
PROXY = replace(OFFER, proxy_authorization="ab" * 32)
OUTDATED = replace(OFFER, notice_digest="sha256:" + "0" * 64)


def _records(
    *offers: CommitmentOffer, matter: Matter = MATTER, outcome: MaterialOutcome = MaterialOutcome.COMMITTED
) -> list[CommitmentRecord]:
    finding = MaterialFinding("p", outcome, "X")
    assessment = Assessment(OverallOutcome.ACCEPTED_WITH_OBLIGATIONS, (finding,), ())
    return list(records_of(assessment, matter, offers, NOW))


def test_a_promise_names_notice_time_channel_and_authorization() -> None:
    shown = NOW - timedelta(minutes=5)
    (record,) = _records(replace(PROXY, shown_at=shown), matter=BY_PROXY)
    assert record == CommitmentRecord(
        "p", "safe", "2", NOTICE.digest, shown, Channel.WINDOW, PROXY.proxy_authorization
    )
    assert _records(OFFER)[0].shown_at == NOW


@pytest.mark.parametrize("offer", [OUTDATED, PROXY, replace(OFFER, material="q")])
def test_what_cannot_stand_is_not_what_was_promised(offer: CommitmentOffer) -> None:
    assert _records(offer) == []
    assert _records(offer, OFFER) == _records(OFFER)


@pytest.mark.parametrize("outcome", [o for o in MaterialOutcome if o is not MaterialOutcome.COMMITTED])
def test_nothing_is_kept_where_no_promise_was_taken(outcome: MaterialOutcome) -> None:
    assert _records(OFFER, outcome=outcome) == []


offers = st.builds(
    replace, st.sampled_from((OFFER, PROXY, OUTDATED)), channel=st.sampled_from(Channel),
    shown_at=st.none() | st.integers(0, 3).map(lambda hours: NOW - timedelta(hours=hours)),
)  # fmt: skip


@given(st.lists(offers, max_size=5).flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_the_order_of_promises_never_matters(
    given_and_shuffled: tuple[list[CommitmentOffer], list[CommitmentOffer]],
) -> None:
    first, second = given_and_shuffled
    assert _records(*first, matter=BY_PROXY) == _records(*second, matter=BY_PROXY)
