"""Credit records, found by blind index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import credit_record
from license_service.adapters.sql.sealed_columns import CREDIT
from license_service.adapters.sql.statements import given, insert_into
from license_service.adapters.sql.table import SqlTable, seconds
from license_service.domain.credit import CreditRecord
from license_service.domain.credit_json import record_from_json, record_to_json
from license_service.domain.retention import DossierKind

_RECORD = sa.select(credit_record).where(given(credit_record.c.id), given(credit_record.c.tenant))
_RECORDS_OF = (
    sa.select(credit_record)
    .where(given(credit_record.c.tenant), given(credit_record.c.subject))
    .order_by(credit_record.c.since, credit_record.c.id)
)


class SqlCreditTable(SqlTable):
    """Keep credit records."""

    def add_credit_record(self, tenant: str, record: CreditRecord) -> None:
        """Keep a new record."""
        row = {
            "id": record.id,
            "tenant": tenant,
            "subject": record.subject,
            "since": seconds(record.entry.since),
            "body": _body(record),
        }
        self._vault.open_dossier(record.id, tenant, DossierKind.CREDIT, None)
        self._vault.mark(record.id, [record.subject])
        self._connection.execute(insert_into(credit_record), self._vault.seal(CREDIT, row))

    def credit_record(self, tenant: str, identifier: str) -> CreditRecord | None:
        """Return a record of this tenant; on PostgreSQL locked until a transaction ends that may write."""
        asked = {"id": identifier, "tenant": tenant}
        row = self._connection.execute(self._locking(_RECORD), asked).one_or_none()
        return None if row is None else _record(self._vault.unseal(CREDIT, row))

    def credit_records_of(self, tenant: str, subject: str) -> Sequence[CreditRecord]:
        """Return the records of a blind index, the oldest first."""
        rows = self._connection.execute(_RECORDS_OF, {"tenant": tenant, "subject": subject}).all()
        return [_record(values) for values, erased in self._vault.unseal_all(CREDIT, rows) if not erased]

    def save_credit_record(self, tenant: str, record: CreditRecord) -> None:
        """Save a record that was read in this transaction."""
        statement = sa.update(credit_record).where(
            credit_record.c.id == record.id, credit_record.c.tenant == tenant
        )
        body = self._vault.seal(CREDIT, {"id": record.id, "body": _body(record)})["body"]
        self._connection.execute(statement.values(body=body))


def _body(record: CreditRecord) -> str:
    return json.dumps(record_to_json(record), ensure_ascii=False)


def _record(row: Mapping[str, Any]) -> CreditRecord:
    return record_from_json(row["id"], row["subject"], json.loads(row["body"]))
