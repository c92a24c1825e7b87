"""Find dossiers, erase them, and look after the keys that wrap theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql import sealed_columns
from license_service.adapters.sql.record_tables import documents_of
from license_service.adapters.sql.schema import (
    case_file,
    credit_record,
    dossier,
    dossier_mark,
    idempotency,
    license_use,
    license_use_holder,
    verification_batch,
)
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.adapters.sql.vault import KEY, SealedColumns, said_in
from license_service.domain.retention import DossierKind
from license_service.services.erasing.dossiers import NOBODY, Dossier

_IDS_AT_ONCE = 500
"""An engine takes only so many values in one statement."""
_ROOTS: Mapping[DossierKind, tuple[sa.Table, tuple[str, ...]]] = {
    DossierKind.CASE: (sealed_columns.CASE.table, sealed_columns.CASE.columns),
    DossierKind.VERIFICATION: (sealed_columns.VERIFICATION.table, sealed_columns.VERIFICATION.columns),
    DossierKind.BUNDLE: (sealed_columns.BUNDLE.table, sealed_columns.BUNDLE.columns),
    DossierKind.CREDIT: (sealed_columns.CREDIT.table, sealed_columns.CREDIT.columns),
    DossierKind.BATCH: (verification_batch, ()),
}
"""The table whose rows each open a dossier, and which of its columns say whom it names."""


class SqlDossierTable(SqlTable):
    """Keep dossiers."""

    def dossiers(self, identifiers: Collection[str]) -> Sequence[Dossier]:
        """Return the dossiers of some ids, locked until the transaction ends."""
        self._vault.flush()
        query = sa.select(dossier).where(dossier.c.id.in_(identifiers)).order_by(dossier.c.id)
        return [_dossier(row) for row in self._connection.execute(query.with_for_update())]

    def dossiers_of(self, tenant: str, mark: str) -> Sequence[Dossier]:
        """Return a tenant's dossiers that name a person."""
        self._vault.flush()
        marked = sa.select(dossier_mark.c.dossier).where(dossier_mark.c.mark == mark)
        query = sa.select(dossier).where(dossier.c.id.in_(marked), dossier.c.tenant == tenant)
        return [_dossier(row) for row in self._connection.execute(query.order_by(dossier.c.id))]

    def kept_dossiers(
        self, opened_before: Mapping[DossierKind, datetime], after: str, limit: int
    ) -> Sequence[Dossier]:
        """Return dossiers that were not erased."""
        old = sa.or_(
            *(
                sa.and_(dossier.c.kind == kind, dossier.c.opened_at < seconds(moment))
                for kind, moment in opened_before.items()
            )
        )
        query = sa.select(dossier).where(dossier.c.erased_at.is_(None), old, dossier.c.id > after)
        rows = self._connection.execute(query.order_by(dossier.c.id).limit(limit))
        return [_dossier(row) for row in rows]

    def erase_dossiers(self, identifiers: Collection[str], now: datetime) -> None:
        """Destroy keys and salts, clear what they sealed, and forget whom it names.

        To destroy the key is enough for what is here; what is cleared is not there to be attacked either.
        """
        self._vault.flush()
        ids = list(identifiers)
        destroyed = {"wrapped": None, "wrapped_by": "", "erased_at": seconds(now)}
        self._run(sa.update(dossier).where(dossier.c.id.in_(ids)).values(destroyed))
        for sealed in sealed_columns.ALL:
            self._run(sa.update(sealed.table).where(sealed.belongs_to(ids)).values(_cleared(sealed)))
        uses = sa.select(license_use.c.id).where(license_use.c.case_id.in_(ids))
        self._run(sa.delete(license_use_holder).where(license_use_holder.c.use_id.in_(uses)))
        self._run(sa.update(idempotency).where(idempotency.c.dossier.in_(ids)).values(fingerprint=""))
        self._run(sa.update(credit_record).where(credit_record.c.id.in_(ids)).values(subject=""))
        self._run(sa.delete(dossier_mark).where(dossier_mark.c.dossier.in_(ids)))
        self._vault.forget(ids)

    def kept_users(self, verification_id: str) -> Sequence[str]:
        """Return the cases, erased ones left out, in which a verdict was used."""
        erased = sa.select(dossier.c.id).where(
            dossier.c.id == license_use.c.case_id, dossier.c.erased_at.is_not(None)
        )
        query = sa.select(license_use.c.case_id).distinct()
        used = query.where(license_use.c.verification_id == verification_id, ~erased.exists())
        return list(self._connection.execute(used).scalars())

    def verifications_used(self, case_id: str) -> Sequence[str]:
        """Return the verdicts that were used in a case."""
        query = sa.select(license_use.c.verification_id).distinct().where(license_use.c.case_id == case_id)
        return list(self._connection.execute(query.order_by(license_use.c.verification_id)).scalars())

    def marked(self, marks: Collection[str]) -> Collection[str]:
        """Return those of some marks that a dossier still has."""
        self._vault.flush()
        found: set[str] = set()
        for page in _pages(marks):
            query = sa.select(dossier_mark.c.mark).distinct().where(dossier_mark.c.mark.in_(page))
            found.update(self._connection.execute(query).scalars())
        return found

    def marks_of(self, identifiers: Collection[str]) -> Collection[str]:
        """Return the marks of some dossiers."""
        self._vault.flush()
        query = sa.select(dossier_mark.c.mark).distinct()
        mine = query.where(dossier_mark.c.dossier.in_(identifiers))
        return set(self._connection.execute(mine).scalars())

    def has_case(self, tenant: str, case_id: str) -> bool:
        """Tell whether there is a case, erased or not."""
        query = sa.select(case_file.c.id).where(case_file.c.id == case_id, case_file.c.tenant == tenant)
        return self._connection.execute(query).one_or_none() is not None

    def seal_earlier(self, kind: DossierKind, after: str, limit: int) -> tuple[int, str]:
        """Seal what an earlier version wrote in the clear, dossier by dossier."""
        table, columns = _ROOTS[kind]
        query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        rows = [dict(row) for row in self._connection.execute(query.with_for_update()).mappings()]
        known = {item.id for item in self.dossiers([row["id"] for row in rows])}
        earlier = [row for row in rows if row["id"] not in known]
        for row in earlier:
            said = [said_in(row[name]) for name in columns]
            self._vault.open_dossier(row["id"], row["tenant"], kind, said)
            self._vault.mark(row["id"], self._other_marks(kind, row, said))
        self._vault.flush()
        if earlier:
            for sealed in sealed_columns.ALL:
                self._seal_rows(sealed, [row["id"] for row in earlier])
        return len(earlier), rows[-1]["id"] if len(rows) == limit else ""

    def seal_answers(self, limit: int) -> int:
        """Seal answers of an earlier version with what they tell of."""
        query = sa.select(idempotency).where(idempotency.c.dossier == "").limit(limit).with_for_update()
        rows = self._connection.execute(query).mappings().all()
        for row in rows:
            told = _told_of(said_in(row["answer"]))
            known = {item.id for item in self.dossiers([told]) if item.erased_at is None}
            attached = {**row, "dossier": told if told in known else NOBODY}
            changed = self._vault.seal(sealed_columns.IDEMPOTENCY, attached)
            here = (idempotency.c[name] == row[name] for name in sealed_columns.IDEMPOTENCY.row)
            self._run(sa.update(idempotency).where(*here).values(changed))
        return len(rows)

    def rewrap(self, limit: int) -> int:
        """Wrap data keys under the newest wrapping key."""
        old = (dossier.c.wrapped.is_not(None), ~self._vault.is_wrapped_by_newest())
        query = sa.select(*KEY).where(*old).order_by(dossier.c.id).limit(limit)
        rows = self._connection.execute(query.with_for_update()).all()
        for row in rows:
            self._run(sa.update(dossier).where(dossier.c.id == row.key_of).values(self._vault.rewrapped(row)))
        return len(rows)

    def wrapped_by(self, wrapping_key: str) -> int:
        """Count the data keys that a wrapping key still wraps."""
        query = sa.select(sa.func.count()).select_from(dossier).where(dossier.c.wrapped_by == wrapping_key)
        return int(self._connection.execute(query).scalar_one())

    def _other_marks(self, kind: DossierKind, row: Mapping[str, Any], said: Sequence[Any]) -> Iterator[str]:
        if kind is DossierKind.CREDIT:
            yield row["subject"]
        if kind is DossierKind.VERIFICATION:
            yield from map(self._vault.index.of_document, documents_of(said[0] or {}))

    def _seal_rows(self, sealed: SealedColumns, identifiers: Sequence[str]) -> None:
        query = sa.select(sealed.table).where(sealed.belongs_to(identifiers)).with_for_update()
        for row in self._connection.execute(query).mappings().all():
            changed = self._vault.seal(sealed, dict(row))
            here = (sealed.table.c[name] == row[name] for name in sealed.row)
            self._run(sa.update(sealed.table).where(*here).values({n: changed[n] for n in sealed.columns}))

    def _run(self, statement: sa.Executable) -> None:
        self._connection.execute(statement)


def _dossier(row: sa.Row[Any]) -> Dossier:
    erased_at = None if row.erased_at is None else instant(row.erased_at)
    return Dossier(row.id, row.tenant, DossierKind(row.kind), instant(row.opened_at), erased_at)


def _cleared(sealed: SealedColumns) -> dict[str, Any]:
    columns = (sealed.table.c[name] for name in sealed.columns)
    return {column.name: None if column.nullable else column.type.python_type() for column in columns}


def _told_of(answer: object) -> str:
    """Return the id of what an answer of an earlier version tells of."""
    told = answer if isinstance(answer, dict) else {}
    case = told.get("case")
    within = case.get("id") if isinstance(case, dict) else None
    return str(told.get("case_id") or within or told.get("id") or "")


def _pages(items: Iterable[str]) -> Iterator[list[str]]:
    found = list(items)
    yield from (found[begin : begin + _IDS_AT_ONCE] for begin in range(0, len(found), _IDS_AT_ONCE))
