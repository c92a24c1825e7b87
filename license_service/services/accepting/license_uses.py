"""The log of uses (用证): why, by whom and on whose word a license was used, for its holder and issuer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.clock import format_instant
from license_service.domain.application import PresentedLicense
from license_service.domain.assessment import MaterialOutcome
from license_service.domain.case import Case, Event, EventKind
from license_service.domain.matter import Matter
from license_service.services.accepting.inputs import UseInput
from license_service.services.accepting.license_use_ports import LicenseUse
from license_service.services.blind_index import BlindIndex
from license_service.services.caller import Caller, Scope
from license_service.services.cursor import CursorKey
from license_service.services.ports import Store, Transaction

_Page = Sequence[tuple[int, LicenseUse]]


@dataclass(frozen=True)
class UseLog:
    """Write uses in the transaction of the act they are part of."""

    index: BlindIndex

    def keep(
        self,
        tx: Transaction,
        caller: Caller,
        case: Case,
        matter: Matter,
        licenses: Sequence[PresentedLicense],
        given: UseInput,
        now: datetime,
    ) -> tuple[Event, ...]:
        """Keep a use of each license that was presented; return the event that says so, naming nobody.

        One that served nothing was used all the same: somebody read it. What no license could be read
        from is none.
        """
        read = {item.report_id: item for item in licenses if item.type_code or item.identifier}
        uses = [self._use(caller, case, matter, item, given, now) for item in read.values()]
        if not uses:
            return ()
        tx.add_license_uses(*uses)
        told = [
            {"use": use.id, "report": use.verification_id, "materials": list(use.materials)} for use in uses
        ]
        return (Event(EventKind.LICENSE_USED, {"mode": given.mode.value, "uses": told}),)

    def _use(
        self,
        caller: Caller,
        case: Case,
        matter: Matter,
        license_: PresentedLicense,
        given: UseInput,
        now: datetime,
    ) -> LicenseUse:
        exempt = (f for f in case.findings if f.outcome is MaterialOutcome.EXEMPT)
        served = (f.material for f in exempt if f.report_id == license_.report_id)
        return LicenseUse(
            id=uuid.uuid4().hex,
            tenant=caller.tenant,
            case_id=case.id,
            matter_code=matter.code,
            verification_id=license_.report_id,
            license_identifier=license_.identifier,
            type_code=license_.type_code,
            issuer_code=license_.issuer_code,
            holders=tuple(sorted({self.index.of_holder(holder) for holder in license_.holder_ids})),
            materials=tuple(served),
            purpose=given.purpose or matter.name_zh,
            operator=caller.key_id,
            officer=given.officer,
            mode=given.mode.value,
            used_at=now,
        )


class LicenseUseService:
    """Answer `/v1/license-uses`."""

    def __init__(self, store: Store, cursors: CursorKey, index: BlindIndex) -> None:
        self._store = store
        self._cursors = cursors
        self._index = index

    def of_holder(self, caller: Caller, holder: str, after: str | None, limit: int) -> dict[str, Any]:
        """Return the uses of a holder's licenses, newest first.

        Raises:
            ForbiddenError: without the scope.
            CursorInvalidError: if the cursor is not one of this list.
        """
        index = self._index.of_holder(holder)

        def read(tx: Transaction, before: int | None) -> _Page:
            return tx.uses_of_holder(caller.tenant, index, before, limit)

        return self._page(caller, f"license-uses/holder/{index}", after, limit, read)

    def of_issuer(self, caller: Caller, issuer: str, after: str | None, limit: int) -> dict[str, Any]:
        """Return the uses of an issuer's licenses, newest first.

        Raises:
            ForbiddenError: without the scope.
            CursorInvalidError: if the cursor is not one of this list.
        """

        def read(tx: Transaction, before: int | None) -> _Page:
            return tx.uses_of_issuer(caller.tenant, issuer, before, limit)

        return self._page(caller, f"license-uses/issuer/{issuer}", after, limit, read)

    def _page(
        self,
        caller: Caller,
        listing: str,
        after: str | None,
        limit: int,
        read: Callable[[Transaction, int | None], _Page],
    ) -> dict[str, Any]:
        caller.require(Scope.LICENSE_USES_READ)
        before = None if after is None else self._cursors.open(caller.tenant, listing, after)
        with self._store.read() as tx:
            found = read(tx, before)
        more = self._cursors.seal(caller.tenant, listing, found[-1][0]) if len(found) == limit else None
        return {"uses": [_to_json(use) for _, use in found], "next": more}


def _to_json(use: LicenseUse) -> dict[str, Any]:
    lists = {"holders": list(use.holders), "materials": list(use.materials)}
    told = {name: value for name, value in vars(use).items() if name != "tenant"}
    return {**told, **lists, "used_at": format_instant(use.used_at)}
