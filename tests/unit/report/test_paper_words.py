"""How papers write names, ids, dates and deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.workday_calendar import china_calendar
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.domain.application import Person
from license_service.domain.deadlines import Period, Unit, deadline_after
from license_service.domain.identifiers import is_uscc
from license_service.services.papers.words import how_counted, masked_id, masked_name, written_date


@pytest.mark.parametrize(
    ("name", "identifier", "masked"),
    [
        ("张三", LEGAL_PERSON.id, "张*"),
        ("欧阳某某", LEGAL_PERSON.id, "欧*"),
        ("阿依古丽·买买提", LEGAL_PERSON.id, "阿*"),
        (COMPANY.name, COMPANY.id, "示例*公司"),
        ("茶行", COMPANY.id, "茶*"),
        ("张三", "not an id", "张*"),
    ],
)
def test_a_masked_name_tells_a_stranger_little(name: str, identifier: str, masked: str) -> None:
    assert masked_name(Person(name, identifier)) == masked


@given(st.text(alphabet="0123456789X", min_size=1, max_size=32))
def test_of_an_id_that_is_no_uscc_at_most_five_characters_are_printed(identifier: str) -> None:
    printed = masked_id(identifier)
    assert len(printed) == len(identifier)
    assert is_uscc(identifier) or len(printed.replace("*", "")) <= 5
    assert "*" in printed or is_uscc(identifier)


def test_the_id_of_an_organization_is_public() -> None:
    assert masked_id(COMPANY.id) == COMPANY.id


def test_dates_are_written_without_leading_zeros() -> None:
    assert written_date(date(2026, 3, 2)) == "2026年3月2日"


def test_a_deadline_says_how_it_was_counted() -> None:
    # Mid-autumn and national days of 2025: eight days off, and a Sunday and a Saturday on which offices work.
    deadline = deadline_after(
        datetime(2025, 9, 26, 2, tzinfo=UTC), Period(10, Unit.WORKING_DAYS), china_calendar(())
    )
    said = how_counted(deadline.explanation, provisional=False)
    assert said.startswith("自2025年9月26日的次日起计算10个工作日；")
    assert "法定节假日" in said
    assert "计入调休上班日2天" in said
    assert deadline.calendar_digest in said
    assert "暂定" not in said
    assert "暂定" in how_counted(deadline.explanation, provisional=True)
    assert how_counted(None, provisional=True) == ""
