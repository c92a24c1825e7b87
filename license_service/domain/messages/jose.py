"""Codes about JWS and JSON: signatures, claims and keys."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import ORIGINAL, REISSUE, REPORT, Message

MESSAGES: Mapping[str, Message] = {
    "JWS_MALFORMED": Message("JWS 签名格式错误。", "The JWS is malformed.", ORIGINAL),
    "JWS_ALGORITHM_REFUSED": Message(
        "JWS 使用了不允许的算法。", "The JWS names an algorithm that is refused.", REISSUE
    ),
    "JWS_CHAIN_MALFORMED": Message(
        "JWS 附带的证书链格式错误。", "The certificates in the JWS are malformed.", REISSUE
    ),
    "JWS_CRITICAL_UNKNOWN": Message(
        "JWS 要求支持未知的关键扩展。", "The JWS demands a critical extension nobody here knows.", REISSUE
    ),
    "JWS_HEADER_REPEATED": Message(
        "JWS 头部参数重复，含义不唯一。", "A JWS header parameter occurs in two places.", REPORT
    ),
    "JWS_UNENCODED_REFUSED": Message(
        "JWS 使用了不允许的未编码内容。", "The JWS payload is not encoded.", REISSUE
    ),
    "BASE64URL_MALFORMED": Message("base64url 编码格式错误。", "A base64url text is malformed.", ORIGINAL),
    "JSON_MALFORMED": Message("证照数据（JSON）格式错误。", "The JSON data is malformed.", ORIGINAL),
    "JSON_TEXT_MALFORMED": Message(
        "证照数据（JSON）含有非法字符。", "The JSON data holds illegal text.", ORIGINAL
    ),
    "JSON_TOO_DEEP": Message("证照数据（JSON）嵌套过深。", "The JSON data is nested too deeply.", ORIGINAL),
    "JSON_NAME_REPEATED": Message(
        "证照数据（JSON）中有重复的名称。", "A name is repeated in the JSON data.", REPORT
    ),
    "JSON_NUMBER_REFUSED": Message(
        "证照数据（JSON）中的数字无法精确表示。", "A number in the JSON data cannot be held exactly.", REISSUE
    ),
    "JSON_NOT_AN_OBJECT": Message("证照数据（JSON）不是对象。", "The JSON data is no object.", REISSUE),
    "JWS_HEADER_TOO_LARGE": Message("JWS 头部超过大小限制。", "The JWS header is too large.", ORIGINAL),
    "JWS_KEY_ID_REFUSED": Message(
        "JWS 中的密钥编号不合规。", "The key id in the JWS breaks a rule.", REISSUE
    ),
    "JWS_SIGNATURE_MALFORMED": Message(
        "JWS 签名值的长度与算法不符。",
        "The JWS signature has another length than its algorithm gives.",
        ORIGINAL,
    ),
    "JWS_THUMBPRINT_MISMATCH": Message(
        "JWS 指定的证书不是附带的证书。",
        "The certificate that the JWS names is not the one it carries.",
        REPORT,
    ),
    "JWS_TYPE_REFUSED": Message(
        "文件是为其他用途签发的数据，不是电子证照。",
        "The JWS was made for another use and is no license.",
        ORIGINAL,
    ),
    "JWT_TIME_MALFORMED": Message(
        "凭证中的时间格式错误。", "A time in the credential is malformed.", REISSUE
    ),
    "JWT_STATUS_MALFORMED": Message(
        "凭证写明的状态查询方式无法识别。",
        "The credential keeps its status in a way nobody here knows.",
        REISSUE,
    ),
    "JWK_MALFORMED": Message(
        "凭证中的持证人密钥格式错误或类型未知。",
        "The holder's key in the credential is malformed or of an unknown type.",
        REISSUE,
    ),
    "JWK_PRIVATE": Message(
        "凭证泄露了持证人的私钥，他人可以冒用。",
        "The credential gives away the holder's private key, so that others could use it.",
        REISSUE,
    ),
    "JWK_USE_REFUSED": Message(
        "凭证中的持证人密钥不是用于签名的。",
        "The holder's key in the credential is not for signatures.",
        REISSUE,
    ),
    "JWK_ALGORITHM_MISMATCH": Message(
        "凭证中的持证人密钥与其声明的算法不符。",
        "The holder's key in the credential does not fit the algorithm it names.",
        REISSUE,
    ),
    "JWK_WEAK": Message(
        "凭证中的持证人密钥过短或有已知缺陷。",
        "The holder's key in the credential is too short or known to be weak.",
        REISSUE,
    ),
}
