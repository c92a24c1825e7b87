"""Codes about CMS signatures and what wraps them: PEM, S/MIME."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import NOTHING, ORIGINAL, REISSUE, REPORT, WITH_CONTENT, Message

MESSAGES: Mapping[str, Message] = {
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
    "CMS_CONTENT_CONTRADICTS": Message(
        "提交的原文件与签名文件内的内容不一致。",
        "The file handed in differs from the content inside the signature.",
        WITH_CONTENT,
    ),
    "CMS_CONTENT_IS_ATTRIBUTES": Message(
        "签名是从其他内容上移用过来的。", "The signature was moved here from other content.", REPORT
    ),
    "CMS_CONTENT_TYPE_UNSIGNED": Message(
        "内容类型写在签名保护不到的地方，可被改动。",
        "The content type stands where no signature protects it.",
        REPORT,
    ),
    "CMS_MESSAGE_DIGEST_UNSIGNED": Message(
        "内容摘要写在签名保护不到的地方，可被改动。",
        "The digest of the content stands where no signature protects it.",
        REPORT,
    ),
    "CMS_SIGNING_TIME_UNSIGNED": Message(
        "签署时间写在签名保护不到的地方，可被改动。",
        "The signing time stands where no signature protects it.",
        REPORT,
    ),
    "CMS_SIGNER_AMBIGUOUS": Message(
        "文件中有两张编号相同的证书，无法确定由谁签名。",
        "Two certificates in the file have one issuer and number, so nobody can tell who signed.",
        REPORT,
    ),
    "CMS_SIGNER_REPEATED": Message(
        "同一证书在文件上签名多次。", "One certificate signed the file more than once.", NOTHING
    ),
    "CMS_SIGNING_CERTIFICATE_MISSING": Message(
        "签名未写明所用的证书，证书可被调换。",
        "The signature does not name its certificate, so that it could be swapped.",
        REISSUE,
    ),
    "CMS_PSS_PARAMETERS_REFUSED": Message(
        "签名算法（RSA-PSS）的参数不合规。", "The parameters of the RSA-PSS signature break a rule.", REISSUE
    ),
    "CMS_TOO_MANY_TIMESTAMPS": Message(
        "签名附带的时间戳过多。", "The signature carries too many timestamps.", ORIGINAL
    ),
    "MIME_MALFORMED": Message(
        "签名邮件（S/MIME）格式错误。", "The signed message (S/MIME) is malformed.", ORIGINAL
    ),
}
