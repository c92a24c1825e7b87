"""Verifications and cases."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import case_file, dossier, verification
from license_service.adapters.sql.sealed_columns import CASE, VERIFICATION
from license_service.adapters.sql.statements import given, insert_into
from license_service.adapters.sql.table import SqlTable
from license_service.adapters.sql.vault import KEY
from license_service.domain.agent import agent_from_json, agent_to_json
from license_service.domain.application import Person
from license_service.domain.case_json import case_from_json, case_to_json
from license_service.domain.retention import DossierKind
from license_service.errors import CaseStateError
from license_service.services.records import ErasedVerification, StoredCase

_WITH_KEY = sa.select(verification, *KEY).outerjoin(dossier, dossier.c.id == verification.c.id)
_ANSWER = _WITH_KEY.where(given(verification.c.id), given(verification.c.tenant))
_ANSWERS = _WITH_KEY.where(
    verification.c.id.in_(sa.bindparam("ids", expanding=True)), given(verification.c.tenant)
)
_CASE = (
    sa.select(case_file, *KEY)
    .outerjoin(dossier, dossier.c.id == case_file.c.id)
    .where(given(case_file.c.id), given(case_file.c.tenant))
)
_UNCHANGED = sa.update(case_file).where(
    case_file.c.id == sa.bindparam("of"), case_file.c.version == sa.bindparam("was")
)


class SqlVerificationTable(SqlTable):
    """Keep verification answers."""

    def add_verification(self, tenant: str, identifier: str, answer: dict[str, Any]) -> None:
        """Keep an answer, in a dossier of its own that names the license's holders and the documents."""
        self._vault.open_dossier(identifier, tenant, DossierKind.VERIFICATION, answer)
        self._vault.mark(identifier, map(self._vault.index.of_document, documents_of(answer)))
        row = {"id": identifier, "tenant": tenant, "answer": _dump(answer)}
        self._connection.execute(insert_into(verification), self._vault.seal(VERIFICATION, row))

    def verification(self, tenant: str, identifier: str) -> dict[str, Any] | None:
        """Return an answer of this tenant."""
        answer = self._connection.execute(_ANSWER, {"id": identifier, "tenant": tenant})
        return self._read_answer(answer.one_or_none())

    def verifications(self, tenant: str, identifiers: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return by id those of some answers that are this tenant's."""
        rows = self._connection.execute(_ANSWERS, {"ids": list(identifiers), "tenant": tenant}).all()
        self._vault.learn(rows)
        return {row.id: json.loads(self._vault.unseal(VERIFICATION, row)["answer"]) for row in rows}

    def any_verification(self, identifier: str) -> dict[str, Any] | None:
        """Return an answer of any tenant."""
        query = _WITH_KEY.where(verification.c.id == identifier)
        return self._read_answer(self._connection.execute(query).one_or_none())

    def count_verifications(self) -> int:
        """Return how many answers are kept."""
        query = sa.select(sa.func.count()).select_from(verification)
        return int(self._connection.execute(query).scalar_one())

    def verifications_after(
        self, identifier: str, limit: int
    ) -> Sequence[dict[str, Any] | ErasedVerification]:
        """Return answers of all tenants in the order of their ids."""
        query = sa.select(verification).where(verification.c.id > identifier)
        rows = self._connection.execute(query.order_by(verification.c.id).limit(limit)).all()
        opened = self._vault.unseal_all(VERIFICATION, rows)
        return [
            ErasedVerification(values["id"]) if erased else json.loads(values["answer"])
            for values, erased in opened
        ]

    def _read_answer(self, row: sa.Row[Any] | None) -> dict[str, Any] | None:
        if row is None:
            return None
        self._vault.learn([row])
        return dict(json.loads(self._vault.unseal(VERIFICATION, row)["answer"]))


class SqlCaseTable(SqlTable):
    """Keep cases."""

    def add_case(self, stored: StoredCase) -> None:
        """Keep a new case, in a dossier that names its people."""
        people = _people(stored)
        self._vault.open_dossier(stored.case.id, stored.tenant, DossierKind.CASE, people)
        row = {"id": stored.case.id, "tenant": stored.tenant, "version": 1}
        row |= {"people": _dump(people), "body": _dump(case_to_json(stored.case))}
        self._connection.execute(insert_into(case_file), self._vault.seal(CASE, row))

    def case(self, tenant: str, case_id: str) -> StoredCase | None:
        """Return a case of this tenant; on PostgreSQL locked until a transaction ends that may write."""
        asked = {"id": case_id, "tenant": tenant}
        row = self._connection.execute(self._locking(_CASE, case_file), asked).one_or_none()
        if row is None:
            return None
        self._vault.learn([row])
        return _stored(self._vault.unseal(CASE, row))

    def cases_after(self, identifier: str, limit: int) -> Sequence[StoredCase]:
        """Return cases of all tenants in the order of their ids, without those erased."""
        kept = sa.select(dossier.c.id).where(dossier.c.id == case_file.c.id, dossier.c.erased_at.is_not(None))
        query = sa.select(case_file).where(case_file.c.id > identifier, ~kept.exists())
        rows = self._connection.execute(query.order_by(case_file.c.id).limit(limit).with_for_update()).all()
        return [_stored(values) for values, erased in self._vault.unseal_all(CASE, rows) if not erased]

    def lock_case(self, case_id: str) -> None:
        """Lock a case; on SQLite the transaction holds the one lock there is."""
        query = sa.select(case_file.c.id).where(case_file.c.id == case_id)
        self._connection.execute(query.with_for_update())

    def save_case(self, stored: StoredCase) -> None:
        """Save a case that nobody saved since it was read.

        Raises:
            CaseStateError: if somebody did.
        """
        row = {"id": stored.case.id, "body": _dump(case_to_json(stored.case))}
        body = self._vault.seal(CASE, row)["body"]
        values = {"of": stored.case.id, "was": stored.version, "version": stored.version + 1, "body": body}
        if self._connection.execute(_UNCHANGED, values).rowcount != 1:
            raise CaseStateError("the case was changed by somebody else")


def documents_of(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the SHA-256 of every document that a verdict is of."""
    report = answer.get("report", {})
    digests = (report.get("sha256"), report.get("presentation", {}).get("content_sha256"))
    yield from (digest for digest in digests if digest)


def _stored(row: Mapping[str, Any]) -> StoredCase:
    people = json.loads(row["people"])
    return StoredCase(
        tenant=row["tenant"],
        case=case_from_json(json.loads(row["body"])),
        version=row["version"],
        applicant=Person(**people["applicant"]),
        legal_person=_person(people["legal_person"]),
        salt=people["salt"],
        other_party=_person(people.get("other_party")),
        acknowledged_by=people.get("acknowledged_by", {}),
        agent=agent_from_json(people["agent"]) if people.get("agent") else None,
    )


def _person(people: dict[str, str] | None) -> Person | None:
    return Person(**people) if people else None


def _people(stored: StoredCase) -> dict[str, Any]:
    others = {
        "legal_person": vars(stored.legal_person) if stored.legal_person else None,
        "other_party": vars(stored.other_party) if stored.other_party else None,
        "acknowledged_by": dict(stored.acknowledged_by),
        "agent": agent_to_json(stored.agent) if stored.agent else None,
    }
    return {"applicant": vars(stored.applicant), **others, "salt": stored.salt}


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
