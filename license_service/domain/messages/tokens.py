"""Codes about validation tokens (RFC 9321)."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import OPERATOR, ORIGINAL, REPORT, REVERIFY, Message

MESSAGES: Mapping[str, Message] = {
    "SVT_TYPE_REFUSED": Message("这不是验证令牌。", "This is no validation token.", REVERIFY),
    "SVT_ALGORITHM_REFUSED": Message(
        "验证令牌的签名算法与公钥不符或不允许。",
        "The token's algorithm is refused, or is not that of the key.",
        OPERATOR,
    ),
    "SVT_SIGNATURE_INVALID": Message(
        "验证令牌的签名不正确，内容可能被改动。", "The token's signature does not hold.", REPORT
    ),
    "SVT_PROFILE_UNKNOWN": Message(
        "验证令牌采用未知的规格。", "The token follows a profile nobody here knows.", REVERIFY
    ),
    "SVT_HASH_MISMATCH": Message(
        "验证令牌的摘要算法与其签名算法不符。",
        "The token's digests are not by the algorithm of its signature.",
        REVERIFY,
    ),
    "SVT_CLAIMS_MALFORMED": Message(
        "验证令牌的内容格式错误。", "The claims of the token are malformed.", REVERIFY
    ),
    "SVT_DOCUMENT_MISMATCH": Message(
        "验证令牌说的是另一份文件。", "The token is about another document.", ORIGINAL
    ),
    "SVT_SIGNATURE_COUNT": Message(
        "文件的签名数量与验证令牌不符。",
        "The document has another number of signatures than the token says.",
        ORIGINAL,
    ),
    "SVT_SIGNATURE_MISMATCH": Message(
        "文件的签名值与验证令牌不符。", "A signature is not the one that the token is about.", ORIGINAL
    ),
    "SVT_SIGNED_BYTES_MISMATCH": Message(
        "文件被签名的内容与验证令牌不符。", "What is signed is not what the token is about.", ORIGINAL
    ),
    "SVT_CERTIFICATE_MISMATCH": Message(
        "签名人证书与验证令牌不符。", "The signer's certificate is not the one in the token.", REPORT
    ),
}
