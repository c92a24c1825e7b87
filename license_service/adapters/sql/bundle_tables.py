"""Applications for bundles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import bundle_application
from license_service.adapters.sql.table import SqlTable
from license_service.errors import CaseStateError
from license_service.services.accepting.bundle_ports import StoredBundleApplication


class SqlBundleTable(SqlTable):
    """Keep applications for bundles."""

    def add_bundle_application(self, stored: StoredBundleApplication) -> None:
        """Keep a new one."""
        row = {"id": stored.id, "tenant": stored.tenant, "version": 1, **_texts(stored)}
        self._connection.execute(sa.insert(bundle_application).values(row))

    def bundle_application(self, tenant: str, identifier: str) -> StoredBundleApplication | None:
        """Return one of this tenant; on PostgreSQL locked until the transaction ends."""
        table = bundle_application.c
        query = sa.select(bundle_application).where(table.id == identifier, table.tenant == tenant)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        return _stored(row) if row is not None else None

    def bundle_applications_after(self, identifier: str, limit: int) -> Sequence[StoredBundleApplication]:
        """Return applications of all tenants in the order of their ids."""
        table = bundle_application.c
        query = sa.select(bundle_application).where(table.id > identifier).order_by(table.id)
        return [_stored(row) for row in self._connection.execute(query.limit(limit).with_for_update())]

    def save_bundle_application(self, stored: StoredBundleApplication) -> None:
        """Save one that nobody saved since it was read.

        Raises:
            CaseStateError: if somebody did.
        """
        table = bundle_application.c
        statement = (
            sa.update(bundle_application)
            .where(table.id == stored.id, table.version == stored.version)
            .values(version=stored.version + 1, **_texts(stored))
        )
        if self._connection.execute(statement).rowcount != 1:
            raise CaseStateError("the application was changed by somebody else")


def _stored(row: sa.Row[Any]) -> StoredBundleApplication:
    body, handed_in = json.loads(row.body), json.loads(row.handed_in)
    return StoredBundleApplication(row.id, row.tenant, row.version, body, handed_in)


def _texts(stored: StoredBundleApplication) -> dict[str, str]:
    members = {"body": stored.body, "handed_in": stored.handed_in}
    return {name: json.dumps(value, ensure_ascii=False) for name, value in members.items()}
