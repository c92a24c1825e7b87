"""Codes about timestamps, and times that contradict one another.

One that is not relied on decides nothing, so nothing is asked for: other codes say what went unproven.
"""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    COMPARE,
    NOTHING,
    OPERATOR,
    ORIGINAL,
    REISSUE,
    REPORT,
    Message,
)

MESSAGES: Mapping[str, Message] = {
    "TIMESTAMP_MALFORMED": Message("时间戳格式错误。", "The timestamp is malformed.", ORIGINAL),
    "TIMESTAMP_SIGNATURE_INVALID": Message(
        "时间戳是伪造的或已损坏。", "The timestamp is forged or damaged.", REPORT
    ),
    "TIMESTAMP_IMPRINT_MISMATCH": Message(
        "时间戳不是为该签名签发的。", "The timestamp was made over something else.", REPORT
    ),
    "TIMESTAMP_IN_FUTURE": Message("时间戳的时间在将来。", "The timestamp lies in the future.", REPORT),
    "TIMESTAMPS_OUT_OF_ORDER": Message(
        "几个时间戳的先后次序矛盾。", "The timestamps contradict one another.", REPORT
    ),
    "SIGNING_TIME_AFTER_TIMESTAMP": Message(
        "声称的签署时间晚于时间戳。", "The claimed signing time is later than the timestamp.", COMPARE
    ),
    "TIMESTAMP_OUTSIDE_AUTHORITY_VALIDITY": Message(
        "签发时间戳时，时间戳机构的证书不在有效期内。",
        "The timestamp authority's certificate was not valid when it stamped.",
        REISSUE,
    ),
    "TIMESTAMP_AUTHORITY_REVOKED": Message(
        "签发时间戳前，时间戳机构的证书已被吊销。",
        "The timestamp authority was revoked before it stamped.",
        COMPARE,
    ),
    "TIMESTAMP_CERTIFICATE_NOT_TSA": Message(
        "签发时间戳所用的证书不是时间戳专用证书。",
        "The certificate behind the timestamp is not one for timestamps alone.",
        REISSUE,
    ),
    "TIMESTAMP_SIGNER_NOT_BOUND": Message(
        "时间戳未写明所用的证书，证书可被调换。",
        "The timestamp does not name its certificate, so that it could be swapped.",
        REISSUE,
    ),
    "TIMESTAMP_EXTENSION_UNKNOWN": Message(
        "时间戳含有无法识别的关键扩展。",
        "The timestamp has a critical extension nobody here knows.",
        OPERATOR,
    ),
    "TIMESTAMP_SIGNER_MISSING": Message(
        "时间戳中没有时间戳机构的证书，未被采信。",
        "The timestamp lacks its authority's certificate and was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_ALGORITHM_REFUSED": Message(
        "时间戳使用了核验策略不允许的算法或过短的密钥，未被采信。",
        "The timestamp uses an algorithm or key length that the policy refuses and was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_ALGORITHM_ENDED": Message(
        "时间戳所用的算法或密钥长度已到停用日期，未被采信。",
        "The timestamp uses an algorithm or key length that has come to its end and was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_ALGORITHM_UNSUPPORTED": Message(
        "时间戳使用了不支持的算法，未被采信。",
        "The timestamp uses an unsupported algorithm and was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_AUTHORITY_UNKNOWN": Message(
        "时间戳机构不在信任列表中，时间戳未被采信。",
        "The timestamp's authority is not on the trust list; it was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_AUTHORITY_EXPIRED": Message(
        "时间戳机构的证书已过期，时间戳未被采信。",
        "The timestamp authority's certificate has expired; it was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_AUTHORITY_REVOKED_SINCE": Message(
        "时间戳机构的证书后来被吊销，时间戳未被采信。",
        "The timestamp authority was revoked after it stamped; it was not relied on.",
        NOTHING,
    ),
    "TIMESTAMP_REVOCATION_UNKNOWN": Message(
        "无法查询时间戳机构证书的吊销状态，时间戳未被采信。",
        "Whether the timestamp authority is revoked is unknown; it was not relied on.",
        NOTHING,
    ),
}
