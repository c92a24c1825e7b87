"""What is read where a data source of another authority decided nothing."""

from __future__ import annotations

from license_service.domain.messages.message import LATER, MATERIAL, OPERATOR, Message

MESSAGES = {
    "SOURCE_NOT_DECLARED": Message(
        "该数据源尚未接入。", "This data source is not connected for this use.", OPERATOR
    ),
    "SOURCE_SILENT": Message("数据源未按时答复。", "The data source did not answer in time.", LATER),
    "SOURCE_NOT_ASKED": Message(
        "数据源近期未答复，本次未查询。",
        "The data source was not asked: it does not answer, or time was up.",
        LATER,
    ),
    "SOURCE_UNREADABLE": Message(
        "数据源的答复不符合约定格式。", "The data source's answer is not as declared.", OPERATOR
    ),
    "SOURCE_WORD_UNKNOWN": Message(
        "数据源的答复不在约定的结果之内。", "The data source answers with a word nobody declared.", OPERATOR
    ),
    "SOURCE_STALE": Message("数据源的数据超过时效。", "The data source's data is too old.", LATER),
    "SOURCE_CONTRADICTORY": Message(
        "数据源的答复前后矛盾。", "The data source's answer contradicts itself.", LATER
    ),
    "QUESTION_INCOMPLETE": Message(
        "申请信息不全，无法查询数据源。",
        "The application lacks what the data source is asked by.",
        MATERIAL,
    ),
}
