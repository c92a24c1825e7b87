"""Codes about electronic seals and their structure (GB/T 38540, GM/T 0031)."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    COMPARE,
    LATER,
    OPERATOR,
    ORIGINAL,
    REISSUE,
    REPORT,
    Message,
)

MESSAGES: Mapping[str, Message] = {
    "SEAL_SIGNATURE_INVALID": Message(
        "电子印章本身是伪造的或已损坏。", "The seal itself is forged or damaged.", REPORT
    ),
    "SEAL_MAKER_UNKNOWN": Message(
        "无法确认制章机构，不在信任列表中。", "The seal's maker is not on the trust list.", OPERATOR
    ),
    "SEAL_MAKER_CHAIN_INVALID": Message(
        "制章机构的证书链无效。", "The seal maker's certificate path is not valid.", COMPARE
    ),
    "SEAL_MAKER_REVOKED": Message(
        "制章机构的证书已被吊销。", "The seal maker's certificate is revoked.", COMPARE
    ),
    "SEAL_MAKER_REVOCATION_UNKNOWN": Message(
        "无法查询制章机构证书的吊销状态。",
        "Whether the seal maker's certificate is revoked is unknown.",
        LATER,
    ),
    "SEAL_MAKER_CERTIFICATE_MALFORMED": Message(
        "制章机构的证书格式错误。", "The seal maker's certificate is malformed.", REISSUE
    ),
    "SIGNER_NOT_IN_SEAL": Message(
        "签章人不在该印章的授权名单中。", "The signer is not on the seal's own list of signers.", REPORT
    ),
    "SEAL_EXPIRED": Message("签章时印章已过期。", "The seal had expired when it was used.", REISSUE),
    "SEAL_NOT_YET_VALID": Message(
        "签章时印章尚未生效。", "The seal was not yet valid when it was used.", REISSUE
    ),
    "SEAL_EXPIRED_SINCE": Message(
        "印章已过期，且无法证明是在印章有效期内签章的。",
        "The seal has expired, and that it was used in time is unproven.",
        REISSUE,
    ),
    "SEAL_EXTENSION_UNKNOWN": Message(
        "印章含有无法识别的关键扩展。", "The seal has a critical extension nobody here knows.", OPERATOR
    ),
    "SES_MALFORMED": Message(
        "电子签章数据的结构不符合标准。",
        "The seal signature does not have its standard's structure.",
        ORIGINAL,
    ),
    "SES_TOO_LARGE": Message(
        "电子签章数据超过大小限制。", "The seal signature is larger than any real one.", ORIGINAL
    ),
    "SES_PROPERTY_INFO_MISMATCH": Message(
        "电子签章是为另一份签名描述文件制作的。", "The seal was put on another signature description.", REPORT
    ),
    "SEAL_MAKER_IS_SIGNER": Message(
        "印章由签章人自己制作，不是制章机构制作的。", "The signer made the seal; no seal maker did.", REPORT
    ),
}
