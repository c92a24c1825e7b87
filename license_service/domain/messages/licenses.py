"""Codes about the license itself: its data, holder, issuer and validity."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    COMPARE,
    OPERATOR,
    OWN_LICENSE,
    REISSUE,
    RENEWED,
    Ask,
    Message,
)

_FROM_THAT_DAY = Ask("请申请人在证照生效后再提交。", "Ask the applicant to come back when it is in force.")

MESSAGES: Mapping[str, Message] = {
    "LICENSE_METADATA_MISSING": Message(
        "签名内容中没有证照信息。", "The signed content holds no license data.", COMPARE
    ),
    "LICENSE_METADATA_NOT_COVERED": Message(
        "证照信息未被签名保护，不能采信。",
        "The license data is under no signature and counts for nothing.",
        COMPARE,
    ),
    "HOLDER_MISMATCH": Message("证照不属于申请人。", "The license is not the applicant's.", OWN_LICENSE),
    "LICENSE_EXPIRED": Message("证照已过有效期。", "The license has expired.", RENEWED),
    "LICENSE_NOT_YET_VALID": Message("证照尚未生效。", "The license is not yet in force.", _FROM_THAT_DAY),
    "LICENSE_DATE_UNREADABLE": Message(
        "证照有效期无法识别。", "The license's dates cannot be read.", COMPARE
    ),
    "ISSUER_NOT_VOUCHED": Message(
        "信任列表不认可该机构颁发此类证照。",
        "The trust list does not vouch for this issuer or license type.",
        OPERATOR,
    ),
    "SIGNER_NOT_ISSUER": Message(
        "签章单位不是证照颁发机构。", "The signer is not the issuer of the license.", COMPARE
    ),
    "SIGNER_NOT_BOUND": Message(
        "无法确认签章单位与颁发机构一致。", "Signer and issuer cannot be matched.", REISSUE
    ),
    "LICENSE_IDENTIFIER_MISMATCH": Message(
        "证照库返回的不是所出示证照标识对应的证照。",
        "The register gave another license than the identifier presented.",
        COMPARE,
    ),
    "REGISTER_FIELDS_DIFFER": Message(
        "证照内容与证照库登记的信息不一致。",
        "The license states another thing than the register has.",
        COMPARE,
    ),
}
