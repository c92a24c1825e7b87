"""A paper as a value: written once as canonical JSON, and read back from those bytes by what draws it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from license_service.domain.application import Person
from license_service.domain.paper import PaperKind
from license_service.domain.paper_code import shown
from license_service.services.papers.forms import FORMS, Facts, Section
from license_service.services.papers.words import masked_id, masked_name, written_date
from license_service.services.verifying.report_sheet import Row
from license_service.verification.canonical import canonical_json

PAPER_TAG = "license-service/paper/v1"
STATEMENT_TAG = "license-service/paper-statement/v1"


@dataclass(frozen=True)
class Naming:
    """Hold what names a paper; the salt keeps anyone from guessing its content from its digest."""

    code: str
    number: str
    salt: str
    event: str


CHECK_HINT = "扫描二维码，或者在核验页面输入核验码，可核对本文书是否由本机关出具、是否仍然有效。"
SEAL_HINT = "本文书附有出具系统的数字签名，凭核验码查验；数字签名不是本机关的电子印章，也不代替印章。"
"""What is signed and what is not: no seal is drawn that nobody set."""


@dataclass(frozen=True)
class PaperSheet:
    """Hold a paper, ready to be drawn; `address` is what its QR code holds.

    An authority addresses the applicant, and what the applicant signs addresses the authority.
    """

    title: str
    title_en: str
    authority: str
    number: str
    addressee: str
    to: tuple[Row, ...]
    sections: tuple[Section, ...]
    signed_by: str
    date: str
    code: str
    digest: str
    address: str


def write_number(authority: str, mark: str, year: int, number: int) -> str:
    """Write the number of a paper (文号): who issues, which kind, year, and which of them.

    Clause: GB/T 9704-2012, 7.2.5 (the year whole, in brackets of its own; no 第, no leading zeros).
    """
    return f"{authority}{mark}字〔{year}〕{number}号"


def compose(kind: PaperKind, naming: Naming, facts: Facts) -> bytes:
    """Return the canonical JSON of a paper: what is kept, digested, and drawn."""
    form = FORMS[kind]
    title, title_en = form.title(facts)
    return canonical_json(
        {
            "format": PAPER_TAG,
            **vars(naming),
            "kind": kind.value,
            "title": {"zh": title, "en": title_en},
            "authority": facts.matter.authority,
            "case": facts.case.id,
            "matter": {
                "code": facts.matter.code,
                "version": facts.matter.version,
                "name": facts.matter.name_zh,
            },
            "applicant": _person(facts.applicant),
            "agent": _person(facts.agent.person) if facts.agent else None,
            "date": facts.day.isoformat(),
            "sections": [{"heading": s.heading, "lines": list(s.lines)} for s in form.sections(facts)],
            "signed_by": "applicant" if form.by_applicant else "authority",
        }
    )


def statement(body: bytes, facts: Facts) -> dict[str, Any]:
    """Return what is signed and said to everybody: which paper it is, and whose, without naming them."""
    paper = json.loads(body)
    told = ("code", "number", "kind", "title", "authority", "case", "date")
    return {
        "format": STATEMENT_TAG,
        **{name: paper[name] for name in told},
        "applicant": masked_name(facts.applicant),
        "digest": digest_of(body),
    }


def digest_of(body: bytes) -> str:
    """Return what identifies a paper: the SHA-256 of its canonical JSON."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def lay_out_paper(body: bytes, public_url: str) -> PaperSheet:
    """Lay out a paper from the bytes that were kept."""
    paper: Mapping[str, Any] = json.loads(body)
    digest, agent = digest_of(body), paper["agent"]
    by_applicant = paper["signed_by"] == "applicant"
    return PaperSheet(
        title=paper["title"]["zh"],
        title_en=paper["title"]["en"],
        authority=paper["authority"],
        number=paper["number"],
        addressee=paper["authority"] if by_applicant else paper["applicant"]["name"],
        to=(
            Row("申请人", "Applicant", _named(paper["applicant"])),
            *([Row("代办人", "Agent", _named(agent))] if agent else []),
            Row("申请事项", "Matter", f"{paper['matter']['name']}（{paper['matter']['code']}）"),
            Row("办件编号", "Case", paper["case"]),
        ),
        sections=tuple(Section(s["heading"], tuple(s["lines"])) for s in paper["sections"]),
        signed_by=paper["signed_by"],
        date=written_date(date.fromisoformat(paper["date"])),
        code=shown(paper["code"]),
        digest=digest,
        address=page_address(public_url, paper["code"], digest),
    )


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "id": masked_id(person.id)}


def _named(person: Mapping[str, str]) -> str:
    return f"{person['name']}（{person['id']}）"


def page_address(public_url: str, code: str, digest: str) -> str:
    """Return where a phone checks a paper; the digest behind `#` is never sent to the server."""
    return f"{public_url}/console/papers/{code}#{digest.removeprefix('sha256:')}"
