"""Codes about documents as a whole, signature values, digests, coverage and algorithms."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    COMPARE,
    OPERATOR,
    ORIGINAL,
    REISSUE,
    REPORT,
    WITH_CONTENT,
    Message,
)

MESSAGES: Mapping[str, Message] = {
    "FORMAT_UNKNOWN": Message(
        "不是可识别的电子证照文件。", "The file is of no known license format.", ORIGINAL
    ),
    "NO_SIGNATURE": Message(
        "文件没有数字签名或电子印章。", "The file carries no signature or seal.", ORIGINAL
    ),
    "SIGNATURE_INVALID": Message(
        "签名值不正确，文件可能被篡改或伪造。", "The signature does not verify: altered or forged.", REPORT
    ),
    "REFERENCE_MISMATCH": Message("签章后内容被修改。", "Content was changed after sealing.", REPORT),
    "REFERENCE_MISSING": Message("签章保护的内容缺失。", "Sealed content is missing.", ORIGINAL),
    "REFERENCES_EMPTY": Message("签章未保护任何内容。", "The seal protects nothing.", REPORT),
    "DATA_HASH_MISMATCH": Message("签名后内容被修改。", "Content was changed after signing.", REPORT),
    "UNCOVERED_PARTS": Message(
        "文件中有未被签名保护的内容，可能是签名后添加的。",
        "Some content is under no signature; it may have been added afterwards.",
        ORIGINAL,
    ),
    "ALGORITHM_REFUSED": Message(
        "使用了核验策略不允许的算法或过短的密钥。",
        "An algorithm or key length that the policy refuses was used.",
        REISSUE,
    ),
    "ALGORITHM_ENDED": Message(
        "所用算法或密钥长度已到停用日期，且无法证明是在此之前签署的。",
        "An algorithm or key length has come to its end, and signing before that is unproven.",
        REISSUE,
    ),
    "ALGORITHM_UNSUPPORTED": Message(
        "使用了不支持的签名算法。", "The signature algorithm is not supported.", OPERATOR
    ),
    "DIGEST_UNSUPPORTED": Message(
        "使用了不支持的摘要算法。", "The digest algorithm is not supported.", OPERATOR
    ),
    "CONTENT_MISSING": Message(
        "签名与原文件是分开的，没有收到被签名的原文件。",
        "The signature is detached, and the file that it signs was not handed in.",
        WITH_CONTENT,
    ),
    "BASE_SIGNATURE_FAILED": Message(
        "该签名所依据的前一签名无效。", "The signature rests on one that is not valid.", REPORT
    ),
    "COVERED_BY_STRANGER": Message(
        "文件中有颁发机构以外的人添加并签名的内容。",
        "Someone other than the issuer added content and signed it.",
        ORIGINAL,
    ),
    "COVERAGE_UNDETERMINED": Message(
        "无法确认文件的部分内容受有效签名保护。",
        "Whether a valid signature covers some content is unknown.",
        COMPARE,
    ),
}
