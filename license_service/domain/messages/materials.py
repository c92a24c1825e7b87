"""Codes of an assessment: what became of each material."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import COMPARE, MATERIAL, NOTHING, NOTICE, SUPPLEMENT, Message

MESSAGES: Mapping[str, Message] = {
    "EXEMPT_BY_LICENSE": Message(
        "已凭电子证照免提交。", "Not needed on paper: an electronic license proves it.", NOTHING
    ),
    "SUBMITTED": Message("已提交。", "Handed in.", NOTHING),
    "COMMITTED": Message("已告知承诺，事后核查。", "Promised; it will be checked.", NOTHING),
    "DEFERRED": Message(
        "容缺受理，请在期限内补交。", "Accepted without it; hand it in before the date.", SUPPLEMENT
    ),
    "LICENSE_UNDETERMINED": Message(
        "证照真伪无法自动判定，转人工核验。", "Genuineness is unknown; a person will look at it.", COMPARE
    ),
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
        "信用状况不适用告知承诺。", "The credit standing does not allow a promise.", MATERIAL
    ),
    "DEFERRAL_NOT_ALLOWED": Message("该材料不得容缺。", "This material may not be owed.", MATERIAL),
    "STANDING_FORBIDS_DEFERRAL": Message(
        "信用状况不适用容缺受理。", "The credit standing does not allow a debt.", MATERIAL
    ),
}
