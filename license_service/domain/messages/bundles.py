"""Codes of a bundle: what keeps one of its matters from being accepted."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import Ask, Message

_WAIT = Ask(
    "无须申请人现在补充；前一事项办结后提交其结果即可继续办理。",
    "Nothing is needed now; hand in the result of the other matter when it is there.",
)
_FIRST = Ask(
    "请申请人先补正前一事项，或者提交已经取得的该项结果。",
    "Ask the applicant to correct the other matter first, or to present its result if it is there already.",
)
_FIELD = Ask("请申请人填写该项内容。", "Ask the applicant to state it.")

MESSAGES: Mapping[str, Message] = {
    "AWAITS_RESULT": Message(
        "该材料是同一件事中前一事项的办理结果，待其办结。",
        "This material is the result of another matter of the bundle, which is under way.",
        _WAIT,
    ),
    "RESULT_NOT_COMING": Message(
        "该材料是同一件事中前一事项的办理结果，而前一事项未受理。",
        "This material is the result of another matter of the bundle, which was not accepted.",
        _FIRST,
    ),
    "FIELD_UNANSWERED": Message(
        "未填写该项内容，无法判断是否符合受理条件。",
        "Without this field nobody can tell whether the applicant is eligible.",
        _FIELD,
    ),
}
