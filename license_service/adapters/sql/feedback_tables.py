"""Ratings and complaints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import feedback
from license_service.adapters.sql.sealed_columns import FEEDBACK
from license_service.adapters.sql.statements import given, insert_into
from license_service.adapters.sql.table import SqlTable, seconds
from license_service.domain.feedback import feedback_from_json, feedback_to_json
from license_service.errors import CaseStateError
from license_service.services.cases.feedback_ports import StoredFeedback

_FEEDBACK = sa.select(feedback).where(given(feedback.c.id), given(feedback.c.tenant))


class SqlFeedbackTable(SqlTable):
    """Keep ratings and complaints."""

    def add_feedback(self, stored: StoredFeedback) -> None:
        """Keep a new one."""
        item = stored.feedback
        row = {"id": item.id, "tenant": stored.tenant, "case_id": item.case_id, "version": 1}
        row |= {"received_at": seconds(item.received_at), **self._feedback_texts(stored)}
        self._connection.execute(insert_into(feedback), row)

    def feedback(self, tenant: str, identifier: str) -> StoredFeedback | None:
        """Return one of this tenant; on PostgreSQL locked until a transaction ends that may write."""
        asked = {"id": identifier, "tenant": tenant}
        row = self._connection.execute(self._locking(_FEEDBACK), asked).one_or_none()
        return None if row is None else _stored(self._vault.unseal(FEEDBACK, row))

    def feedback_of(self, tenant: str, case_id: str) -> Sequence[StoredFeedback]:
        """Return what was said of a case, the first first."""
        query = sa.select(feedback).where(feedback.c.case_id == case_id, feedback.c.tenant == tenant)
        rows = self._connection.execute(query.order_by(feedback.c.received_at, feedback.c.id)).all()
        return [_stored(values) for values, _ in self._vault.unseal_all(FEEDBACK, rows)]

    def save_feedback(self, stored: StoredFeedback) -> None:
        """Save one that nobody saved since it was read.

        Raises:
            CaseStateError: if somebody did.
        """
        statement = (
            sa.update(feedback)
            .where(feedback.c.id == stored.feedback.id, feedback.c.version == stored.version)
            .values(version=stored.version + 1, **self._feedback_texts(stored))
        )
        if self._connection.execute(statement).rowcount != 1:
            raise CaseStateError("it was changed by somebody else")

    def _feedback_texts(self, stored: StoredFeedback) -> dict[str, Any]:
        """Return what is written: the body in the clear, since it holds ids and codes alone."""
        item = stored.feedback
        texts = {"text": stored.text, "answer": stored.answer}
        sealed = self._vault.seal(FEEDBACK, {"id": item.id, "case_id": item.case_id, **texts})
        body = json.dumps(feedback_to_json(item), ensure_ascii=False)
        return {"body": body, **{name: sealed[name] for name in texts}}


def _stored(row: Mapping[str, Any]) -> StoredFeedback:
    feedback_ = feedback_from_json(json.loads(row["body"]))
    return StoredFeedback(row["tenant"], row["version"], feedback_, row["text"], row["answer"])
