"""What each paper says: its title, the mark of its number, and its sections, from the rule that decided.

Chinese alone, since the Chinese text is the official one. Clause: 行政许可法, art. 32 (acceptance and
correction in writing), art. 38 (reasons and remedies); 国办发〔2020〕42号 (what a notice and a promise say).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from license_service.domain.agent import Agent
from license_service.domain.application import Person
from license_service.domain.assessment import MaterialFinding, MaterialOutcome
from license_service.domain.case import Case, CaseState
from license_service.domain.decision_clock import deadlines
from license_service.domain.matter import AtExpiry, CommitmentRoute, EligibilityRule, Material, Matter
from license_service.domain.messages import message
from license_service.domain.obligation import Obligation, ObligationKind, ObligationState
from license_service.domain.paper import PaperKind, open_debts
from license_service.domain.workdays import WorkCalendar
from license_service.services.catalogue.guide_sheet import EXPIRIES, METHODS, STARTS
from license_service.services.papers.words import how_counted, written_date, written_period

_WAYS = {
    "license": "出示电子证照",
    "data": "由本机关通过政务数据共享核实",
    "submission": "提交材料",
    "commitment": "告知承诺",
    "deferral": "容缺受理",
}
_REMEDIES = (
    "如对本决定不服，可以自知道本决定之日起六十日内依法申请行政复议，"
    "也可以自知道本决定之日起六个月内依法向人民法院提起行政诉讼。"
)
"""Clause: 行政复议法 (2023), art. 20; 行政诉讼法, art. 46."""
_ARRIVAL = "补齐时间以材料到达本机关的时间为准，窗口、邮寄和网上提交均可。"
_ENDS = {
    CaseState.NOT_ELIGIBLE: ("不予受理决定书", "Refusal to accept", "不予受理"),
    CaseState.DEEMED_WITHDRAWN: ("视为撤回申请告知书", "Notice of deemed withdrawal", "视为撤回"),
    CaseState.ACCEPTANCE_REVOKED: ("撤销受理决定书", "Revocation of acceptance", "撤销受理"),
    CaseState.REFUSED: ("不予许可决定书", "Refusal", "不予许可"),
    CaseState.TERMINATED: ("终止办理告知书", "Notice of termination", "终止办理"),
    CaseState.DECISION_REVOKED: ("撤销决定告知书", "Notice of a revoked decision", "撤销已作出的决定"),
}
"""Title and word for each way a case ends without a result."""


@dataclass(frozen=True)
class Section:
    """Hold a heading, empty for none, and paragraphs."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Hold what a paper is about: the case as of the event, and the rules it was accepted under."""

    case: Case
    event: Mapping[str, Any]
    matter: Matter
    applicant: Person
    calendar: WorkCalendar
    day: date
    agent: Agent | None = None

    def name_of(self, material: str) -> str:
        """Return what a material is called."""
        found = self.matter.material(material)
        return found.name_zh if found else material


@dataclass(frozen=True)
class Form:
    """Hold how one kind of paper is made; `by_applicant` ones are signed by who applies."""

    title: Callable[[Facts], tuple[str, str]]
    mark: str
    sections: Callable[[Facts], Iterator[Section]]
    by_applicant: bool = False


def _titled(zh: str, en: str) -> Callable[[Facts], tuple[str, str]]:
    return lambda _facts: (zh, en)


def _acceptance(facts: Facts) -> Iterator[Section]:
    name, day = facts.matter.name_zh, written_date(facts.day)
    yield Section("", (f"您（单位）提出的“{name}”申请，经审查符合受理条件，本机关于{day}决定受理。",))
    findings = enumerate(facts.case.findings, start=1)
    yield Section("申请材料", tuple(f"{i}. {_material(facts, finding)}" for i, finding in findings))
    if facts.case.decision is not None and facts.matter.time_limit is not None:
        yield Section("办理期限", tuple(_time_limit(facts)))
    yield Section("依据", (facts.matter.basis, "《中华人民共和国行政许可法》第三十二条"))


def _time_limit(facts: Facts) -> Iterator[str]:
    limit, clock = facts.matter.time_limit, facts.case.decision
    if limit is None or clock is None:
        return
    yield f"法定办结期限：{written_period(limit.statutory)}；承诺办结期限：{written_period(limit.promised)}。"
    for deadline in deadlines(clock, facts.calendar):
        yield f"本机关将于{written_date(deadline.due_on)}前（含当日）作出决定。"
        yield how_counted(deadline.explanation, provisional=deadline.provisional)
    yield f"依据：{limit.basis}"


def _material(facts: Facts, finding: MaterialFinding) -> str:
    return f"{facts.name_of(finding.material)}：{message(finding.code).zh}"


def _correction(facts: Facts) -> Iterator[Section]:
    wrong = (MaterialOutcome.MISSING, MaterialOutcome.MANUAL_REVIEW)
    found = [finding for finding in facts.case.findings if finding.outcome in wrong]
    opening = (
        f"您（单位）提出的“{facts.matter.name_zh}”申请，申请材料不齐全或者不符合法定形式，"
        "现将需要补正的全部内容一次性告知如下："
    )
    yield Section("", (opening,))
    if found:
        lines = (_wrong(facts, i, finding) for i, finding in enumerate(found, start=1))
        yield Section("需要补正的材料", tuple(line for item in lines for line in item))
    if facts.event.get("unanswered"):
        fields = {field.name: field.label_zh for field in facts.matter.fields}
        labels = "、".join(fields[name] for name in facts.event["unanswered"])
        yield Section("需要填报的内容", (f"申请表缺少判断受理条件所需的内容：{labels}。",))
    yield Section("", ("请补正后再次提交申请。补正期间不计入办理期限。",))
    yield Section("依据", (facts.matter.basis, "《中华人民共和国行政许可法》第三十二条第一款第（四）项"))


def _wrong(facts: Facts, number: int, finding: MaterialFinding) -> Iterator[str]:
    # What a message asks for is said to clerks; the applicant is told the ways that are open.
    wrong = "".join(message(code).zh for code in finding.reasons or (finding.code,))
    yield f"{number}. {facts.name_of(finding.material)}：{wrong}"
    if finding.alternatives:
        yield f"可以采用的方式：{'、'.join(_WAYS[way] for way in finding.alternatives)}。"
    material = facts.matter.material(finding.material)
    if material:
        yield f"依据：{material.basis}"


def _promised(facts: Facts) -> Iterator[tuple[Material, CommitmentRoute]]:
    for finding in facts.case.findings:
        material = facts.matter.material(finding.material)
        if finding.outcome is MaterialOutcome.COMMITTED and material and material.by_commitment:
            yield material, material.by_commitment


def _notify(facts: Facts) -> Iterator[Section]:
    yield Section("", (f"您（单位）申请“{facts.matter.name_zh}”，下列材料可以书面承诺代替，现告知如下：",))
    for material, route in _promised(facts):
        yield Section(material.name_zh, tuple(_notice(facts, material, route)))
    choice = "是否承诺由您自愿选择；不愿承诺或者无法承诺的，应当提交规定的材料。"
    yield Section("", (choice, "承诺不实的，依法承担相应的法律责任。"))
    yield Section("依据", (facts.matter.basis,))


def _notice(facts: Facts, material: Material, route: CommitmentRoute) -> Iterator[str]:
    plan, notice = route.check, route.notice
    yield notice.text_zh
    due = _deadline_of(facts, material.code, ObligationKind.COMMITMENT)
    within = f"，{STARTS[plan.counted_from]}{written_period(plan.within)}内" if plan.within else ""
    yield f"核查方式：{METHODS[plan.method]}{within}。{plan.reason}"
    if due:
        yield f"核查截止：{_due(due)}"
    yield f"代为承诺：{'可凭授权委托书代为承诺' if route.proxy_allowed else '不得代为承诺'}。"
    yield f"依据：{notice.basis}；{route.basis}"
    yield f"告知内容编号：{notice.id}，版本{notice.version}，摘要{notice.digest}"


def _commitment(facts: Facts) -> Iterator[Section]:
    opening = f"申请人现就“{facts.matter.name_zh}”申请中的下列事项，自愿作出承诺："
    yield Section("", (opening,))
    lines = (
        f"{i}. {material.name_zh}（告知内容{route.notice.id}版本{route.notice.version}，"
        f"摘要{route.notice.digest}）"
        for i, (material, route) in enumerate(_promised(facts), start=1)
    )
    yield Section("承诺事项", tuple(lines))
    yield Section(
        "承诺内容",
        (
            "1. 已经知晓并全面理解行政机关告知的全部内容；",
            "2. 已经符合告知的条件、标准和要求；",
            "3. 所填写和提交的信息真实、准确；",
            "4. 愿意接受核查，承诺不实的，承担相应的法律责任；",
            "5. 以上承诺是申请人真实的意思表示。",
        ),
    )
    if facts.agent is not None:
        yield Section("", ("代办人在授权范围内代为作出的承诺，由申请人承担责任。",))
    yield Section("依据", tuple(dict.fromkeys(route.basis for _, route in _promised(facts))))


def _deferral(facts: Facts) -> Iterator[Section]:
    opening = (
        f"您（单位）提出的“{facts.matter.name_zh}”申请，主要材料齐全，"
        "本机关先予受理；下列次要材料请在期限内补齐："
    )
    yield Section("", (opening,))
    for number, debt in enumerate(open_debts(facts.case), start=1):
        yield Section(f"{number}. {facts.name_of(debt.material)}", tuple(_debt(facts, debt)))
    yield Section("", (_ARRIVAL, "材料补齐之前，不发放办理结果。"))
    yield Section("依据", (facts.matter.basis,))


def _debt(facts: Facts, debt: Obligation) -> Iterator[str]:
    yield f"补齐期限：{_due(debt)}"
    yield f"逾期未补齐的，{EXPIRIES[AtExpiry(debt.at_expiry)]}。"
    yield from _basis_of_debt(facts, debt)


def _basis_of_debt(facts: Facts, debt: Obligation) -> Iterator[str]:
    material = facts.matter.material(debt.material)
    if material and material.by_deferral:
        yield f"依据：{material.by_deferral.basis}"


def _reminder(facts: Facts) -> Iterator[Section]:
    debt = facts.case.obligation(facts.event["obligation"])
    name = facts.name_of(debt.material)
    yield Section("", (f"您（单位）申请“{facts.matter.name_zh}”时容缺的“{name}”尚未补齐，特此提醒：",))
    yield Section(name, tuple(_debt(facts, debt)))
    yield Section("", (_ARRIVAL,))


def _termination(facts: Facts) -> Iterator[Section]:
    outcome = _ENDS[facts.case.state][2]
    yield Section("", (f"您（单位）提出的“{facts.matter.name_zh}”申请，现{outcome}。",))
    yield Section("理由和依据", tuple(_why(facts)))
    yield Section("救济途径", (_REMEDIES,))


def _why(facts: Facts) -> Iterator[str]:
    for rule in _rules_not_met(facts):
        yield f"不符合受理条件：{rule.text_zh}。依据：{rule.basis}"
    for debt in facts.case.obligations:
        if debt.state is ObligationState.EXPIRED:
            due = written_date(date.fromisoformat(debt.due_on))
            yield f"“{facts.name_of(debt.material)}”应当于{due}前（含当日）补齐，逾期未补齐。"
            yield from _basis_of_debt(facts, debt)
        if debt.state is ObligationState.ENFORCED:
            yield f"关于“{facts.name_of(debt.material)}”的承诺经核查不实。"
    yield facts.matter.basis


def _rules_not_met(facts: Facts) -> list[EligibilityRule]:
    not_met = facts.event.get("not_eligible", ())
    return [rule for rule in facts.matter.eligibility if rule.code in not_met]


def _deadline_of(facts: Facts, material: str, kind: ObligationKind) -> Obligation | None:
    found = (item for item in facts.case.obligations if (item.material, item.kind) == (material, kind))
    return next(found, None)


def _due(item: Obligation) -> str:
    day = written_date(date.fromisoformat(item.due_on))
    return f"{day}前（含当日）。{how_counted(item.explanation, provisional=item.provisional)}"


FORMS: Mapping[PaperKind, Form] = {
    PaperKind.ACCEPTANCE_NOTICE: Form(_titled("受理通知书", "Notice of acceptance"), "受", _acceptance),
    PaperKind.CORRECTION_NOTICE: Form(
        _titled("一次性补正告知书", "Notice of everything to correct"), "补", _correction
    ),
    PaperKind.NOTIFY_TEXT: Form(_titled("告知书", "What is told before a promise"), "告", _notify),
    PaperKind.COMMITMENT_LETTER: Form(
        _titled("告知承诺书", "Letter of commitment"), "诺", _commitment, by_applicant=True
    ),
    PaperKind.DEFERRAL_NOTICE: Form(_titled("容缺受理告知书", "Notice of what is owed"), "缺", _deferral),
    PaperKind.REMINDER: Form(_titled("补交材料提醒书", "Reminder of what is owed"), "催", _reminder),
    PaperKind.TERMINATION_NOTICE: Form(lambda facts: _ENDS[facts.case.state][:2], "终", _termination),
}
"""One form for each kind; the mark stands in the number of the paper, 受字〔2026〕12号."""
