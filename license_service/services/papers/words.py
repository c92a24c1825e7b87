"""How papers write dates, deadlines and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from license_service.domain.application import Person
from license_service.domain.deadlines import Explanation, Period, SkipReason
from license_service.domain.identifiers import is_citizen_id, is_uscc
from license_service.services.catalogue.guide_sheet import UNITS

_SKIPPED = {
    SkipReason.WEEKEND: "周末",
    SkipReason.HOLIDAY: "法定节假日",
    SkipReason.SUSPENDED: "特别程序期间",
}
_SHORT_NAME = 4
"""Characters of the longest usual name of a person."""
_SHOWN = 5
"""Characters of an id that are printed."""


def written_date(day: date) -> str:
    """Write a date as official papers do: Arabic numerals without leading zeros.

    Clause: GB/T 9704-2012, 7.3.5.4.
    """
    return f"{day.year}年{day.month}月{day.day}日"


def written_period(period: Period) -> str:
    """Write a length of time."""
    return f"{period.count}{UNITS[period.unit]}"


def how_counted(explanation: Explanation | None, *, provisional: bool) -> str:
    """Say how a deadline was counted, so that it can be counted again on paper."""
    return "；".join(_counted(explanation, provisional)) + "。" if explanation else ""


def _counted(explanation: Explanation, provisional: bool) -> Iterator[str]:
    period = written_period(Period(explanation.count, explanation.unit))
    yield f"自{written_date(explanation.start)}的次日起计算{period}"
    skipped = Counter(item.reason for item in explanation.skipped)
    if skipped:
        yield "不计入" + "、".join(f"{_SKIPPED[reason]}{days}天" for reason, days in skipped.items())
    if explanation.makeup_days:
        yield f"计入调休上班日{len(explanation.makeup_days)}天"
    yield f"所用工作日历的摘要为{explanation.calendar_digest}"
    if provisional:
        yield "所涉年度的放假安排尚未公布，此为暂定日期，公布后重新计算，只会延后，不会提前"


def masked_id(text: str) -> str:
    """Return an id as papers print it: a USCC whole, of any other the first three and last two characters."""
    if is_uscc(text):
        return text
    hidden = "*" * (len(text) - _SHOWN)
    return f"{text[:3]}{hidden}{text[-2:]}" if hidden else "*" * len(text)


def masked_name(person: Person) -> str:
    """Return a name that its bearer recognizes and a stranger does not: 张*, 示例*公司."""
    name = person.name
    if is_citizen_id(person.id) or len(name) <= _SHORT_NAME:
        return f"{name[0]}*"
    return f"{name[:2]}*{name[-2:]}"
