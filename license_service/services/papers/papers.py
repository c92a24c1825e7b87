"""Make the papers of a case, once each, and answer what a verification code names.

1. An event that calls for papers leaves a draft: the case as of the event, written in its transaction.
2. Whoever first asks for the papers of the case has them made: composed from draft and rule, numbered,
   signed, kept, and each announced to the log by its digest, in one transaction.
3. From then on the bytes are what they are: every rendering is drawn from them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.case import Case, Event, EventKind
from license_service.domain.matter import Catalogue, Matter
from license_service.domain.paper import PaperKind, papers_for, state_of
from license_service.domain.paper_code import RANDOM_BYTES, paper_code
from license_service.domain.workdays import WorkCalendar
from license_service.errors import ConfigurationError, NotFoundError
from license_service.services.caller import Caller, Scope
from license_service.services.cases.cases import load_case
from license_service.services.papers.forms import FORMS, Facts
from license_service.services.papers.ports import PaperDraft, PaperKey, StoredPaper
from license_service.services.papers.sheet import (
    Naming,
    PaperSheet,
    compose,
    digest_of,
    lay_out_paper,
    page_address,
    statement,
    write_number,
)
from license_service.services.ports import Store, Transaction
from license_service.services.recording import record_event
from license_service.services.records import StoredCase
from license_service.verification.canonical import canonical_json

_SALT_BYTES = 16


@dataclass(frozen=True)
class Office:
    """Hold what papers are made with."""

    catalogue: Catalogue
    calendar: WorkCalendar
    key: PaperKey
    public_url: str


class PaperService:
    """Answer `GET /v1/cases/{id}/papers` and what is below it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        office: Office,
        html: Callable[[PaperSheet], str],
        pdf: Callable[[PaperSheet], bytes],
    ) -> None:
        self._store = store
        self._clock = clock
        self._office = office
        self._html = html
        self._pdf = pdf

    def keys(self) -> dict[str, Any]:
        """Return the public keys papers are checked with, as a JWK set (RFC 7517)."""
        return {"keys": self._office.key.public_keys()}

    def list(self, caller: Caller, case_id: str) -> list[dict[str, Any]]:
        """Return which papers a case has, oldest first.

        Raises:
            NotFoundError: if this tenant has no such case.
        """
        case, papers = self._made(caller, case_id)
        return [_summary(paper, case, papers, self._office.public_url) for paper in papers]

    def json(self, caller: Caller, case_id: str, kind: str, code: str | None = None) -> dict[str, Any]:
        """Return a paper as JSON: itself, its digest, and the signed statement about it.

        Raises:
            NotFoundError: if this tenant has no such case, or the case has no such paper.
        """
        paper = self._one(caller, case_id, kind, code)
        return {"paper": json.loads(paper.body), "digest": digest_of(paper.body), "jws": paper.jws}

    def html(self, caller: Caller, case_id: str, kind: str, code: str | None = None) -> str:
        """Return a paper as a page.

        Raises:
            NotFoundError: if this tenant has no such case, or the case has no such paper.
        """
        return self._html(self._sheet(caller, case_id, kind, code))

    def pdf(self, caller: Caller, case_id: str, kind: str, code: str | None = None) -> bytes:
        """Return a paper as PDF.

        Raises:
            NotFoundError: if this tenant has no such case, or the case has no such paper.
        """
        return self._pdf(self._sheet(caller, case_id, kind, code))

    def _sheet(self, caller: Caller, case_id: str, kind: str, code: str | None) -> PaperSheet:
        return lay_out_paper(self._one(caller, case_id, kind, code).body, self._office.public_url)

    def _one(self, caller: Caller, case_id: str, kind: str, code: str | None) -> StoredPaper:
        _, papers = self._made(caller, case_id)
        return newest(papers, kind, code)

    def _made(self, caller: Caller, case_id: str) -> tuple[Case, Sequence[StoredPaper]]:
        caller.require(Scope.CASES_READ)
        now = self._clock.now()
        with self._store.begin() as tx:
            stored = load_case(tx, caller.tenant, case_id)
            for draft in tx.take_paper_drafts(caller.tenant, case_id):
                make_papers(tx, stored, draft, self._office, now)
            return stored.case, tx.papers_of(caller.tenant, case_id)


def newest(papers: Sequence[StoredPaper], kind: str, code: str | None = None) -> StoredPaper:
    """Return the newest paper of a kind, or the one with a code.

    Raises:
        NotFoundError: if there is none.
    """
    found = [paper for paper in papers if paper.kind == kind and code in (None, paper.code)]
    if not found:
        raise NotFoundError("the case has no such paper")
    return found[-1]


def make_papers(
    tx: Transaction, stored: StoredCase, draft: PaperDraft, office: Office, now: datetime
) -> None:
    """Make every paper that the event of a draft calls for.

    Raises:
        ConfigurationError: if the catalogue lost the version the case was accepted under.
    """
    matter = office.catalogue.version(draft.case.matter_code, draft.case.matter_version)
    if matter is None:
        raise ConfigurationError("the catalogue lost the version this case was accepted under")
    facts = _facts(stored, draft, matter, office.calendar)
    for kind in papers_for(draft.event.kind, draft.case):
        naming = _name(tx, stored.tenant, kind, draft, facts)
        body = compose(kind, naming, facts)
        event = Event(EventKind.PAPER_ISSUED, {"paper": kind.value, "digest": digest_of(body)})
        issued = record_event(tx, stored.tenant, stored.case.id, event, now)
        tx.add_paper(
            StoredPaper(
                code=naming.code,
                tenant=stored.tenant,
                case_id=stored.case.id,
                seq=draft.event.seq or 0,
                kind=kind.value,
                subject=facts.event.get("obligation", "") if kind is PaperKind.REMINDER else "",
                body=body,
                jws=office.key.sign(canonical_json(statement(body, facts))),
                issued_event=issued.id,
            )
        )


def _facts(stored: StoredCase, draft: PaperDraft, matter: Matter, calendar: WorkCalendar) -> Facts:
    entry = json.loads(draft.event.entry)
    day = draft.event.created_at.astimezone(SHANGHAI).date()
    return Facts(draft.case, entry["data"], matter, stored.applicant, calendar, day, stored.agent)


def _name(tx: Transaction, tenant: str, kind: PaperKind, draft: PaperDraft, facts: Facts) -> Naming:
    authority, mark, year = facts.matter.authority, FORMS[kind].mark, facts.day.year
    number = tx.next_paper_number(tenant, authority, mark, year)
    return Naming(
        code=paper_code(secrets.token_bytes(RANDOM_BYTES)),
        number=write_number(authority, mark, year, number),
        salt=secrets.token_hex(_SALT_BYTES),
        event=draft.event.id,
    )


def _summary(
    paper: StoredPaper, case: Case, papers: Sequence[StoredPaper], public_url: str
) -> dict[str, Any]:
    body, digest = json.loads(paper.body), digest_of(paper.body)
    return {
        **{name: body[name] for name in ("kind", "title", "number", "date", "code", "event")},
        "digest": digest,
        "state": state_of(PaperKind(paper.kind), case, replaced=is_replaced(paper, papers)).value,
        "page": page_address(public_url, paper.code, digest),
    }


def is_replaced(paper: StoredPaper, papers: Sequence[StoredPaper]) -> bool:
    """Tell whether a later event of the case brought the same paper about the same thing."""
    same = (paper.kind, paper.subject)
    return any((other.kind, other.subject) == same and other.seq > paper.seq for other in papers)
