"""Codes about the license itself: its data, holder, issuer and validity."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    COMPARE,
    NOTHING,
    ONE_EACH,
    OPERATOR,
    OWN_LICENSE,
    REISSUE,
    RENEWED,
    Ask,
    Message,
)

_FROM_THAT_DAY = Ask("请申请人在证照生效后再提交。", "Ask the applicant to come back when it is in force.")
_NEW_COPY = Ask(
    "请申请人以本事项为用途重新下载证照副本，或直接提交证照原文件。",
    "Ask for a copy downloaded for this very purpose, or for the license itself.",
)

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
    "LICENSE_DATA_UNREADABLE": Message(
        "文件附带的部分证照数据（数据项索引或附件）无法读取，未被采用。",
        "Some license data (a data index or an attachment) cannot be read and was not used.",
        NOTHING,
    ),
    "LICENSE_AMBIGUOUS": Message(
        "文件中有多份不同的证照。", "The file holds several different licenses.", ONE_EACH
    ),
    "LICENSE_SOURCES_CONTRADICT": Message(
        "文件内两处证照信息相互矛盾。", "Two signed places in the file tell the license differently.", COMPARE
    ),
    "LICENSE_TEXT_CONTRADICTS": Message(
        "版面上的文字与证照数据不一致。", "The page and the license data differ.", COMPARE
    ),
    "COPY_EXPIRED": Message(
        "加注件（写明用途的证照副本）已过有效期。",
        "This annotated copy of the license has expired.",
        _NEW_COPY,
    ),
    "COPY_DATE_UNREADABLE": Message(
        "加注件（写明用途的证照副本）的有效期无法识别。",
        "When this annotated copy of the license expires cannot be read.",
        _NEW_COPY,
    ),
    "COPY_FOR_ANOTHER_PURPOSE": Message(
        "加注件（写明用途的证照副本）是为其他事项制作的。",
        "This annotated copy of the license was made for another purpose.",
        _NEW_COPY,
    ),
    "COPY_PURPOSE_MISSING": Message(
        "加注件（写明用途的证照副本）没有写明用途。",
        "This annotated copy of the license does not say what it was made for.",
        _NEW_COPY,
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
