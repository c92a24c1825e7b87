"""Every use of a license."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import license_use, license_use_holder
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.accepting.license_use_ports import LicenseUse


class SqlLicenseUseTable(SqlTable):
    """Keep uses of licenses."""

    def add_license_uses(self, *uses: LicenseUse) -> None:
        """Keep uses."""
        self._connection.execute(sa.insert(license_use), [_row(use) for use in uses])
        holders = [{"use_id": use.id, "holder": holder} for use in uses for holder in use.holders]
        if holders:
            self._connection.execute(sa.insert(license_use_holder), holders)

    def uses_of_holder(
        self, tenant: str, holder: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, LicenseUse]]:
        """Return uses of a holder's licenses, newest first."""
        mine = sa.select(license_use_holder.c.use_id).where(license_use_holder.c.holder == holder)
        return self._uses(license_use.c.id.in_(mine), tenant, before, limit)

    def uses_of_issuer(
        self, tenant: str, issuer_code: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, LicenseUse]]:
        """Return uses of an issuer's licenses, newest first."""
        return self._uses(license_use.c.issuer_code == issuer_code, tenant, before, limit)

    def _uses(
        self, which: sa.ColumnElement[bool], tenant: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, LicenseUse]]:
        query = sa.select(license_use).where(license_use.c.tenant == tenant, which)
        if before is not None:
            query = query.where(license_use.c.position < before)
        rows = self._connection.execute(query.order_by(license_use.c.position.desc()).limit(limit)).all()
        holders = self._holders([row.id for row in rows])
        return [(row.position, _use(row, holders.get(row.id, ()))) for row in rows]

    def _holders(self, uses: list[str]) -> dict[str, tuple[str, ...]]:
        query = sa.select(license_use_holder).where(license_use_holder.c.use_id.in_(uses))
        found: dict[str, tuple[str, ...]] = {}
        for row in self._connection.execute(query.order_by(license_use_holder.c.holder)):
            found[row.use_id] = (*found.get(row.use_id, ()), row.holder)
        return found


def _row(use: LicenseUse) -> dict[str, Any]:
    row = {name: value for name, value in vars(use).items() if name != "holders"}
    return {**row, "materials": json.dumps(use.materials), "used_at": seconds(use.used_at)}


def _use(row: sa.Row[Any], holders: tuple[str, ...]) -> LicenseUse:
    return LicenseUse(
        id=row.id,
        tenant=row.tenant,
        case_id=row.case_id,
        matter_code=row.matter_code,
        verification_id=row.verification_id,
        license_identifier=row.license_identifier,
        type_code=row.type_code,
        issuer_code=row.issuer_code,
        holders=holders,
        materials=tuple(json.loads(row.materials)),
        purpose=row.purpose,
        operator=row.operator,
        officer=row.officer,
        mode=row.mode,
        used_at=instant(row.used_at),
    )
