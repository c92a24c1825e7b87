"""Applications for bundles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import bundle_application, dossier
from license_service.adapters.sql.sealed_columns import BUNDLE
from license_service.adapters.sql.statements import given, insert_into
from license_service.adapters.sql.table import SqlTable
from license_service.domain.retention import DossierKind
from license_service.errors import CaseStateError
from license_service.services.accepting.bundle_ports import StoredBundleApplication

_APPLICATION = sa.select(bundle_application).where(
    given(bundle_application.c.id), given(bundle_application.c.tenant)
)


class SqlBundleTable(SqlTable):
    """Keep applications for bundles."""

    def add_bundle_application(self, stored: StoredBundleApplication) -> None:
        """Keep a new one."""
        self._vault.open_dossier(stored.id, stored.tenant, DossierKind.BUNDLE, stored.handed_in)
        row = {"id": stored.id, "tenant": stored.tenant, "version": 1, **self._bundle_texts(stored)}
        self._connection.execute(insert_into(bundle_application), row)

    def bundle_application(self, tenant: str, identifier: str) -> StoredBundleApplication | None:
        """Return one of this tenant; on PostgreSQL locked until a transaction ends that may write."""
        asked = {"id": identifier, "tenant": tenant}
        row = self._connection.execute(self._locking(_APPLICATION), asked).one_or_none()
        return _stored(self._vault.unseal(BUNDLE, row)) if row is not None else None

    def bundle_applications_after(self, identifier: str, limit: int) -> Sequence[StoredBundleApplication]:
        """Return applications of all tenants in the order of their ids, without those erased."""
        table = bundle_application.c
        gone = sa.select(dossier.c.id).where(dossier.c.id == table.id, dossier.c.erased_at.is_not(None))
        query = sa.select(bundle_application).where(table.id > identifier, ~gone.exists())
        rows = self._connection.execute(query.order_by(table.id).limit(limit).with_for_update()).all()
        return [_stored(values) for values, erased in self._vault.unseal_all(BUNDLE, rows) if not erased]

    def save_bundle_application(self, stored: StoredBundleApplication) -> None:
        """Save one that nobody saved since it was read.

        Raises:
            CaseStateError: if somebody did.
        """
        table = bundle_application.c
        statement = (
            sa.update(bundle_application)
            .where(table.id == stored.id, table.version == stored.version)
            .values(version=stored.version + 1, **self._bundle_texts(stored))
        )
        if self._connection.execute(statement).rowcount != 1:
            raise CaseStateError("the application was changed by somebody else")

    def _bundle_texts(self, stored: StoredBundleApplication) -> dict[str, str]:
        members = {"body": stored.body, "handed_in": stored.handed_in}
        texts = {name: json.dumps(value, ensure_ascii=False) for name, value in members.items()}
        sealed = self._vault.seal(BUNDLE, {"id": stored.id, **texts})
        return {name: sealed[name] for name in texts}


def _stored(row: Mapping[str, Any]) -> StoredBundleApplication:
    body, handed_in = json.loads(row["body"]), json.loads(row["handed_in"])
    return StoredBundleApplication(row["id"], row["tenant"], row["version"], body, handed_in)
