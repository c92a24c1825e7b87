"""Erase because somebody asks for it: all of a person, of a case, or of a verdict, or nothing of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.clock import Clock, format_instant
from license_service.domain.retention import DossierKind, ErasureReason, RetentionPolicy
from license_service.errors import ErasedError, ErasureOpenError, ErasureRetainedError, NotFoundError
from license_service.services.blind_index import BlindIndex
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.erasing.custody import Custody, bundles_of, look_after
from license_service.services.erasing.dossiers import NOBODY, Dossier
from license_service.services.erasing.eraser import Eraser, ErasureGrounds
from license_service.services.ports import Store, Transaction


@dataclass(frozen=True)
class ErasureRequest:
    """Say what to erase, a dossier by its id or a person, and why."""

    reason: ErasureReason
    basis: str
    officer: str
    dossier: str = ""
    applicant_id: str = ""


class ErasureService:
    """Answer `POST /v1/erasures`."""

    def __init__(
        self, store: Store, clock: Clock, policy: RetentionPolicy, eraser: Eraser, index: BlindIndex
    ) -> None:
        self._store, self._clock = store, clock
        self._policy, self._eraser, self._index = policy, eraser, index

    def erase(self, caller: Caller, given: ErasureRequest, claim: IdempotencyClaim) -> dict[str, Any]:
        """Erase what is asked for with what belongs to it, or refuse all of it.

        Raises:
            ForbiddenError: without the scope.
            NotFoundError: if this tenant keeps nothing of the person, or no such dossier.
            ErasedError: if the dossier was erased before.
            ErasureOpenError: if something may still follow from a case, complaint, batch or application.
            ErasureRetainedError: if a retention period runs.
            IdempotencyKeyReusedError: if the claim's key came with another payload.
        """
        caller.require(Scope.ERASURES_WRITE)
        now = self._clock.now()
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            ended = self._ended(tx, caller.tenant, given, now)
            grounds = ErasureGrounds(uuid.uuid4().hex, given.reason, given.basis, given.officer)
            answer = {
                "id": grounds.erasure,
                "erased_at": format_instant(now),
                "reason": grounds.reason.value,
                "basis": grounds.basis,
                "dossiers": self._eraser.erase(tx, ended, grounds, now),
            }
            tx.keep_answer(caller.tenant, claim, answer, NOBODY)
        return answer

    def _ended(self, tx: Transaction, tenant: str, given: ErasureRequest, now: datetime) -> list[Custody]:
        """Return what is to go, each dossier after whatever names it.

        1. What was asked for must go, all of it.
        2. What cases rest on and came from goes along, unless something else keeps it.
        """
        named = self._named(tx, tenant, given)
        cases = [item for item in named if item.kind is DossierKind.CASE]
        going = {item.id for item in named}
        ended = [_require_ended(look_after(tx, self._policy, item, going), now) for item in named]
        along = {name for case in cases for name in (*tx.verifications_used(case.id), *bundles_of(tx, case))}
        others = [item for item in tx.dossiers(along - going) if item.erased_at is None]
        looked = (look_after(tx, self._policy, item, going) for item in others)
        return [*ended, *(item for item in looked if item.is_ended(now))]

    def _named(self, tx: Transaction, tenant: str, given: ErasureRequest) -> Sequence[Dossier]:
        if given.applicant_id:
            found = tx.dossiers_of(tenant, self._index.of_applicant(tenant, given.applicant_id))
            # Read again with their lock: another eraser may have been there in between.
            kept = [item for item in tx.dossiers([one.id for one in found]) if item.erased_at is None]
            if not kept:
                raise NotFoundError("nothing is kept of this person")
            return kept
        mine = [item for item in tx.dossiers([given.dossier]) if item.tenant == tenant]
        if not mine:
            raise NotFoundError("there is no such dossier")
        if mine[0].erased_at is not None:
            raise ErasedError(f"erased at {format_instant(mine[0].erased_at)}")
        return mine


def _require_ended(item: Custody, now: datetime) -> Custody:
    if item.until is None:
        raise ErasureOpenError(item.because)
    if not item.is_ended(now):
        until = format_instant(item.until)
        raise ErasureRetainedError(
            f"{item.dossier.kind} {item.dossier.id} is kept until {until}: {item.kept_by.basis}"
        )
    return item
