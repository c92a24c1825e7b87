"""Count provisional deadlines again, when the official calendar of their year is known at last.

Nothing does this by itself: an operator asks for it, each case that changes has an event of its own, and
whoever was told a later day keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from license_service.clock import Clock
from license_service.domain.case_clock import recompute
from license_service.domain.matter import Catalogue
from license_service.domain.workdays import WorkCalendar
from license_service.services.accepting.bundle_waits import recompute_wait
from license_service.services.ports import Store, Transaction
from license_service.services.recording import record_transition
from license_service.services.records import StoredCase

_PAGE = 200


@dataclass(frozen=True)
class Recomputation:
    """Say how many cases were looked at, which changed, and which could not be for want of their rule.

    `applications` are those for bundles whose matters may wait until another day.
    """

    calendar_digest: str
    looked_at: int = 0
    changed: tuple[str, ...] = ()
    without_rule: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


class RecomputationService:
    """Answer `license-service calendar recompute`."""

    def __init__(self, store: Store, clock: Clock, catalogue: Catalogue, calendar: WorkCalendar) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._calendar = calendar

    def run(self) -> Recomputation:
        """Recompute every case and every wait of every tenant, a page at a time."""
        found, page = Recomputation(self._calendar.digest), self._page("")
        while page:
            looked_at = found.looked_at + len(page)
            changed = tuple(case_id for case_id, result in page.items() if result is True)
            lost = tuple(case_id for case_id, result in page.items() if result is None)
            found = replace(
                found,
                looked_at=looked_at,
                changed=found.changed + changed,
                without_rule=found.without_rule + lost,
            )
            page = self._page(next(reversed(page)))
        return replace(found, applications=tuple(self._waits()))

    def _waits(self) -> Iterator[str]:
        page = self._page_of_waits("")
        while page:
            yield from (identifier for identifier, changed in page.items() if changed)
            page = self._page_of_waits(next(reversed(page)))

    def _page_of_waits(self, after: str) -> dict[str, bool]:
        now = self._clock.now()
        with self._store.begin() as tx:
            page = tx.bundle_applications_after(after, _PAGE)
            return {stored.id: recompute_wait(tx, stored, self._calendar, now) for stored in page}

    def _page(self, after: str) -> dict[str, bool | None]:
        now = self._clock.now()
        with self._store.begin() as tx:
            page = tx.cases_after(after, _PAGE)
            return {stored.case.id: self._recompute(tx, stored, now) for stored in page}

    def _recompute(self, tx: Transaction, stored: StoredCase, now: datetime) -> bool | None:
        if not any(stored.case.is_pending(o.id) and o.provisional for o in stored.case.obligations):
            return False
        matter = self._catalogue.version(stored.case.matter_code, stored.case.matter_version)
        if matter is None:
            return None
        transition = recompute(stored.case, matter, self._calendar, now)
        if transition is None:
            return False
        tx.save_case(replace(stored, case=transition.case))
        record_transition(tx, stored.tenant, transition, now)
        return True
