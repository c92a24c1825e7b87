"""Where cases wait or fail most, read from the event table a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from license_service.domain.assessment import MaterialOutcome
from license_service.domain.blockage import Dimension, Line, Tally
from license_service.domain.case import EventKind
from license_service.domain.matter import Catalogue, Matter
from license_service.domain.trace import TracedEvent
from license_service.domain.workdays import end_of, start_of
from license_service.errors import InvalidRequestError
from license_service.services.caller import Caller, Scope
from license_service.services.cases.report_ports import EventPlace
from license_service.services.cases.traces import traced
from license_service.services.ports import Store

_PAGE = 500
"""Events in memory at once; SQLite has one lock, which a page holds for milliseconds."""
BLOCKAGE_READERS = (Scope.CASES_READ, Scope.AUDIT_READ)
"""The report names nobody, so who reads no case may read it."""
_MOST_DAYS = 366
_MOST_LINES = 100


class BlockageService:
    """Answer `GET /v1/reports/blockages`."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def report(self, caller: Caller, first: date, last: date, by: Sequence[Dimension]) -> dict[str, Any]:
        """Count what failed and what was waited for from `first` to `last`, the worst first.

        Raises:
            InvalidRequestError: if the days are not in order, or span more than a year.
        """
        caller.require(*BLOCKAGE_READERS)
        if not 0 <= (last - first).days < _MOST_DAYS:
            raise InvalidRequestError(f"from and to are in order and span at most {_MOST_DAYS} days")
        tally = Tally(tuple(dict.fromkeys(by)))
        for event, opened in self._events(caller.tenant, first, last):
            tally.add(event, opened, self._rule(opened))
        return {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "by": [dimension.value for dimension in tally.by],
            "cases": tally.cases.total(),
            "blockages": [_line(tally.by, place, line) for place, line in tally.worst(_MOST_LINES)],
            "materials": [_outcomes(tally, code) for code in sorted(tally.cases)],
        }

    def _events(self, tenant: str, first: date, last: date) -> Iterator[tuple[TracedEvent, TracedEvent]]:
        """Return every event of a case in the days, beside the one that opened the case.

        What was logged of a case that is lost has no such event, and says nothing of a matter.
        """
        begin, end = start_of(first), end_of(last)
        place: EventPlace | None = None
        while True:
            with self._store.read() as tx:
                page = tx.case_events(tenant, begin, end, place, _PAGE)
                events = [event for _, event in page]
                opened_here = {event.case_id for event in events if event.seq == 1}
                others = {event.case_id or "" for event in events} - opened_here
                earlier = tx.first_events(tenant, sorted(others))
            read = {event.id: traced(event) for event in (*earlier, *events)}
            openings = {
                event.case_id: read[event.id]
                for event in (*earlier, *events)
                if event.seq == 1 and event.kind == EventKind.CASE_ASSESSED
            }
            for event in events:
                if event.case_id in openings:
                    yield read[event.id], openings[event.case_id]
            if len(page) < _PAGE:
                return
            place = page[-1][0]

    def _rule(self, opened: TracedEvent) -> Matter | None:
        return self._catalogue.version(opened.data["matter"], opened.data["matter_version"])


def _line(by: Sequence[Dimension], place: tuple[str, ...], line: Line) -> dict[str, Any]:
    return {
        **{dimension.value: value for dimension, value in zip(by, place, strict=True)},
        "failed": line.failed,
        "begun": line.begun,
        "settled": line.settled,
        "average_wait_seconds": line.waited_seconds // line.settled if line.settled else None,
        "longest_wait_seconds": line.longest_seconds if line.settled else None,
    }


def _outcomes(tally: Tally, code: str) -> dict[str, Any]:
    counted = tally.outcomes[code]
    return {
        "matter": code,
        "cases": tally.cases[code],
        **{outcome.value: counted[outcome.value] for outcome in MaterialOutcome},
    }
