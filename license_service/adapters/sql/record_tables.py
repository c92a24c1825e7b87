"""Verifications and cases."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import case_file, verification
from license_service.adapters.sql.table import SqlTable, given
from license_service.domain.agent import agent_from_json, agent_to_json
from license_service.domain.application import Person
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.errors import CaseStateError
from license_service.services.records import StoredCase

_ANSWER = sa.select(verification.c.answer).where(given(verification.c.id), given(verification.c.tenant))
_ANSWERS = sa.select(verification.c.id, verification.c.answer).where(
    verification.c.id.in_(sa.bindparam("ids", expanding=True)), given(verification.c.tenant)
)


class SqlVerificationTable(SqlTable):
    """Keep verification answers."""

    def add_verification(self, tenant: str, identifier: str, answer: dict[str, Any]) -> None:
        """Keep an answer."""
        row = {"id": identifier, "tenant": tenant, "answer": _dump(answer)}
        self._connection.execute(sa.insert(verification), row)

    def verification(self, tenant: str, identifier: str) -> dict[str, Any] | None:
        """Return an answer of this tenant."""
        answer = self._connection.execute(_ANSWER, {"id": identifier, "tenant": tenant})
        return _load(answer.scalar_one_or_none())

    def verifications(self, tenant: str, identifiers: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return by id those of some answers that are this tenant's."""
        rows = self._connection.execute(_ANSWERS, {"ids": list(identifiers), "tenant": tenant})
        return {row.id: json.loads(row.answer) for row in rows}

    def any_verification(self, identifier: str) -> dict[str, Any] | None:
        """Return an answer of any tenant."""
        query = sa.select(verification.c.answer).where(verification.c.id == identifier)
        return _load(self._connection.execute(query).scalar_one_or_none())

    def count_verifications(self) -> int:
        """Return how many answers are kept."""
        query = sa.select(sa.func.count()).select_from(verification)
        return int(self._connection.execute(query).scalar_one())

    def verifications_after(self, identifier: str, limit: int) -> Sequence[dict[str, Any]]:
        """Return answers of all tenants in the order of their ids."""
        query = sa.select(verification.c.answer).where(verification.c.id > identifier)
        rows = self._connection.execute(query.order_by(verification.c.id).limit(limit)).scalars()
        return [json.loads(answer) for answer in rows]


class SqlCaseTable(SqlTable):
    """Keep cases."""

    def add_case(self, stored: StoredCase) -> None:
        """Keep a new case."""
        row = {"id": stored.case.id, "tenant": stored.tenant, "version": 1, "people": _people(stored)}
        self._connection.execute(sa.insert(case_file), row | {"body": _dump(case_to_json(stored.case))})

    def case(self, tenant: str, case_id: str) -> StoredCase | None:
        """Return a case of this tenant; on PostgreSQL locked until the transaction ends."""
        query = sa.select(case_file).where(case_file.c.id == case_id, case_file.c.tenant == tenant)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        if row is None:
            return None
        return _stored(row)

    def cases_after(self, identifier: str, limit: int) -> Sequence[StoredCase]:
        """Return cases of all tenants in the order of their ids."""
        query = sa.select(case_file).where(case_file.c.id > identifier).order_by(case_file.c.id)
        return [_stored(row) for row in self._connection.execute(query.limit(limit).with_for_update())]

    def lock_case(self, case_id: str) -> None:
        """Lock a case; on SQLite the transaction holds the one lock there is."""
        query = sa.select(case_file.c.id).where(case_file.c.id == case_id)
        self._connection.execute(query.with_for_update())

    def save_case(self, stored: StoredCase) -> None:
        """Save a case that nobody saved since it was read.

        Raises:
            CaseStateError: if somebody did.
        """
        statement = (
            sa.update(case_file)
            .where(case_file.c.id == stored.case.id, case_file.c.version == stored.version)
            .values(body=_dump(case_to_json(stored.case)), version=stored.version + 1)
        )
        if self._connection.execute(statement).rowcount != 1:
            raise CaseStateError("the case was changed by somebody else")


def _load(answer: str | None) -> dict[str, Any] | None:
    return None if answer is None else dict(json.loads(answer))


def _stored(row: sa.Row[Any]) -> StoredCase:
    people = json.loads(row.people)
    return StoredCase(
        tenant=row.tenant,
        case=case_from_json(json.loads(row.body)),
        version=row.version,
        applicant=Person(**people["applicant"]),
        legal_person=_person(people["legal_person"]),
        salt=people["salt"],
        other_party=_person(people.get("other_party")),
        acknowledged_by=people.get("acknowledged_by", {}),
        agent=agent_from_json(people["agent"]) if people.get("agent") else None,
    )


def _person(people: dict[str, str] | None) -> Person | None:
    return Person(**people) if people else None


def _people(stored: StoredCase) -> str:
    others = {
        "legal_person": vars(stored.legal_person) if stored.legal_person else None,
        "other_party": vars(stored.other_party) if stored.other_party else None,
        "acknowledged_by": dict(stored.acknowledged_by),
        "agent": agent_to_json(stored.agent) if stored.agent else None,
    }
    return _dump({"applicant": vars(stored.applicant), **others, "salt": stored.salt})


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
