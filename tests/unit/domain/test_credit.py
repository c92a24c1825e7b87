"""What counts against an applicant, where and until when; and that it changes by transitions alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.domain.acts import Act, ActKind
from license_service.domain.credit import CreditAction, CreditEntry, CreditRecord, CreditState, standing_of
from license_service.domain.credit_json import record_from_json, record_to_json
from license_service.domain.standing import StandingMark
from license_service.errors import CreditStateError

NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
ENTRY = CreditEntry(
    StandingMark.BROKEN_COMMITMENT, "", NOW, NOW + timedelta(days=365), "信用依据", "c.promise"
)
RECORD = CreditRecord("r", "index", ENTRY)
ACT = Act(ActKind.REPAIR, "已整改", NOW, "officer-7")
S, A = CreditState, CreditAction
STEPS = {
    (S.ACTIVE, A.OBJECT): S.OBJECTED,
    (S.ACTIVE, A.REPAIR): S.REPAIRED,
    (S.OBJECTED, A.UPHOLD): S.CANCELED,
    (S.OBJECTED, A.REJECT): S.CONFIRMED,
    (S.CONFIRMED, A.REPAIR): S.REPAIRED,
}


@pytest.mark.parametrize("action", CreditAction)
@pytest.mark.parametrize("state", CreditState)
def test_every_step_of_a_record_in_every_state(state: CreditState, action: CreditAction) -> None:
    record = replace(RECORD, state=state)
    if (state, action) in STEPS:
        changed = record.after(action, ACT)
        assert (changed.state, changed.acts) == (STEPS[state, action], (ACT,))
        assert changed.entry == record.entry
        return
    with pytest.raises(CreditStateError) as refused:
        record.after(action, ACT)
    assert refused.value.code == "credit_record_state_conflict"


@pytest.mark.parametrize("state", CreditState)
def test_a_record_counts_until_it_is_repaired_or_canceled_or_its_period_is_over(state: CreditState) -> None:
    record = replace(RECORD, state=state)
    counts = state in {S.ACTIVE, S.OBJECTED, S.CONFIRMED}
    assert record.counts("any", ENTRY.until - timedelta(microseconds=1)) is counts
    assert not record.counts("any", ENTRY.until)


@pytest.mark.parametrize(
    ("scope", "matter", "counts"), [("", "x", True), ("x", "x", True), ("y", "x", False)]
)
def test_a_record_counts_in_its_matter_or_in_all(scope: str, matter: str, *, counts: bool) -> None:
    record = replace(RECORD, entry=replace(ENTRY, matter=scope))
    assert standing_of([record], matter, NOW).marks == (
        frozenset({StandingMark.BROKEN_COMMITMENT}) if counts else frozenset()
    )


def test_a_standing_holds_the_marks_of_all_records_that_count_and_leaves_ways_to_the_rules() -> None:
    debt = replace(RECORD, entry=replace(ENTRY, mark=StandingMark.EXPIRED_DEBT))
    over = replace(RECORD, entry=replace(ENTRY, mark=StandingMark.SERIOUS_DISHONESTY, until=NOW))
    standing = standing_of([RECORD, debt, over], "x", NOW)
    assert standing.marks == {StandingMark.BROKEN_COMMITMENT, StandingMark.EXPIRED_DEBT}
    assert (standing.may_commit, standing.may_defer) == (True, True)
    assert standing_of([], "x", NOW).marks == frozenset()


moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
texts = st.text(max_size=5)
acts = st.builds(Act, st.sampled_from(ActKind), texts, moments, texts, texts)
entries = st.builds(CreditEntry, st.sampled_from(StandingMark), texts, moments, moments, texts, texts)
records = st.builds(
    CreditRecord, texts, texts, entries, st.sampled_from(CreditState), st.lists(acts, max_size=3).map(tuple)
)


@given(records)
def test_any_record_survives_json(record: CreditRecord) -> None:
    kept = json.loads(json.dumps(record_to_json(record)))
    assert record_from_json(record.id, record.subject, kept) == record
