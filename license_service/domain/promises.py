"""What becomes of a promise (告知承诺): readings, a clerk's finding, objection, consequence, withdrawal.

1. One reading that says broken is a doubt. From then on only two readings in a row that agree decide; a
   source that contradicts itself, or gives no answer, never breaks a promise.
2. Two such readings, or a clerk's finding, break it. A notice opens the window for an objection.
3. An objection stops what follows until a person rules on it.
4. Then the consequences of the rule follow one after the other; each chance to rectify has a deadline.

Clause: 国办发〔2020〕42号 (核查, 不实承诺的处理, 异议, 撤回承诺).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from license_service.domain.acts import Act, Ruling
from license_service.domain.assessment import MaterialFinding, MaterialOutcome
from license_service.domain.case import (
    Case,
    CaseAction,
    CaseState,
    CheckResult,
    Circumstances,
    Event,
    EventKind,
    Transition,
    closed,
    require_open,
    settled,
)
from license_service.domain.credit import entry_for
from license_service.domain.deadlines import deadline_after
from license_service.domain.matter import Consequence, Remedy
from license_service.domain.obligation import (
    COMMITMENT,
    CommitmentAction,
    Obligation,
    ObligationKind,
    ObligationState,
    consequence_of,
    deferral_of,
    describe,
    follow_ups_of,
    moved_to,
)
from license_service.domain.standing import StandingMark
from license_service.errors import CaseStateError, ObjectionLateError

_AGREEING = 2
"""How many readings in a row decide once one of them said broken."""
_FOLLOWED = frozenset({ObligationState.BROKEN, ObligationState.CONFIRMED, ObligationState.RECTIFYING})
"""Where a consequence follows by itself."""
_ACTIONS = {
    CheckResult.KEPT: CommitmentAction.KEEP,
    CheckResult.BROKEN: CommitmentAction.BREAK,
    CheckResult.UNDETERMINED: CommitmentAction.DOUBT,
}


def record_check(case: Case, obligation_id: str, result: CheckResult, at: Circumstances) -> Transition:
    """Record what a source was read to say.

    Raises:
        CaseStateError: if the case or the obligation is no longer open.
    """
    promise = _read(require_open(case, obligation_id, ObligationKind.COMMITMENT), result)
    action = _decided(promise)
    state = COMMITMENT.after(promise.state, action)
    data = {"obligation": promise.id, "result": result.value, "state": state.value}
    checked = Event(EventKind.COMMITMENT_CHECKED, data)
    return _found(case, promise, action, (checked,), at)


def record_overdue(case: Case, obligation_id: str) -> Transition:
    """Record that a promise was not checked in time: a person must act, the promise is not broken.

    Raises:
        CaseStateError: if it no longer waits.
    """
    promise = require_open(case, obligation_id, ObligationKind.COMMITMENT)
    event = Event(EventKind.COMMITMENT_OVERDUE, {"obligation": promise.id, "due_on": promise.due_on})
    return Transition(case.after(CaseAction.REFER), (event,))


def record_finding(
    case: Case, obligation_id: str, result: CheckResult, act: Act, at: Circumstances
) -> Transition:
    """Record what a clerk found; a case that waited for a person goes on.

    Raises:
        CaseStateError: if the promise is settled, or its state does not allow this result.
    """
    promise = _promise(case, obligation_id)
    action = _ACTIONS[result]
    state = COMMITMENT.after(promise.state, action)
    data = {
        "obligation": promise.id, "result": result.value, "state": state.value, "officer": act.officer,
    }  # fmt: skip
    found = Event(EventKind.COMMITMENT_FOUND, data)
    resumed = case.after(CaseAction.RESUME) if case.state is CaseState.MANUAL_REVIEW else case
    return _found(resumed, _with(promise, act), action, (found,), at)


def object_to(case: Case, obligation_id: str, act: Act) -> Transition:
    """Object to a promise being found broken: nothing follows until a person rules on it.

    Raises:
        ObjectionLateError: if the window is over.
        CaseStateError: if the promise is not found broken, or an objection was ruled on already.
    """
    promise = _promise(case, obligation_id)
    objected = replace(_with(promise, act), state=COMMITMENT.after(promise.state, CommitmentAction.OBJECT))
    if promise.consequence_at is not None and act.at > promise.consequence_at:
        raise ObjectionLateError("the window for objections is over")
    event = Event(EventKind.COMMITMENT_OBJECTED, {"obligation": promise.id})
    return Transition(case.with_obligation(objected), (event,))


def rule_on(case: Case, obligation_id: str, ruling: Ruling, act: Act) -> Transition:
    """Rule on an objection: upheld, the promise counts as kept; rejected, the consequences follow.

    Raises:
        CaseStateError: if there is no objection to rule on.
    """
    promise = _promise(case, obligation_id)
    action = CommitmentAction.UPHOLD if ruling is Ruling.UPHELD else CommitmentAction.REJECT
    ruled = replace(_with(promise, act), state=COMMITMENT.after(promise.state, action))
    data = {"obligation": promise.id, "ruling": ruling.value, "officer": act.officer}
    events = (Event(EventKind.COMMITMENT_RULED, data),)
    if ruling is Ruling.UPHELD or promise.consequence_at is None:
        return settled(case.with_obligation(ruled), events)
    ruled = replace(ruled, consequence_at=max(act.at, promise.consequence_at))
    return Transition(case.with_obligation(ruled), events, (consequence_of(ruled, ", after the ruling"),))


def is_enforceable(case: Case, obligation_id: str, now: datetime) -> bool:
    """Tell whether the next consequence of a broken promise follows now."""
    promise = case.obligation(obligation_id)
    due = promise.consequence_at is not None and promise.consequence_at <= now
    return due and case.is_waiting and promise.state in _FOLLOWED


def enforce(case: Case, obligation_id: str, at: Circumstances) -> Transition:
    """Apply the next consequence that the rule has for a broken promise.

    Raises:
        CaseStateError: if none follows now.
    """
    if not is_enforceable(case, obligation_id, at.now):
        raise CaseStateError(f"nothing follows for {obligation_id} now")
    promise = case.obligation(obligation_id)
    rule = at.matter.on_broken(promise.material)
    if rule is None or promise.step >= len(rule.consequences):
        raise CaseStateError(f"the rule of {promise.material} has no further consequence")
    consequence = rule.consequences[promise.step]
    taken = replace(promise, step=promise.step + 1)
    if consequence.remedy is Remedy.RECTIFY:
        transition = _rectify(case, taken, consequence, at)
    else:
        transition = _end(case, taken, consequence)
    mark = StandingMark.BROKEN_COMMITMENT
    entered = entry_for(at.matter, mark, promise.id, at.calendar, at.now) if consequence.credit_record else ()
    return replace(transition, credit=entered)


def withdraw(
    case: Case, obligation_id: str, act: Act, instead: MaterialFinding, at: Circumstances
) -> Transition:
    """Withdraw a promise before the decision: the material goes the ordinary way, `instead` of promised.

    Where the rule lets it be owed it is owed from now on; else the case goes back for correction.

    Raises:
        CaseStateError: if the promise is no longer open, or the decision is made.
    """
    promise = require_open(case, obligation_id, ObligationKind.COMMITMENT)
    if case.decided is not None:
        raise CaseStateError("the decision is made")
    gone = replace(_with(promise, act), state=COMMITMENT.after(promise.state, CommitmentAction.WITHDRAW))
    changed = case.with_obligation(gone).with_finding(instead)
    data = {"obligation": promise.id, "material": promise.material, "outcome": instead.outcome.value}
    material = at.matter.material(promise.material)
    if instead.outcome is MaterialOutcome.DEFERRED and material and material.by_deferral:
        owed = deferral_of(f"{promise.id}.owed", material.code, material.by_deferral, at.calendar, at.now)
        event = Event(EventKind.COMMITMENT_WITHDRAWN, {**data, "owed": describe(owed)})
        return Transition(
            replace(changed, obligations=(*changed.obligations, owed)),
            (event,),
            follow_ups_of(owed, at.matter, at.calendar, at.now),
        )
    returned = changed.after(CaseAction.RETURN)
    return Transition(returned, (Event(EventKind.COMMITMENT_WITHDRAWN, data), closed(returned)))


def _read(promise: Obligation, result: CheckResult) -> Obligation:
    broken, kept = result is CheckResult.BROKEN, result is CheckResult.KEPT
    return replace(
        promise,
        broken_readings=promise.broken_readings + 1 if broken else 0,
        kept_readings=promise.kept_readings + 1 if kept else 0,
        doubted=promise.doubted or broken or promise.broken_readings > 0,
    )


def _decided(promise: Obligation) -> CommitmentAction:
    if promise.broken_readings >= _AGREEING:
        return CommitmentAction.BREAK
    enough = _AGREEING if promise.doubted else 1
    return CommitmentAction.KEEP if promise.kept_readings >= enough else CommitmentAction.DOUBT


def _found(
    case: Case, promise: Obligation, action: CommitmentAction, events: tuple[Event, ...], at: Circumstances
) -> Transition:
    changed = replace(promise, state=COMMITMENT.after(promise.state, action))
    if action is CommitmentAction.BREAK:
        return _broken(case, changed, events, at)
    return settled(case.with_obligation(changed), events)


def _broken(case: Case, promise: Obligation, events: tuple[Event, ...], at: Circumstances) -> Transition:
    rule = at.matter.on_broken(promise.material)
    if rule is None:
        told = Event(EventKind.COMMITMENT_BROKEN, {"obligation": promise.id})
        return Transition(case.with_obligation(promise).after(CaseAction.REFER), (*events, told))
    window = deadline_after(at.now, rule.objection, at.calendar)
    promise = replace(moved_to(promise, window), consequence_at=window.due_at)
    data = {
        "obligation": promise.id,
        "material": promise.material,
        "objection_until": window.due_on.isoformat(),
        "provisional": window.provisional,
        "then": rule.consequences[0].remedy.value,
        "basis": rule.consequences[0].basis,
    }
    told = Event(EventKind.COMMITMENT_BROKEN, data)
    return Transition(case.with_obligation(promise), (*events, told), (consequence_of(promise),))


def _rectify(case: Case, promise: Obligation, consequence: Consequence, at: Circumstances) -> Transition:
    if consequence.within is None:
        raise CaseStateError("a chance to rectify has a period")
    deadline = deadline_after(at.now, consequence.within, at.calendar)
    state = COMMITMENT.after(promise.state, CommitmentAction.RECTIFY)
    ordered = replace(moved_to(promise, deadline), state=state, consequence_at=deadline.due_at)
    event = Event(EventKind.COMMITMENT_RECTIFY, {**describe(ordered), "basis": consequence.basis})
    return Transition(case.with_obligation(ordered), (event,), (consequence_of(ordered),))


def _end(case: Case, promise: Obligation, consequence: Consequence) -> Transition:
    enforced = replace(promise, state=COMMITMENT.after(promise.state, CommitmentAction.ENFORCE))
    action = _ending(case, consequence.remedy)
    ended = case.with_obligation(enforced).after(action)
    data = {
        "obligation": promise.id,
        "remedy": consequence.remedy.value,
        "basis": consequence.basis,
        "state": ended.state.value,
    }
    events = (Event(EventKind.COMMITMENT_ENFORCED, data),)
    if action is not CaseAction.REFER:
        return Transition(ended, (*events, closed(ended)))
    return settled(ended, (*events, Event(EventKind.CASE_REFERRED, {"obligation": promise.id})))


def _ending(case: Case, remedy: Remedy) -> CaseAction:
    # A rule that ends the procedure gives no power over a decision: after it, a person decides. A rule that
    # revokes the decision ends the procedure all the more.
    if case.state is not CaseState.GRANTED:
        return CaseAction.TERMINATE
    return CaseAction.REVOKE_DECISION if remedy is Remedy.REVOKE_DECISION else CaseAction.REFER


def _promise(case: Case, obligation_id: str) -> Obligation:
    promise = case.obligation(obligation_id)
    if promise.kind is not ObligationKind.COMMITMENT or not case.is_waiting:
        raise CaseStateError(f"{obligation_id} is no promise of an open case")
    return promise


def _with(promise: Obligation, act: Act) -> Obligation:
    return replace(promise, acts=(*promise.acts, act))
