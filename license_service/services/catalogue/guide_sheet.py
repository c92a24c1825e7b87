"""The service guide as it goes on paper, Chinese first: what the page shows, decided once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from license_service.domain.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Operator, Value
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckStart,
    CommitmentRoute,
    CreditRule,
    CreditScope,
    DataRoute,
    DeferralRoute,
    FieldKind,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    OnBroken,
    Remedy,
    Subject,
    TimeLimit,
)
from license_service.domain.standing import StandingMark
from license_service.services.verifying.report_sheet import Row

UNITS = {Unit.WORKING_DAYS: "个工作日", Unit.CALENDAR_DAYS: "日", Unit.MONTHS: "个月"}
SUBJECTS = {Subject.PERSON: "自然人", Subject.ORGANIZATION: "法人和其他组织"}
HOLDERS = {
    HolderRole.APPLICANT: "申请人",
    HolderRole.LEGAL_PERSON: "法定代表人",
    HolderRole.OTHER_PARTY: "另一方当事人",
}
EXPIRIES = {
    AtExpiry.DEEMED_WITHDRAWN: "视为撤回申请",
    AtExpiry.ACCEPTANCE_REVOKED: "撤销受理决定",
    AtExpiry.REFUSED: "不予许可",
    AtExpiry.TERMINATED: "终止办理",
}
METHODS = {
    CheckMethod.DATA_SOURCE: "网络核验",
    CheckMethod.DEPARTMENT: "部门协助核查",
    CheckMethod.ON_SITE: "实地调查",
    CheckMethod.PUBLICITY: "公示核查",
    CheckMethod.EXEMPT: "免予核查",
}
STARTS = {CheckStart.ACCEPTANCE: "自受理之日起", CheckStart.DECISION: "自决定之日起"}
REMEDIES = {
    Remedy.RECTIFY: "责令限期整改",
    Remedy.TERMINATE: "终止办理",
    Remedy.REVOKE_DECISION: "撤销决定",
}
SCOPES = {CreditScope.MATTER: "仅限本事项", CreditScope.ALL: "适用全部事项"}
KINDS = {FieldKind.TEXT: "文字", FieldKind.NUMBER: "数字", FieldKind.FLAG: "是否"}
MARKS = {
    StandingMark.SERIOUS_DISHONESTY: "列入严重失信主体名单",
    StandingMark.BROKEN_COMMITMENT: "曾作出不实承诺且未修复",
    StandingMark.EXPIRED_DEBT: "曾逾期未补齐材料且未修复",
}
_OPERATORS = {Operator.EQUALS: "为", Operator.IN: "为其一：", Operator.AT_LEAST: "不小于"}


@dataclass(frozen=True)
class Way:
    """Hold one way to satisfy a material."""

    zh: str
    en: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class MaterialSheet:
    """Hold one material with every way to satisfy it."""

    name_zh: str
    name_en: str
    rows: tuple[Row, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class GuideSheet:
    """Hold a guide, ready to be drawn."""

    title_zh: str
    title_en: str
    facts: tuple[Row, ...]
    limits: tuple[Row, ...]
    eligibility: tuple[Row, ...]
    fields: tuple[Row, ...]
    credit: tuple[Row, ...]
    materials: tuple[MaterialSheet, ...]


def guide_sheet(matter: Matter, catalogue_digest: str) -> GuideSheet:
    """Return the guide of a matter."""
    sheet = matter_sheet(matter)
    return replace(sheet, facts=(*sheet.facts, Row("目录摘要", "Catalogue digest", catalogue_digest)))


def matter_sheet(matter: Matter) -> GuideSheet:
    """Return all a matter says, wherever it is shown; of which catalogue is told by whoever shows it."""
    labels = {field.name: field.label_zh for field in matter.fields}
    return GuideSheet(
        matter.name_zh,
        matter.name_en,
        tuple(_facts(matter)),
        tuple(_limits(matter)),
        tuple(
            Row(rule.text_zh, rule.text_en, f"{rule.code}：{_written(rule.condition, labels)}。{rule.basis}")
            for rule in matter.eligibility
        ),
        tuple(Row(f.label_zh, f.label_en, f"{f.name}（{KINDS[f.kind]}）") for f in matter.fields),
        tuple(_credit(rule) for rule in matter.credit),
        tuple(_material(material, labels) for material in matter.materials),
    )


def _facts(matter: Matter) -> Iterator[Row]:
    until = matter.effective_until.isoformat() if matter.effective_until else "长期 no end"
    yield Row("事项编码", "Code", matter.code)
    yield Row("版本", "Version", matter.version)
    yield Row("服务对象", "Who may apply", "、".join(SUBJECTS[subject] for subject in matter.subjects))
    yield Row("实施主体", "Authority", matter.authority)
    yield Row("办理结果", "Result", matter.result)
    yield Row("设定依据", "Legal basis", matter.basis)
    yield Row("施行期间", "In effect", f"{matter.effective_from.isoformat()} — {until}")


def _limits(matter: Matter) -> Iterator[Row]:
    if matter.time_limit:
        yield from _time_limit(matter.time_limit)
    for item in matter.special_procedures:
        yield Row(
            f"特别程序：{item.name_zh}", f"Not counted: {item.name_en}", f"{item.code}；依据：{item.basis}"
        )


def _credit(rule: CreditRule) -> Row:
    value = f"{SCOPES[rule.scope]}，{period_text(rule.period)}内，修复后不再适用。依据：{rule.basis}"
    return Row(MARKS[rule.mark], "Credit record", value)


def _time_limit(limit: TimeLimit) -> Iterator[Row]:
    yield Row("法定办结时限", "Limit by law", period_text(limit.statutory))
    yield Row("承诺办结时限", "Limit as promised", period_text(limit.promised))
    if limit.extension:
        yield Row("可延长一次", "May be extended once by", period_text(limit.extension))
    yield Row("时限依据", "Basis of the limits", limit.basis)


def _material(material: Material, labels: dict[str, str]) -> MaterialSheet:
    rows = [
        Row("材料编码", "Code", material.code),
        Row("类别", "Kind", "主要材料，不得容缺" if material.primary else "次要材料"),
        Row("依据", "Basis", material.basis),
    ]
    if material.needed_when:
        rows.append(Row("何时需要", "Needed when", _written(material.needed_when, labels)))
    return MaterialSheet(material.name_zh, material.name_en, tuple(rows), tuple(_ways(material)))


def _ways(material: Material) -> Iterator[Way]:
    if material.by_license:
        yield Way("凭电子证照免提交", "By electronic license", tuple(_license(material.by_license)))
    if material.by_data:
        yield Way("数据共享免提交", "By shared data", tuple(_data(material.by_data)))
    if material.by_commitment:
        yield Way("告知承诺", "By promise", tuple(_commitment(material.by_commitment)))
    if material.by_deferral:
        yield Way("容缺受理", "Owed", tuple(_deferral(material.by_deferral)))
    if material.by_submission:
        yield Way("提交材料", "Handed in", ())


def _license(route: LicenseRoute) -> Iterator[Row]:
    yield Row("证照类型代码", "License types", "、".join(route.type_codes))
    yield Row("持证主体", "Holder", HOLDERS[route.holder])
    if route.issuers:
        yield Row("颁发机构代码", "Issuers", "、".join(route.issuers))
    if route.regions:
        yield Row("颁发机构地区", "Regions of the issuer", "、".join(route.regions))
    if route.min_remaining_days:
        yield Row("剩余有效期不少于", "Still valid for at least", f"{route.min_remaining_days} 日")
    for field in route.required_fields:
        yield Row("证照所载须为", "The license must say", f"{field.name}：{'、'.join(field.values)}")
    yield Row("依据", "Basis", route.basis)


def _data(route: DataRoute) -> Iterator[Row]:
    yield Row("数据来源", "Source", route.source)
    yield Row("查询条件", "Asked by", "、".join(route.query))
    yield Row("依据", "Basis", route.basis)


def _commitment(route: CommitmentRoute) -> Iterator[Row]:
    notice, check = route.notice, route.check
    yield Row("告知书", "Notice", f"{notice.id} {notice.version} {notice.digest}")
    yield Row("告知内容", "What the notice says", f"{notice.text_zh} {notice.text_en}")
    yield Row("告知依据", "Basis of the notice", notice.basis)
    yield Row(
        "核查方式", "How it is checked", f"{METHODS[check.method]} {check.source}{check.reason}".strip()
    )
    if check.within:
        within = f"{STARTS[check.counted_from]} {period_text(check.within)}"
        yield Row("核查期限", "Checked within", within)
    if route.not_for:
        yield Row("不适用对象", "Not for", "；".join(MARKS[mark] for mark in route.not_for))
    yield Row("代为承诺", "By proxy", "可凭授权委托书代为承诺" if route.proxy_allowed else "不得代为承诺")
    if route.on_broken:
        yield from _on_broken(route.on_broken)
    yield Row("依据", "Basis", route.basis)


def _on_broken(rule: OnBroken) -> Iterator[Row]:
    yield Row("承诺不实的异议期", "Time to object", period_text(rule.objection))
    for step, item in enumerate(rule.consequences, 1):
        within = f" {period_text(item.within)}" if item.within else ""
        credit = "记入信用记录" if item.credit_record else "不记入信用记录"
        yield Row(
            f"承诺不实的后果（{step}）",
            f"If it is broken ({step})",
            f"{REMEDIES[item.remedy]}{within}，{credit}。依据：{item.basis}",
        )


def _deferral(route: DeferralRoute) -> Iterator[Row]:
    yield Row("补齐期限", "To be handed in within", f"自受理之日起 {period_text(route.within)}")
    if route.extension:
        yield Row("可延长一次", "May be extended once by", period_text(route.extension))
    if route.remind_before:
        days = "、".join(map(str, route.remind_before))
        yield Row("提醒", "Reminders", f"到期前 {days} 个工作日")
    yield Row("逾期后果", "If it is not handed in", EXPIRIES[route.at_expiry])
    if route.not_for:
        yield Row("不适用对象", "Not for", "；".join(MARKS[mark] for mark in route.not_for))
    yield Row("依据", "Basis", route.basis)


def period_text(period: Period) -> str:
    """Return a length of time as people say it."""
    return f"{period.count} {UNITS[period.unit]}"


def _written(condition: Condition, labels: dict[str, str]) -> str:
    match condition:
        case FieldTest(field, Operator.EXISTS):
            return f"已填写“{labels.get(field, field)}”"
        case FieldTest(field, operator, values):
            return f"“{labels.get(field, field)}”{_OPERATORS[operator]}{'、'.join(map(_value, values))}"
        case Not(inner):
            return f"并非（{_written(inner, labels)}）"
        case AllOf(parts):
            return "，且".join(f"（{_written(part, labels)}）" for part in parts)
        case AnyOf(parts):
            return "，或".join(f"（{_written(part, labels)}）" for part in parts)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
