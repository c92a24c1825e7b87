"""Every use of a license."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import license_use, license_use_holder
from license_service.adapters.sql.sealed_columns import LICENSE_USE
from license_service.adapters.sql.statements import insert_into
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.services.accepting.license_use_ports import LicenseUse


class SqlLicenseUseTable(SqlTable):
    """Keep uses of licenses."""

    def add_license_uses(self, *uses: LicenseUse) -> None:
        """Keep uses."""
        rows = [self._vault.seal(LICENSE_USE, _row(use)) for use in uses]
        self._connection.execute(insert_into(license_use), rows)
        holders = [{"use_id": use.id, "holder": holder} for use in uses for holder in use.holders]
        if holders:
            self._connection.execute(insert_into(license_use_holder), holders)

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
        opened = self._vault.unseal_all(LICENSE_USE, rows)
        return [
            (row["position"], _use(row, holders.get(row["id"], ()), erased=erased)) for row, erased in opened
        ]

    def _holders(self, uses: list[str]) -> dict[str, tuple[str, ...]]:
        query = sa.select(license_use_holder).where(license_use_holder.c.use_id.in_(uses))
        found: dict[str, tuple[str, ...]] = {}
        for row in self._connection.execute(query.order_by(license_use_holder.c.holder)):
            found[row.use_id] = (*found.get(row.use_id, ()), row.holder)
        return found


def _row(use: LicenseUse) -> dict[str, Any]:
    row = {name: value for name, value in vars(use).items() if name not in ("holders", "erased")}
    return {**row, "materials": json.dumps(use.materials), "used_at": seconds(use.used_at)}


def _use(row: Mapping[str, Any], holders: tuple[str, ...], *, erased: bool) -> LicenseUse:
    sealed = dict.fromkeys(LICENSE_USE.columns, "") if erased else {}
    values = {name: value for name, value in row.items() if name != "position"} | sealed
    typed: dict[str, Any] = {
        "materials": tuple(json.loads(row["materials"])),
        "used_at": instant(row["used_at"]),
    }
    return LicenseUse(**{**values, **typed, "holders": holders, "erased": erased})
