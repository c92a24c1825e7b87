"""Applications for bundles."""

from __future__ import annotations

import json

import sqlalchemy as sa

from license_service.adapters.sql.schema import bundle_application
from license_service.adapters.sql.sealed_columns import BUNDLE
from license_service.adapters.sql.table import SqlTable
from license_service.domain.retention import DossierKind
from license_service.errors import CaseStateError
from license_service.services.accepting.bundle_ports import StoredBundleApplication


class SqlBundleTable(SqlTable):
    """Keep applications for bundles."""

    def add_bundle_application(self, stored: StoredBundleApplication) -> None:
        """Keep a new one."""
        self._vault.open_dossier(stored.id, stored.tenant, DossierKind.BUNDLE, stored.handed_in)
        row = {"id": stored.id, "tenant": stored.tenant, "version": 1, **self._bundle_texts(stored)}
        self._connection.execute(sa.insert(bundle_application).values(row))

    def bundle_application(self, tenant: str, identifier: str) -> StoredBundleApplication | None:
        """Return one of this tenant; on PostgreSQL locked until the transaction ends."""
        table = bundle_application.c
        query = sa.select(bundle_application).where(table.id == identifier, table.tenant == tenant)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        if row is None:
            return None
        handed_in = json.loads(self._vault.unseal(BUNDLE, row)["handed_in"])
        return StoredBundleApplication(row.id, row.tenant, row.version, json.loads(row.body), handed_in)

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
