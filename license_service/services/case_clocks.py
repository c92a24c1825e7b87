"""Stop, start and extend the clock of a decision, each with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from license_service.clock import Clock
from license_service.domain import case_clock
from license_service.domain.case import Case, Transition
from license_service.domain.matter import Catalogue, Matter
from license_service.domain.workdays import WorkCalendar
from license_service.errors import ConfigurationError, VersionConflictError
from license_service.services.accepting import case_answer
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases import load_case
from license_service.services.ports import Store
from license_service.services.recording import record_transition

Change = Callable[[Case, Matter, datetime], Transition]


class CaseClockService:
    """Answer what changes the clock of a case."""

    def __init__(self, store: Store, clock: Clock, catalogue: Catalogue, calendar: WorkCalendar) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._calendar = calendar

    def suspend(
        self, caller: Caller, case_id: str, procedure: str, reason: str, claim: IdempotencyClaim,
        version: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Stop the clock for a special procedure of the matter.

        Raises:
            NotFoundError: if this tenant has no such case.
            CaseStateError: if the clock does not run, or the matter has no such procedure.
            VersionConflictError: if `version` is given and not the current one.
        """

        def change(case: Case, matter: Matter, now: datetime) -> Transition:
            return case_clock.suspend(case, matter, procedure, reason, now)

        return self._change(caller, case_id, change, claim, version)

    def resume(
        self, caller: Caller, case_id: str, reason: str, claim: IdempotencyClaim, version: int | None = None
    ) -> dict[str, Any]:
        """Let the clock run again.

        Raises:
            NotFoundError: if this tenant has no such case.
            CaseStateError: if the clock is not stopped.
            VersionConflictError: if `version` is given and not the current one.
        """

        def change(case: Case, _matter: Matter, now: datetime) -> Transition:
            return case_clock.resume(case, reason, now)

        return self._change(caller, case_id, change, claim, version)

    def extend(
        self, caller: Caller, case_id: str, reason: str, claim: IdempotencyClaim, version: int | None = None
    ) -> dict[str, Any]:
        """Give the decision more time, once, as the matter allows.

        Raises:
            NotFoundError: if this tenant has no such case.
            CaseStateError: if it was extended before, none is allowed, or the time is over.
            VersionConflictError: if `version` is given and not the current one.
        """

        def change(case: Case, matter: Matter, now: datetime) -> Transition:
            return case_clock.extend(case, matter, reason, self._calendar, now)

        return self._change(caller, case_id, change, claim, version)

    def _change(
        self, caller: Caller, case_id: str, change: Change, claim: IdempotencyClaim, version: int | None
    ) -> dict[str, Any]:
        caller.require(Scope.CASES_WRITE)
        now = self._clock.now()
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            stored = load_case(tx, caller.tenant, case_id)
            if version not in (None, stored.version):
                raise VersionConflictError(f"version {stored.version} is current")
            matter = self._catalogue.version(stored.case.matter_code, stored.case.matter_version)
            if matter is None:
                raise ConfigurationError("the catalogue lost the version this case was accepted under")
            transition = change(stored.case, matter, now)
            tx.save_case(replace(stored, case=transition.case))
            record_transition(tx, caller.tenant, transition, now)
            answer = {**case_answer(transition.case, self._calendar), "version": stored.version + 1}
            tx.keep_answer(caller.tenant, claim, answer)
        return answer
