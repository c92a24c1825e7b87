"""Codes about what became of a license since it was signed."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import LATER, OPERATOR, RENEWED, Ask, Message

_NO_LONGER = Ask(
    "请勿凭此证照办理；申请人有异议的，请其向颁发机构查询。",
    "Do not rely on this license; an applicant who objects asks the issuer.",
)
_AFTER_RELEASE = Ask(
    "请勿凭此证照办理；请申请人在暂扣解除后再提交。",
    "Do not rely on this license; ask the applicant to come back when the suspension ends.",
)
_LATEST = Ask(
    "请申请人重新下载并提交最新版本的证照。", "Ask the applicant for the latest version of the license."
)
_NEW_KEEPER = Ask(
    "请申请人从现管理机构取得证照后提交。",
    "Ask the applicant for the license as given by the authority that keeps it now.",
)

_COPIED_WRONGLY = Ask(
    "请核对证照标识；无误的，请申请人提交证照原文件。",
    "Compare the identifier; if it is right, ask for the license's file.",
)

MESSAGES: Mapping[str, Message] = {
    "LICENSE_NOT_IN_REGISTER": Message(
        "证照库中没有该证照标识对应的证照。",
        "The register has no license of this identifier.",
        _COPIED_WRONGLY,
    ),
    "REGISTER_UNAVAILABLE": Message(
        "证照库暂时无法访问，没有取得证照。",
        "The register did not answer, so there is no license to look at.",
        LATER,
    ),
    "STATUS_UNKNOWN": Message("无法查询证照当前的状态。", "The status of the license is unknown.", LATER),
    "STATUS_LIST_MALFORMED": Message(
        "颁发机构的证照状态名单格式错误。", "The issuer's list of statuses is malformed.", LATER
    ),
    "STATUS_LIST_TOO_LARGE": Message(
        "颁发机构的证照状态名单超过大小限制。", "The issuer's list of statuses is too large.", OPERATOR
    ),
    "LICENSE_SUSPENDED": Message("证照被暂扣。", "The license is suspended.", _AFTER_RELEASE),
    "LICENSE_ANNULLED": Message(
        "证照已被撤销（自始不应颁发）。",
        "The license was annulled: it should not have been given.",
        _NO_LONGER,
    ),
    "LICENSE_REVOKED": Message("证照已被吊销。", "The license was revoked.", _NO_LONGER),
    "LICENSE_CANCELED": Message("证照已注销。", "The license was canceled.", _NO_LONGER),
    "LICENSE_STATUS_EXPIRED": Message(
        "颁发机构登记该证照已过期。", "The issuer's records say that the license has expired.", RENEWED
    ),
    "LICENSE_SUPERSEDED": Message(
        "证照已变更，这不是最新版本。", "The license was replaced by a later version.", _LATEST
    ),
    "LICENSE_TRANSFERRED": Message(
        "证照已转出，由其他机构管理。", "The license was transferred to another authority.", _NEW_KEEPER
    ),
}
