"""Codes of an assessment: what became of each material."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    COMPARE,
    LATER,
    MATERIAL,
    NOTHING,
    NOTICE,
    RENEWED,
    SUPPLEMENT,
    Message,
)

MESSAGES: Mapping[str, Message] = {
    "EXEMPT_BY_LICENSE": Message(
        "已凭电子证照免提交。", "Not needed on paper: an electronic license proves it.", NOTHING
    ),
    "EXEMPT_BY_DATA": Message(
        "已通过政务数据共享核实，免提交。",
        "Not needed on paper: shared government data confirms it.",
        NOTHING,
    ),
    "NOT_NEEDED": Message("本次申请不需要该材料。", "This application does not need it.", NOTHING),
    "SUBMITTED": Message("已提交。", "Handed in.", NOTHING),
    "COMMITTED": Message("已告知承诺，事后核查。", "Promised; it will be checked.", NOTHING),
    "COMMITTED_UNCHECKED": Message(
        "已告知承诺，按规定免予核查。", "Promised; the rules exempt it from checking.", NOTHING
    ),
    "DEFERRED": Message(
        "容缺受理，请在期限内补交。", "Accepted without it; hand it in before the date.", SUPPLEMENT
    ),
    "LICENSE_UNDETERMINED": Message(
        "证照真伪无法自动判定，转人工核验。", "Genuineness is unknown; a person will look at it.", COMPARE
    ),
    "DATA_UNDETERMINED": Message(
        "共享数据暂时无法核实，转人工核验。", "Shared data gives no answer; a person will look at it.", LATER
    ),
    "DATA_CONTRADICTS": Message(
        "共享数据与申请不一致。", "Shared data contradicts the application.", MATERIAL
    ),
    "VALIDITY_TOO_SHORT": Message(
        "证照剩余有效期不足。", "The license does not remain valid long enough.", RENEWED
    ),
    "ISSUER_NOT_ACCEPTED": Message(
        "该颁发机构的证照不适用于本事项。", "A license of this issuer does not serve here.", MATERIAL
    ),
    "ISSUER_UNKNOWN": Message(
        "证照未载明颁发机构代码，转人工核验。",
        "The license does not name its issuer; a person will look at it.",
        COMPARE,
    ),
    "LICENSE_FIELD_NOT_ACCEPTED": Message(
        "证照所载内容不符合本事项要求。", "What the license says does not meet the rule.", MATERIAL
    ),
    "LICENSE_FIELD_UNKNOWN": Message(
        "证照未载明所需内容，转人工核验。",
        "The license lacks what the rule asks for; a person will look at it.",
        COMPARE,
    ),
    "NOT_ELIGIBLE": Message(
        "申请人不符合受理条件，不适用承诺或容缺。",
        "Who is not eligible may neither promise nor owe.",
        MATERIAL,
    ),
    "PROXY_NOT_ALLOWED": Message("该承诺不得由他人代为作出。", "Nobody else may make this promise.", NOTICE),
    "MATERIAL_MISSING": Message("缺少该材料。", "This material is missing.", MATERIAL),
    "SUBMISSION_NOT_ALLOWED": Message(
        "该材料不接受上传。", "This material cannot be handed in as a file.", MATERIAL
    ),
    "COMMITMENT_NOT_ALLOWED": Message(
        "该材料不适用告知承诺。", "This material may not be promised.", MATERIAL
    ),
    "NOTICE_OUTDATED": Message(
        "告知书已更新，请阅读后重新承诺。", "The notice has changed; read it and promise again.", NOTICE
    ),
    "STANDING_FORBIDS_COMMITMENT": Message(
        "信用状况不适用告知承诺；信用修复后可以适用。",
        "The credit standing allows no promise until it is repaired.",
        MATERIAL,
    ),
    "DEFERRAL_NOT_ALLOWED": Message("该材料不得容缺。", "This material may not be owed.", MATERIAL),
    "STANDING_FORBIDS_DEFERRAL": Message(
        "信用状况不适用容缺受理；信用修复后可以适用。",
        "The credit standing allows no debt until it is repaired.",
        MATERIAL,
    ),
}
