"""One checker after every fault: what was promised is there, once, in order, and names nobody.

I1 every case that was answered is in the database and in the log;
I2 each follow-up has at most one recorded effect;
I3 nothing is due for longer than its bound;
I4 the log has no gaps, and verifies as an auditor would do it;
I5 no personal data in logs, Redis, errors, events or metrics;
I6 timelines have no gaps, and no case is in a state that what it promised and owes does not lead to;
I7 every verdict comes out the same when it is computed again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import metadata
from license_service.audit.note import NoteVerifier
from license_service.audit.policy import trusting
from license_service.audit.verify import verify_export
from license_service.bootstrap import App
from license_service.bootstrap.erasing import open_store
from license_service.clock import SystemClock
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.domain.case import Case, CaseState

CANARIES = tuple(text.encode() for p in (COMPANY, LEGAL_PERSON) for text in (p.id, p.name))
_ONCE = {
    "commitment.overdue": "commitment_overdue",
    "supplement.expired": "supplement_expiry",
    "supplement.reminded": "supplement_reminder",
    "commitment.checked": "commitment_check",
    "commitment.rectify": "commitment_consequence",
    "commitment.enforced": "commitment_consequence",
    "case.referred": "manual_review",
}
"""Which follow-up each effect is recorded by."""

_MOST_CASES = 1_000_000


@dataclass(frozen=True)
class Findings:
    """Hold what was looked at, so that a check of nothing is seen."""

    cases: int
    events: int
    effects: int
    verdicts: int


def check(
    app: App, acknowledged: Iterable[str], *, bound_seconds: float = 60.0, texts: Sequence[bytes] = ()
) -> Findings:
    """Check every invariant; `texts` are logs and dumps of what ran."""
    while app.log.integrate():
        pass
    engine = sa.create_engine(app.settings.database_url)
    with engine.connect() as connection:
        rows = {name: _rows(connection, name) for name in ("case_file", "event", "follow_up")}
        everything = [row for name in metadata.tables for row in _rows(connection, name)]
    engine.dispose()
    _i1_kept(rows, acknowledged)
    effects = _i2_once(rows)
    _i3_timely(rows["follow_up"], bound_seconds)
    _i4_log(app, len(rows["event"]))
    columns = [json.dumps(row, default=str, ensure_ascii=False) for row in everything]
    entries = [bytes(row["entry"]) for row in rows["event"]]
    _i5_nobody([*texts, *entries, *(column.encode() for column in columns)])
    _i6_states(rows, _cases(app))
    return Findings(len(rows["case_file"]), len(entries), effects, _i7_verdicts(app))


def logs_of(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*.log") if path.is_file()]


def _rows(connection: sa.Connection, table: str) -> list[dict[str, Any]]:
    found = connection.execute(sa.text(f"SELECT * FROM {table}"))  # noqa: S608 - names of our own
    return [dict(row) for row in found.mappings()]


def _i1_kept(rows: dict[str, list[dict[str, Any]]], acknowledged: Iterable[str]) -> None:
    kept = {row["id"] for row in rows["case_file"]}
    assessed = [row for row in rows["event"] if row["kind"] == "case.assessed"]
    logged = {row["case_id"] for row in assessed if row["leaf_index"] is not None}
    lost = set(acknowledged) - (kept & logged)
    assert not lost, f"I1: lost {sorted(lost)}"
    assert max(Counter(row["case_id"] for row in assessed).values(), default=1) == 1, "I1: opened twice"


def _i2_once(rows: dict[str, list[dict[str, Any]]]) -> int:
    done = Counter((row["kind"], row["subject"]) for row in rows["follow_up"] if row["state"] == "done")
    entries = [json.loads(bytes(row["entry"])) for row in rows["event"] if row["kind"] in _ONCE]
    recorded = Counter((_ONCE[entry["kind"]], entry["data"]["obligation"]) for entry in entries)
    double = {key: (count, done[key]) for key, count in recorded.items() if count > done[key]}
    assert not double, f"I2: recorded more often than done {double}"
    return len(entries)


def _i3_timely(follow_ups: Sequence[dict[str, Any]], bound_seconds: float) -> None:
    late = SystemClock().now() - timedelta(seconds=bound_seconds)
    open_ones = [row for row in follow_ups if row["state"] == "open"]
    overdue = [row["id"] for row in open_ones if row["next_at"] < late.timestamp()]
    assert not overdue, f"I3: overdue {overdue}"


def _i4_log(app: App, events: int) -> None:
    assert app.log.check() == events, "I4: not every event is in the log"
    if not events:
        return
    verifier = NoteVerifier.parse(app.services.proofs.verification_key())
    verify_export(app.services.proofs.export(), trusting([verifier]))


def _i5_nobody(texts: Iterable[bytes]) -> None:
    escaped = [json.dumps(c.decode()).strip('"').encode() for c in CANARIES]
    for text in texts:
        for canary in (*CANARIES, *escaped):
            assert canary not in text, f"I5: personal data in {text[:200]!r}"


def _cases(app: App) -> list[Case]:
    store = open_store(app.settings)
    with store.begin() as tx:
        found = [stored.case for stored in tx.cases_after("", _MOST_CASES)]
    store.close()
    return found


def _i6_states(rows: dict[str, list[dict[str, Any]]], cases: Sequence[Case]) -> None:
    seqs: dict[str, list[int]] = {}
    for row in rows["event"]:
        if row["case_id"]:
            seqs.setdefault(row["case_id"], []).append(row["seq"])
    gaps = [case for case, found in seqs.items() if sorted(found) != list(range(1, len(found) + 1))]
    assert not gaps, f"I6: gaps in the timelines of {gaps}"
    assert {case.id for case in cases} == {row["id"] for row in rows["case_file"]}
    wrong = {case.id: case.state.value for case in cases if not _agrees(case)}
    assert not wrong, f"I6: states that what is promised and owed does not lead to: {wrong}"


def _agrees(case: Case) -> bool:
    if case.state in {CaseState.COMPLETE, CaseState.ACCEPTED_WITH_OBLIGATIONS}:
        return case.is_settled is (case.state is CaseState.COMPLETE)
    return (case.decided is not None) or case.state not in {CaseState.GRANTED, CaseState.DECISION_REVOKED}


def _i7_verdicts(app: App) -> int:
    outcomes = Counter(replay.outcome.value for _, replay in app.replays.all())
    assert set(outcomes) <= {"same"}, f"I7: {outcomes}"
    return outcomes["same"]
