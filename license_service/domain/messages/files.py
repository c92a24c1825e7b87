"""Codes about PDF, CMS and JWS files."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    ORIGINAL,
    REISSUE,
    REPORT,
    WITH_CONTENT,
    WITH_PASSWORD,
    Message,
)

_PDF: Mapping[str, Message] = {
    "PDF_MALFORMED": Message("PDF 文件损坏或格式错误。", "The PDF is damaged or malformed.", ORIGINAL),
    "PDF_TOO_LARGE": Message("PDF 文件超过大小限制。", "The PDF is too large.", ORIGINAL),
    "PDF_ENCRYPTED": Message("PDF 文件被加密。", "The PDF is encrypted.", WITH_PASSWORD),
    "PDF_HYBRID_XREF": Message(
        "PDF 含两套索引，不同软件会看到不同内容。",
        "The PDF has two indexes, so that two readers would see two contents.",
        REPORT,
    ),
    "PDF_BYTE_RANGE_MALFORMED": Message(
        "PDF 签名的保护范围不合规。", "The byte range of the PDF signature breaks a rule.", REPORT
    ),
    "PDF_BYTE_RANGE_GAP": Message(
        "PDF 签名范围之外留有其他内容。", "The PDF signature leaves out more than itself.", REPORT
    ),
    "PDF_CONTENTS_MALFORMED": Message(
        "PDF 签名数据格式错误。", "The PDF signature data is malformed.", ORIGINAL
    ),
    "PDF_CONTENTS_PADDING": Message(
        "PDF 签名数据的填充区藏有内容。", "The padding of the PDF signature holds data.", REPORT
    ),
    "PDF_CONTENT_ATTACHED": Message(
        "PDF 签名保护的是附带数据而不是文件。",
        "The PDF signature is over attached data, not the file.",
        REPORT,
    ),
    "PDF_METADATA_REPEATED": Message(
        "PDF 内嵌的证照信息重复。", "The PDF embeds license data more than once.", REPORT
    ),
    "PDF_TOO_MANY_SIGNATURES": Message("PDF 签名过多。", "The PDF has too many signatures.", ORIGINAL),
}

_CMS: Mapping[str, Message] = {
    "CMS_MALFORMED": Message("签名数据（CMS）格式错误。", "The CMS signature data is malformed.", ORIGINAL),
    "CMS_TOO_LARGE": Message(
        "签名数据（CMS）超过大小限制。", "The CMS signature data is too large.", ORIGINAL
    ),
    "CMS_NOT_SIGNED_DATA": Message("CMS 数据不是签名。", "The CMS data is no signature.", ORIGINAL),
    "CMS_NO_SIGNER": Message("CMS 签名没有签名人。", "The CMS signature has no signer.", ORIGINAL),
    "CMS_SEVERAL_SIGNERS": Message(
        "此处只允许一个签名人，却有多个。", "There are several signers where one is allowed.", REISSUE
    ),
    "CMS_TOO_MANY_SIGNERS": Message("CMS 签名人过多。", "The CMS signature has too many signers.", ORIGINAL),
    "CMS_TOO_MANY_CERTIFICATES": Message(
        "CMS 签名附带的证书过多。", "The CMS signature carries too many certificates.", ORIGINAL
    ),
    "CMS_CONTENT_MISSING": Message(
        "只有签名，没有被签名的内容。", "The signature came without the content it signs.", WITH_CONTENT
    ),
    "CMS_CONTENT_NOT_A_HASH": Message(
        "签名内容不是规定的摘要值。", "The signed content is not the digest it has to be.", REISSUE
    ),
    "CMS_SIGNED_ATTRIBUTES_MISSING": Message(
        "签名缺少签名属性，内容可被替换。",
        "Signed attributes are missing, so that the content could be swapped.",
        REISSUE,
    ),
    "CMS_CONTENT_TYPE_MISSING": Message(
        "签名属性中缺少内容类型。", "The signed attributes name no content type.", REISSUE
    ),
    "CMS_CONTENT_TYPE_REPEATED": Message(
        "签名属性中内容类型重复。", "The signed attributes name the content type twice.", REPORT
    ),
    "CMS_CONTENT_TYPE_MISMATCH": Message(
        "签名属性的内容类型与实际不符。", "The signed content type is not that of the content.", REPORT
    ),
    "CMS_MESSAGE_DIGEST_MISSING": Message(
        "签名属性中缺少内容摘要。", "The signed attributes hold no digest of the content.", REISSUE
    ),
    "CMS_MESSAGE_DIGEST_REPEATED": Message(
        "签名属性中内容摘要重复。", "The signed attributes hold two digests of the content.", REPORT
    ),
    "CMS_SIGNING_TIME_REPEATED": Message(
        "签名属性中签署时间重复。", "The signed attributes claim two signing times.", REPORT
    ),
    "CMS_SIGNING_TIME_MALFORMED": Message(
        "签名属性中的签署时间格式错误。", "The claimed signing time is malformed.", REISSUE
    ),
    "CMS_SIGNING_CERTIFICATE_REPEATED": Message(
        "签名属性中签名证书标识重复。", "The signed attributes name the signing certificate twice.", REPORT
    ),
    "CMS_SIGNING_CERTIFICATE_MISMATCH": Message(
        "签名属性指定的证书不是所用证书。", "The signed attributes name another signing certificate.", REPORT
    ),
    "CMS_DIGEST_ALGORITHM_MISMATCH": Message(
        "签名中声明的摘要算法相互矛盾。", "The signature names digest algorithms that disagree.", REISSUE
    ),
    "PEM_MALFORMED": Message("PEM 编码格式错误。", "The PEM armor is malformed.", ORIGINAL),
}

_JWS: Mapping[str, Message] = {
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
}

MESSAGES: Mapping[str, Message] = {**_PDF, **_CMS, **_JWS}
