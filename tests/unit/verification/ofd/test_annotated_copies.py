"""A copy made for one purpose, for a time: compared with what it is presented for, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from license_service.clock import SHANGHAI
from license_service.demo.ofd import Content, build_members, sign_members
from license_service.demo.seals import Sealing
from license_service.verification.annotated_copy import AnnotatedCopy
from license_service.verification.presentation import Presentation
from license_service.verification.report import Check, CheckName, VerificationReport

JudgeMembers = Callable[..., VerificationReport]
Judge = Callable[..., VerificationReport]

_PURPOSE = "办理食品经营许可"
_FOR_IT = Presentation(purpose=_PURPOSE)


@pytest.fixture
def judge_copy(
    fields: dict[str, str], sealing: Sealing, at: datetime, judge_members: JudgeMembers, now: datetime
) -> Judge:
    """Return one call that makes a copy with some elements left out or written otherwise, and judges it."""

    def call(
        presentation: Presentation = _FOR_IT,
        moment: datetime = now,
        watermark: dict[str, str] | None = None,
        **changes: str | None,
    ) -> VerificationReport:
        copy = {
            "JZJZZSJ": "2026-01-01 09:00:00",
            "JZJZZZ": "示例县政务服务局",
            "JZJZZSY": _PURPOSE,
            "JZJYXQJZSJ": (now.astimezone(SHANGHAI) + timedelta(days=10)).date().isoformat(),
            **changes,
        }
        stated = {name: value for name, value in copy.items() if value is not None}
        content = Content({**fields, **stated}, watermark=watermark or {})
        return judge_members(sign_members(build_members([content]), sealing, at), presentation, moment=moment)

    return call


def _binding(report: VerificationReport) -> Check:
    check = report.signatures[0].check(CheckName.LICENSE_BINDING)
    assert check is not None
    return check


def test_a_copy_for_this_purpose_passes_and_one_for_another_fails(judge_copy: Judge) -> None:
    genuine = judge_copy()
    assert (genuine.indication, _binding(genuine).detail["purpose_checked"]) == ("TOTAL_PASSED", True)
    twin = judge_copy(Presentation(purpose="办理贷款"))
    assert (twin.indication, twin.sub_indication) == ("TOTAL_FAILED", "SIG_CONSTRAINTS_FAILURE")
    assert twin.codes() == ("COPY_FOR_ANOTHER_PURPOSE",)
    assert _binding(twin).detail["purpose"] == _PURPOSE


@pytest.mark.parametrize("other", ["", "办理食品经营", "办理食品经营许可证", "办理食品经营许可 2"])
def test_a_purpose_is_compared_whole(other: str, judge_copy: Judge) -> None:
    assert judge_copy(Presentation(purpose=other)).codes() == ("COPY_FOR_ANOTHER_PURPOSE",)
    assert judge_copy(Presentation(purpose=f" {_PURPOSE[:2]} {_PURPOSE[2:]}\n")).codes() == ()


def test_where_no_purpose_is_given_it_is_listed(judge_copy: Judge) -> None:
    report = judge_copy(Presentation())
    assert report.indication == "TOTAL_PASSED"
    detail = _binding(report).detail
    assert (detail["copy"]["purpose"], detail["purpose_checked"]) == (_PURPOSE, False)


def test_an_original_serves_every_purpose(
    fields: dict[str, str], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    report = judge_members(sign_members(build_members([Content(fields)]), sealing, at), _FOR_IT)
    assert report.indication == "TOTAL_PASSED"
    assert "copy" not in _binding(report).detail


def test_a_copy_that_does_not_say_what_it_is_for_is_undetermined(judge_copy: Judge) -> None:
    assert judge_copy(Presentation(), JZJZZSY=None).indication == "TOTAL_PASSED"
    report = judge_copy(JZJZZSY=None)
    assert (report.indication, report.codes()) == ("INDETERMINATE", ("COPY_PURPOSE_MISSING",))


def test_a_copy_is_valid_through_its_last_day_in_shanghai(judge_copy: Judge, now: datetime) -> None:
    last = (now.astimezone(SHANGHAI) + timedelta(days=5)).date()
    end = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=SHANGHAI)
    for written in ("%Y-%m-%d", "%Y%m%d", "%Y年%m月%d日"):
        until = last.strftime(written)
        assert judge_copy(JZJYXQJZSJ=until, moment=end).codes() == ()
        late = judge_copy(JZJYXQJZSJ=until, moment=end + timedelta(seconds=1))
        assert (late.indication, late.codes()) == ("TOTAL_FAILED", ("COPY_EXPIRED",))


@pytest.mark.parametrize(
    "written", ["%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H:%M:%S", "%Y-%m-%dT%H:%M:%S+08:00"]
)
def test_a_copy_may_end_at_an_instant(written: str, judge_copy: Judge, now: datetime) -> None:
    end = now.astimezone(SHANGHAI) + timedelta(hours=3)
    until = end.strftime(written)
    assert judge_copy(JZJYXQJZSJ=until, moment=end - timedelta(seconds=1)).codes() == ()
    assert judge_copy(JZJYXQJZSJ=until, moment=end).codes() == ("COPY_EXPIRED",)


@pytest.mark.parametrize("until", ["soon", "2026-02-30", "20261", "三个月"])
def test_an_end_nobody_can_read_is_undetermined(until: str, judge_copy: Judge) -> None:
    report = judge_copy(JZJYXQJZSJ=until)
    assert (report.indication, report.codes()) == ("INDETERMINATE", ("COPY_DATE_UNREADABLE",))


def test_a_watermark_states_it_too_and_must_not_contradict(
    judge_copy: Judge, fields: dict[str, str], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    content = Content(fields, watermark={"用证事由": _PURPOSE, "加注件制作者": "示例县政务服务局"})
    signed = sign_members(build_members([content]), sealing, at)
    assert judge_members(signed, _FOR_IT).indication == "TOTAL_PASSED"
    assert judge_members(signed, Presentation(purpose="办理贷款")).codes() == ("COPY_FOR_ANOTHER_PURPOSE",)
    assert judge_copy(watermark={"用证事由": _PURPOSE}).codes() == ()
    assert judge_copy(watermark={"用证事由": "办理贷款"}).codes() == ("LICENSE_TEXT_CONTRADICTS",)


def test_only_a_watermark_among_annotations_is_read(
    fields: dict[str, str], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    members = build_members([Content(fields, watermark={"用证事由": _PURPOSE})])
    path = "Doc_0/Annotations/Annotation.xml"
    link = members[path].replace(b'Type="Watermark"', b'Type="Link"')
    other = Presentation(purpose="办理贷款")
    assert judge_members(sign_members({**members, path: link}, sealing, at), other).codes() == ()
    named = members[path].replace(
        b"<ofd:Appearance>",
        b'<ofd:Parameters><ofd:Parameter Name="JZJYXQJZSJ">2020-01-01</ofd:Parameter></ofd:Parameters>'
        b"<ofd:Appearance>",
    )
    expired = judge_members(sign_members({**members, path: named}, sealing, at))
    assert expired.codes() == ("COPY_EXPIRED",)


def test_a_copy_without_an_end_has_none() -> None:
    assert AnnotatedCopy("", "", _PURPOSE, "").end() is None
