"""What papers say, for every matter of the catalogue; and the literal bytes of what is kept and signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.paper_html import render_paper_html
from license_service.adapters.workday_calendar import china_calendar
from license_service.demo.people import COMPANY, OTHER_PERSON
from license_service.domain.agent import Agent, AgentAct
from license_service.domain.application import (
    Application,
    CommitmentOffer,
    DeferralRequest,
    Person,
    SubmittedDocument,
)
from license_service.domain.assessment import MaterialOutcome, OverallOutcome, assess
from license_service.domain.case import Case, CaseState, Circumstances, Event, open_case
from license_service.domain.debts import expire, remind
from license_service.domain.matter import CheckStart, Matter
from license_service.domain.paper import ENDED, PaperKind, papers_for
from license_service.domain.standing import Standing
from license_service.services.papers.forms import Facts
from license_service.services.papers.sheet import Naming, compose, lay_out_paper, statement, write_number
from license_service.verification.canonical import canonical_json

_CATALOGUE = load_catalogue(Path(__file__).resolve().parents[3] / "catalogue")
_CALENDAR = china_calendar(())
_NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
_GOOD = Standing(may_commit=True, may_defer=True)
_APPLICANT = Person(COMPANY.name, COMPANY.id)
_NAMING = Naming("CODE", "示例局受字〔2026〕1号", "5a17", "e1")


def _application(matter: Matter, *, whole: bool) -> Application:
    """Return one that promises and owes what it may and hands in the rest, or one that brings nothing."""
    promised = [m for m in matter.materials if m.by_commitment] if whole else []
    owed = [m for m in matter.materials if m.by_deferral and m not in promised] if whole else []
    rest = [m for m in matter.materials if m not in (*promised, *owed)] if whole else []
    return Application(
        matter_code=matter.code,
        applicant=_APPLICANT,
        legal_person=None,
        licenses=(),
        submitted=tuple(SubmittedDocument(m.code, "0" * 64, "f") for m in rest),
        commitments=tuple(
            CommitmentOffer(m.code, m.by_commitment.notice.digest, "甲") for m in promised if m.by_commitment
        ),
        deferrals=tuple(DeferralRequest(m.code, "甲") for m in owed),
    )


def _facts(matter: Matter, case: Case, event: Event, agent: Agent | None = None) -> Facts:
    return Facts(case, event.data, matter, _APPLICANT, _CALENDAR, date(2026, 3, 2), agent)


def _written(matter: Matter, *, whole: bool) -> Iterator[tuple[PaperKind, str]]:
    eligible = replace(matter, eligibility=()) if whole else matter
    assessment = assess(eligible, _application(matter, whole=whole), _GOOD, date(2026, 3, 2))
    transition = open_case("c", matter, assessment, _CALENDAR, _NOW)
    steps = [transition]
    for item in transition.case.obligations:
        if item.at_expiry:
            at = Circumstances(matter, _CALENDAR, item.due_at)
            steps += [remind(transition.case, item.id), expire(transition.case, item.id, at)]
    for step in steps:
        for event in step.events:
            for kind in papers_for(event.kind, step.case):
                yield kind, compose(kind, _NAMING, _facts(matter, step.case, event)).decode()


@pytest.mark.parametrize("matter", _CATALOGUE.matters, ids=lambda matter: matter.code)
def test_every_matter_has_every_paper_it_can_call_for(matter: Matter) -> None:
    written = dict(_written(matter, whole=True))
    promises = any(m.by_commitment for m in matter.materials)
    debts = [m for m in matter.materials if m.by_deferral and not m.by_commitment]
    assert (PaperKind.COMMITMENT_LETTER in written) is promises
    assert (PaperKind.REMINDER in written) is (PaperKind.TERMINATION_NOTICE in written) is bool(debts)
    for paper in written.values():
        assert json.loads(paper)["authority"] == matter.authority != ""
        assert matter.name_zh in paper
    for material in debts:
        assert material.name_zh in written[PaperKind.DEFERRAL_NOTICE]
        assert material.by_deferral is not None
        assert material.by_deferral.basis in written[PaperKind.DEFERRAL_NOTICE]


@pytest.mark.parametrize("matter", _CATALOGUE.matters, ids=lambda matter: matter.code)
def test_every_matter_tells_at_once_everything_that_is_missing(matter: Matter) -> None:
    ((kind, paper),) = _written(matter, whole=False)
    assert kind is PaperKind.CORRECTION_NOTICE
    told = "".join(line for section in json.loads(paper)["sections"] for line in section["lines"])
    needed = [m for m in matter.materials if m.needed_when is None]
    assert [m.code for m in needed if m.name_zh not in told or m.basis not in told] == []
    assert ("缺少判断受理条件所需的内容" in told) is bool(matter.eligibility)


def test_a_notice_says_what_the_time_of_the_check_is_counted_from() -> None:
    words = {CheckStart.ACCEPTANCE: "自受理之日起", CheckStart.DECISION: "自决定之日起"}
    seen = set()
    for matter in _CATALOGUE.matters:
        plans = [m.by_commitment.check for m in matter.materials if m.by_commitment]
        told = dict(_written(matter, whole=True)).get(PaperKind.NOTIFY_TEXT, "")
        starts = {plan.counted_from for plan in plans if plan.within}
        assert {start for start, word in words.items() if word in told} == starts, matter.code
        seen |= starts
    assert seen == set(CheckStart)


def test_who_is_not_eligible_is_told_the_rule_and_what_can_be_done() -> None:
    matter = next(m for m in _CATALOGUE.matters if m.code == "elderly-allowance")
    young = replace(_application(matter, whole=True), fields={"age": 30, "locally_registered": True})
    assessment = assess(matter, young, _GOOD, date(2026, 3, 2))
    assert assessment.outcome is OverallOutcome.NOT_ELIGIBLE
    step = open_case("c", matter, assessment, _CALENDAR, _NOW)
    paper = json.loads(
        compose(PaperKind.TERMINATION_NOTICE, _NAMING, _facts(matter, step.case, step.events[0]))
    )
    told = "".join(line for section in paper["sections"] for line in section["lines"])
    assert paper["title"]["zh"] == "不予受理决定书"
    assert matter.eligibility[0].text_zh in told
    assert matter.eligibility[1].text_zh not in told
    assert "行政复议" in told


def test_every_way_a_debt_may_expire_has_its_title() -> None:
    matter = next(m for m in _CATALOGUE.matters if any(x.by_deferral for x in m.materials))
    assessment = assess(replace(matter, eligibility=()), _application(matter, whole=True), _GOOD, _NOW.date())
    case = open_case("c", matter, assessment, _CALENDAR, _NOW).case
    debt = next(item for item in case.obligations if item.at_expiry)
    titles = set()
    for way in ("deemed_withdrawn", "acceptance_revoked", "refused", "terminated"):
        changed = replace(case, obligations=(replace(debt, at_expiry=way),))
        step = expire(changed, debt.id, Circumstances(matter, _CALENDAR, _NOW))
        paper = compose(PaperKind.TERMINATION_NOTICE, _NAMING, _facts(matter, step.case, step.events[-1]))
        titles.add(json.loads(paper)["title"]["zh"])
    assert len(titles) == 4


@pytest.mark.parametrize("state", sorted(ENDED))
def test_every_end_has_its_title_and_says_what_can_be_done_against_it(state: CaseState) -> None:
    matter = Matter("m", "1", "示例事项", "Sample", date(2026, 1, 1), None, "依据", (), authority="示例局")
    facts = Facts(Case("c1", "m", "1", state, (), (), _NOW), {}, matter, _APPLICANT, _CALENDAR, _NOW.date())
    paper = compose(PaperKind.TERMINATION_NOTICE, _NAMING, facts).decode()
    assert json.loads(paper)["title"]["zh"]
    assert "行政诉讼" in paper


def test_the_bytes_of_a_paper_and_of_its_statement_are_these() -> None:
    matter = Matter("m", "1", "示例事项", "Sample", date(2026, 1, 1), None, "依据", (), authority="示例局")
    case = Case("c1", "m", "1", CaseState.CORRECTION_NEEDED, (), (), _NOW)
    person = Person(OTHER_PERSON.name, OTHER_PERSON.id)
    agent = Agent(person, frozenset(AgentAct), date(2026, 1, 1), date(2026, 12, 31), authorization="0" * 64)
    facts = Facts(case, {}, matter, _APPLICANT, _CALENDAR, date(2026, 3, 2), agent)
    body = compose(PaperKind.CORRECTION_NOTICE, _NAMING, facts)
    assert body.decode() == (
        '{"agent":{"id":"999*************38","name":"示例乙"},'
        '"applicant":{"id":"91999900MADEM0AX2A","name":"示例县好味来餐饮有限公司"},"authority":"示例局",'
        '"case":"c1","code":"CODE","date":"2026-03-02","event":"e1","format":"license-service/paper/v1",'
        '"kind":"correction_notice","matter":{"code":"m","name":"示例事项","version":"1"},'
        '"number":"示例局受字〔2026〕1号","salt":"5a17","sections":['
        '{"heading":"","lines":["您（单位）提出的“示例事项”申请，申请材料不齐全或者不符合法定形式，'
        '现将需要补正的全部内容一次性告知如下："]},'
        '{"heading":"","lines":["请补正后再次提交申请。补正期间不计入办理期限。"]},'
        '{"heading":"依据","lines":["依据","《中华人民共和国行政许可法》第三十二条第一款第（四）项"]}],'
        '"signed_by":"authority","title":{"en":"Notice of everything to correct","zh":"一次性补正告知书"}}'
    )
    assert canonical_json(statement(body, facts)).decode() == (
        '{"applicant":"示例*公司","authority":"示例局","case":"c1","code":"CODE","date":"2026-03-02",'
        '"digest":"sha256:0cebeb9e7321ec6dfaf5c94f33e8f3a72b9214451b3d85869c2d448e678f50bd",'
        '"format":"license-service/paper-statement/v1","kind":"correction_notice",'
        '"number":"示例局受字〔2026〕1号",'
        '"title":{"en":"Notice of everything to correct","zh":"一次性补正告知书"}}'
    )


@pytest.mark.parametrize("number", [1, 12, 100])
def test_a_number_has_the_whole_year_and_no_filling(number: int) -> None:
    assert write_number("示例局", "受", 2026, number) == f"示例局受字〔2026〕{number}号"


def test_a_hostile_name_stays_text_on_the_page() -> None:
    matter = Matter("m", "1", "<b>事项</b>", "Sample", date(2026, 1, 1), None, "", (), authority="局")
    case = Case("c1", "m", "1", CaseState.CORRECTION_NEEDED, (), (), _NOW)
    hostile = Person("<script>alert(1)</script>{{ 7*7 }}", COMPANY.id)
    facts = Facts(case, {}, matter, hostile, _CALENDAR, date(2026, 3, 2))
    page = render_paper_html(lay_out_paper(compose(PaperKind.CORRECTION_NOTICE, _NAMING, facts), "https://x"))
    assert "<script" not in page
    assert "<b>" not in page
    assert "{{ 7*7 }}" in page


def test_a_finding_of_a_later_version_is_told_by_its_code() -> None:
    matter = next(m for m in _CATALOGUE.matters if m.code == "food-business-license-new")
    assessment = assess(matter, _application(matter, whole=False), _GOOD, date(2026, 3, 2))
    first = replace(assessment.findings[0], outcome=MaterialOutcome.MISSING, reasons=("NEW_CODE",))
    step = open_case("c", matter, replace(assessment, findings=(first,)), _CALENDAR, _NOW)
    paper = compose(PaperKind.CORRECTION_NOTICE, _NAMING, _facts(matter, step.case, step.events[0]))
    assert "NEW_CODE" in paper.decode()
