"""How the wait of a bundle's matters ends without a result: withdrawn, or over by the bundle's rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from license_service.clock import parse_instant
from license_service.domain.acts import Act, act_to_json
from license_service.domain.bundle import Bundle
from license_service.domain.bundle_decision import WAITING
from license_service.domain.bundle_wait import WAIT, WaitAction, end_wait, state_of
from license_service.domain.case import Event, EventKind
from license_service.domain.case_json import deadline_to_json
from license_service.domain.deadlines import Period, Unit, deadline_after
from license_service.domain.obligation import FollowUpKind, FollowUpRequest
from license_service.domain.workdays import WorkCalendar, end_of, start_of
from license_service.errors import ErasedError
from license_service.services.accepting.bundle_ports import StoredBundleApplication
from license_service.services.following.outcomes import Effect
from license_service.services.ports import Transaction
from license_service.services.recording import add_follow_ups, record_event
from license_service.services.records import FollowUp


def wait_of(bundle: Bundle, calendar: WorkCalendar, now: datetime) -> dict[str, Any] | None:
    """Return until when a matter of an application made now may wait; None where the rule sets no end."""
    if bundle.wait is None:
        return None
    deadline = deadline_after(now, bundle.wait.within, calendar)
    return {**deadline_to_json(deadline), "basis": bundle.wait.basis}


def follow_wait(tx: Transaction, stored: StoredBundleApplication, now: datetime) -> None:
    """Ask for the end of a wait to be followed up, where something waits and the rule sets an end."""
    wait = stored.body["wait"]
    if waiting(stored) and wait:
        # By its first case, so that whatever happens to the follow-up is on a timeline.
        subject, due_at = f"{_cases(stored)[0]}.{stored.id}", parse_instant(wait["due_at"])
        request = FollowUpRequest(FollowUpKind.BUNDLE_WAIT_EXPIRY, subject, wait["due_on"], due_at)
        add_follow_ups(tx, stored.tenant, [request], now)


def recompute_wait(
    tx: Transaction, stored: StoredBundleApplication, calendar: WorkCalendar, now: datetime
) -> bool:
    """Count a provisional end of a wait again; the later day holds, as with what a case owes."""
    wait = stored.body.get("wait")
    if not waiting(stored) or not wait or not wait["provisional"]:
        return False
    told, begun = wait["explanation"], start_of(date.fromisoformat(wait["explanation"]["start"]))
    deadline = deadline_after(begun, Period(told["count"], Unit(told["unit"])), calendar)
    last = max(deadline.due_on, date.fromisoformat(wait["due_on"]))
    again = deadline_to_json(replace(deadline, due_on=last, due_at=end_of(last)))
    if again.items() <= wait.items():
        return False
    changed = replace(stored, body={**stored.body, "wait": {**wait, **again}})
    tx.save_bundle_application(changed)
    data = {
        **_named(stored),
        **{name: again[name] for name in ("due_on", "provisional")},
        "told_before": wait["due_on"],
        "calendar_digest": deadline.calendar_digest,
        "basis": wait["basis"],
    }
    _tell(tx, stored, Event(EventKind.WAIT_RECOMPUTED, data), now)
    if last.isoformat() != wait["due_on"]:
        follow_wait(tx, changed, now)
    return True


def waiting(stored: StoredBundleApplication) -> list[str]:
    """Return the matters that wait for a result."""
    records = stored.body["matters"]
    return [item["matter"] for item in records if WAIT.allows(state_of(item["outcome"]), WaitAction.OPEN)]


def is_over(stored: StoredBundleApplication, now: datetime) -> bool:
    """Tell whether the time to wait has passed; one made before there was a rule has no end."""
    wait = stored.body.get("wait")
    return wait is not None and parse_instant(wait["due_at"]) <= now


def withdraw(
    tx: Transaction, stored: StoredBundleApplication, chosen: Sequence[str], act: Act
) -> StoredBundleApplication:
    """Withdraw matters that wait; the reason is kept with the application, the event names codes alone.

    Raises:
        CaseStateError: if one of them does not wait.
    """
    done = {**act_to_json(act), "matters": list(chosen)}
    body = {**stored.body, "acts": [*stored.body.get("acts", []), done]}
    changed = replace(stored, body=body)
    return _end(tx, changed, chosen, WaitAction.WITHDRAW, EventKind.WAIT_WITHDRAWN, act.at)


def wait_over(claimed: FollowUp) -> Effect:
    """Return the effect of the time to wait having ended: nothing, if nothing waits any more."""
    identifier = claimed.subject.partition(".")[2]

    def effect(tx: Transaction, now: datetime) -> None:
        try:
            stored = tx.bundle_application(claimed.tenant, identifier)
        except ErasedError:
            return  # it was over before
        if stored is not None and is_over(stored, now) and (chosen := waiting(stored)):
            _end(tx, stored, chosen, WaitAction.EXPIRE, EventKind.WAIT_EXPIRED, now)

    return effect


def _end(
    tx: Transaction,
    stored: StoredBundleApplication,
    chosen: Sequence[str],
    action: WaitAction,
    kind: EventKind,
    now: datetime,
) -> StoredBundleApplication:
    records = stored.body["matters"]
    outcomes = {item["matter"]: item["outcome"] for item in records}
    sources = {item["matter"]: {need["result_of"] for need in item["waits_for"]} for item in records}
    ended = end_wait(outcomes, sources, chosen, action)
    told = [
        {**item, "outcome": ended[item["matter"]].value, "waits_for": [], "obstacles": []}
        if item["matter"] in ended
        else item
        for item in records
    ]
    goes_on = any(item["outcome"] == WAITING for item in told)
    body = {**stored.body, "matters": told}
    changed = replace(stored, body=body, handed_in=stored.handed_in if goes_on else {})
    tx.save_bundle_application(changed)
    basis = {"basis": body["wait"]["basis"]} if action is WaitAction.EXPIRE else {}
    data = {**_named(stored), "matters": {code: state.value for code, state in ended.items()}, **basis}
    _tell(tx, stored, Event(kind, data), now)
    return changed


def _named(stored: StoredBundleApplication) -> dict[str, Any]:
    named = {name: stored.body[name] for name in ("bundle", "bundle_version")}
    return {"application": stored.id, **named}


def _tell(tx: Transaction, stored: StoredBundleApplication, event: Event, now: datetime) -> None:
    """Write an event to the timeline of every case of an application."""
    for case_id in sorted(_cases(stored)):
        tx.lock_case(case_id)
        record_event(tx, stored.tenant, case_id, event, now)


def _cases(stored: StoredBundleApplication) -> list[str]:
    return [item["case_id"] for item in stored.body["matters"] if item["case_id"]]
