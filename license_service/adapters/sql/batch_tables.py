"""Batches of documents to verify, shared out among workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import batch_item, verification_batch
from license_service.adapters.sql.sealed_columns import BATCH_ITEM
from license_service.adapters.sql.statements import insert_into
from license_service.adapters.sql.table import SqlTable
from license_service.domain.retention import DossierKind
from license_service.services.records import BatchItem, NewBatchItem


class SqlBatchTable(SqlTable):
    """Keep batches; a document is dropped once its verdict is kept."""

    def add_batch(self, tenant: str, batch_id: str, items: Sequence[NewBatchItem]) -> None:
        """Keep a batch with its documents."""
        row = {"id": batch_id, "tenant": tenant, "size": len(items)}
        self._vault.open_dossier(batch_id, tenant, DossierKind.BATCH, None)
        self._connection.execute(insert_into(verification_batch), row)
        rows = [{"batch_id": batch_id, "position": i, **vars(item)} for i, item in enumerate(items)]
        self._connection.execute(
            insert_into(batch_item), [self._vault.seal(BATCH_ITEM, each) for each in rows]
        )

    def batch_counts(self, tenant: str, batch_id: str) -> dict[str | None, int] | None:
        """Return how many items have each indication, None being those not judged yet."""
        query = sa.select(verification_batch.c.id).where(
            verification_batch.c.id == batch_id, verification_batch.c.tenant == tenant
        )
        if self._connection.execute(query).one_or_none() is None:
            return None
        counts = (
            sa.select(batch_item.c.indication, sa.func.count())
            .where(batch_item.c.batch_id == batch_id)
            .group_by(batch_item.c.indication)
        )
        return {row[0]: int(row[1]) for row in self._connection.execute(counts)}

    def batch_items(self, batch_id: str, begin: int, end: int) -> Sequence[BatchItem]:
        """Return items by index."""
        query = sa.select(batch_item).where(
            batch_item.c.batch_id == batch_id, batch_item.c.position >= begin, batch_item.c.position < end
        )
        rows = self._connection.execute(query.order_by(batch_item.c.position)).all()
        return [_item(values, erased) for values, erased in self._vault.unseal_all(BATCH_ITEM, rows)]

    def settle_batch_item(self, batch_id: str, position: int, verification_id: str, indication: str) -> None:
        """Name the verdict of an item, drop its document, and seal the rest with the verdict."""
        this = (batch_item.c.batch_id == batch_id, batch_item.c.position == position)
        row = self._connection.execute(sa.select(batch_item).where(*this)).one()
        judged = {"content": None, "verification_id": verification_id, "indication": indication}
        opened = self._vault.unseal(BATCH_ITEM, row) | judged
        changed = self._vault.seal(BATCH_ITEM, opened)
        values = {name: changed[name] for name in (*judged, "name", "identifier")}
        self._connection.execute(sa.update(batch_item).where(*this).values(values))


def _item(row: Mapping[str, Any], erased: bool) -> BatchItem:
    name, identifier = ("", None) if erased else (row["name"], row["identifier"])
    content = None if erased else row["content"]
    return BatchItem(row["position"], name, content, row["verification_id"], identifier, erased=erased)
