"""Credit records: what counts against an applicant, until when, and how it is repaired or objected to.

A record is entered by a rule of the catalogue or by an officer, and changes by transitions alone. Whose it
is, is a blind index: the id of no applicant is in it.
Clause: 国办发〔2020〕42号 (serious bad credit, or an earlier false promise, until 信用修复).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from license_service.domain.acts import Act
from license_service.domain.deadlines import deadline_after
from license_service.domain.machine import Machine
from license_service.domain.matter import CreditScope, Matter
from license_service.domain.standing import Standing, StandingMark
from license_service.domain.workdays import WorkCalendar
from license_service.errors import CreditStateError


class CreditState(StrEnum):
    """Where a credit record stands; it counts until it is repaired, canceled, or its period is over."""

    ACTIVE = "active"
    OBJECTED = "objected"
    CONFIRMED = "confirmed"
    REPAIRED = "repaired"
    CANCELED = "canceled"


class CreditAction(StrEnum):
    """What happens to a credit record."""

    OBJECT = "object"
    UPHOLD = "uphold"
    REJECT = "reject"
    REPAIR = "repair"


STANDING = Machine(
    "standing",
    (CreditState.ACTIVE,),
    {
        (CreditState.ACTIVE, CreditAction.OBJECT): CreditState.OBJECTED,
        (CreditState.ACTIVE, CreditAction.REPAIR): CreditState.REPAIRED,
        (CreditState.OBJECTED, CreditAction.UPHOLD): CreditState.CANCELED,
        (CreditState.OBJECTED, CreditAction.REJECT): CreditState.CONFIRMED,
        (CreditState.CONFIRMED, CreditAction.REPAIR): CreditState.REPAIRED,
    },
    CreditStateError,
)
_COUNTS = frozenset({CreditState.ACTIVE, CreditState.OBJECTED, CreditState.CONFIRMED})
"""An objection alone ends nothing: a person rules on it."""


@dataclass(frozen=True)
class CreditEntry:
    """Hold what is entered: the mark, the one matter it counts in (empty: all), the time, and the cause."""

    mark: StandingMark
    matter: str
    since: datetime
    until: datetime
    basis: str
    cause: str = ""
    """The obligation that was broken or not paid; empty where an officer entered it."""


@dataclass(frozen=True)
class CreditRecord:
    """Hold one record; `subject` is a blind index."""

    id: str
    subject: str
    entry: CreditEntry
    state: CreditState = CreditState.ACTIVE
    acts: tuple[Act, ...] = ()

    def after(self, action: CreditAction, act: Act) -> CreditRecord:
        """Return the record after a transition, with who acted and why.

        Raises:
            CreditStateError: if its state does not allow it.
        """
        return replace(self, state=STANDING.after(self.state, action), acts=(*self.acts, act))

    def counts(self, matter: str, now: datetime) -> bool:
        """Tell whether it counts in a matter at an instant."""
        return self.state in _COUNTS and self.entry.matter in ("", matter) and now < self.entry.until


def entry_for(
    matter: Matter, mark: StandingMark, cause: str, calendar: WorkCalendar, now: datetime
) -> tuple[CreditEntry, ...]:
    """Return what a matter's rule enters for a mark: nothing where it has none."""
    rule = matter.credit_rule(mark)
    if rule is None:
        return ()
    scope = "" if rule.scope is CreditScope.ALL else matter.code
    until = deadline_after(now, rule.period, calendar).due_at
    return (CreditEntry(mark, scope, now, until, rule.basis, cause),)


def standing_of(records: Iterable[CreditRecord], matter: str, now: datetime) -> Standing:
    """Return the standing that records give in a matter; which way a mark closes is each rule's to say."""
    marks = frozenset(record.entry.mark for record in records if record.counts(matter, now))
    return Standing(may_commit=True, may_defer=True, marks=marks)
