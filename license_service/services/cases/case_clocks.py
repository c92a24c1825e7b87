"""Stop, start and extend the clock of a decision, each with a reason."""

from __future__ import annotations

from typing import Any

from license_service.domain import case_clock
from license_service.domain.case import Circumstances, Transition
from license_service.services.cases.case_changes import Asked, CaseChanges
from license_service.services.ports import Transaction
from license_service.services.records import StoredCase


class CaseClockService:
    """Answer what changes the clock of a case."""

    def __init__(self, changes: CaseChanges) -> None:
        self._changes = changes

    def suspend(self, asked: Asked, procedure: str, reason: str) -> dict[str, Any]:
        """Stop the clock for a special procedure of the matter.

        Raises:
            NotFoundError: if this tenant has no such case.
            CaseStateError: if the clock does not run, or the matter has no such procedure.
            VersionConflictError: if a version is named that is not the current one.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            return case_clock.suspend(stored.case, at.matter, procedure, reason, at.now)

        return self._changes.apply(asked, change)

    def resume(self, asked: Asked, reason: str) -> dict[str, Any]:
        """Let the clock run again.

        Raises:
            NotFoundError: if this tenant has no such case.
            CaseStateError: if the clock is not stopped.
            VersionConflictError: if a version is named that is not the current one.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            return case_clock.resume(stored.case, reason, at.now)

        return self._changes.apply(asked, change)

    def extend(self, asked: Asked, reason: str) -> dict[str, Any]:
        """Give the decision more time, once, as the matter allows.

        Raises:
            NotFoundError: if this tenant has no such case.
            CaseStateError: if it was extended before, none is allowed, or the time is over.
            VersionConflictError: if a version is named that is not the current one.
        """

        def change(_tx: Transaction, stored: StoredCase, at: Circumstances) -> Transition:
            return case_clock.extend(stored.case, at.matter, reason, at.calendar, at.now)

        return self._changes.apply(asked, change)
