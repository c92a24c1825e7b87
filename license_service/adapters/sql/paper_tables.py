"""Papers, the cases they are made from, and their numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from license_service.adapters.sql.log_tables import read_event
from license_service.adapters.sql.schema import event, paper, paper_draft, paper_number
from license_service.adapters.sql.sealed_columns import PAPER, PAPER_DRAFT
from license_service.adapters.sql.statements import insert_into
from license_service.adapters.sql.table import SqlTable
from license_service.domain.case import Case
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.services.papers.ports import PaperDraft, StoredPaper
from license_service.services.records import StoredEvent


class SqlPaperTable(SqlTable):
    """Keep papers."""

    def add_paper_draft(self, item: StoredEvent, case: Case) -> None:
        """Keep a case as of an event."""
        body = json.dumps(case_to_json(case), ensure_ascii=False)
        row = {"event_id": item.id, "tenant": item.tenant, "case_id": case.id, "body": body}
        self._connection.execute(insert_into(paper_draft), self._vault.seal(PAPER_DRAFT, row))

    def take_paper_drafts(self, tenant: str, case_id: str) -> Sequence[PaperDraft]:
        """Return and remove the drafts of a case."""
        mine = (paper_draft.c.tenant == tenant, paper_draft.c.case_id == case_id)
        joined = sa.select(paper_draft.c.body, paper_draft.c.event_id, event)
        joined = joined.join(event, event.c.id == paper_draft.c.event_id)
        rows = self._connection.execute(joined.where(*mine).order_by(event.c.seq)).all()
        if rows:
            self._connection.execute(sa.delete(paper_draft).where(*mine))
        bodies = [self._vault.unseal(PAPER_DRAFT, row)["body"] for row in rows]
        return [
            PaperDraft(read_event(row), case_from_json(json.loads(body)))
            for row, body in zip(rows, bodies, strict=True)
        ]

    def next_paper_number(self, tenant: str, authority: str, mark: str, year: int) -> int:
        """Count one further; others wait for the transaction to end, so no number is left out."""
        insert = postgresql.insert if self._is_postgresql else sqlite.insert
        key = {"tenant": tenant, "authority": authority, "mark": mark, "year": year}
        statement = insert(paper_number).values(**key, last=1)
        counted = statement.on_conflict_do_update(
            index_elements=list(key), set_={"last": paper_number.c.last + 1}
        )
        return int(self._connection.execute(counted.returning(paper_number.c.last)).scalar_one())

    def add_paper(self, item: StoredPaper) -> None:
        """Keep a paper."""
        self._connection.execute(insert_into(paper), self._vault.seal(PAPER, vars(item)))

    def papers_of(self, tenant: str, case_id: str) -> Sequence[StoredPaper]:
        """Return the papers of a case."""
        query = sa.select(paper).where(paper.c.tenant == tenant, paper.c.case_id == case_id)
        rows = self._connection.execute(query.order_by(paper.c.seq, paper.c.kind)).all()
        return [self._paper(row) for row in rows]

    def paper(self, code: str) -> StoredPaper | None:
        """Return a paper by its code."""
        row = self._connection.execute(sa.select(paper).where(paper.c.code == code)).one_or_none()
        return None if row is None else self._paper(row)

    def _paper(self, row: sa.Row[Any]) -> StoredPaper:
        return StoredPaper(**self._vault.unseal(PAPER, row))
