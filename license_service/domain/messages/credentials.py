"""Codes about credentials that a holder presents (SD-JWT VC)."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import OPERATOR, REISSUE, REPORT, Ask, Message

_PRESENT_AGAIN = Ask(
    "请申请人用本人手机中的电子证照应用当场重新出示。",
    "Ask the applicant to present it again, now, from the wallet on their own phone.",
)

MESSAGES: Mapping[str, Message] = {
    "SD_JWT_HEADER_MALFORMED": Message(
        "凭证中持证人出示内容的部分格式错误。",
        "The part of the credential that holds what its holder shows is malformed.",
        _PRESENT_AGAIN,
    ),
    "SD_JWT_HEADER_MISPLACED": Message(
        "凭证中持证人出示的内容位置不对。",
        "What the holder shows stands in a wrong place of the credential.",
        _PRESENT_AGAIN,
    ),
    "SD_JWT_CREDENTIAL_TYPE_MISSING": Message(
        "凭证没有写明证照类型。", "The credential does not name its type.", REISSUE
    ),
    "SD_JWT_CONFIRMATION_UNKNOWN": Message(
        "凭证写明持证人的方式无法识别。",
        "The credential names its holder's key in a way nobody here knows.",
        REISSUE,
    ),
    "SD_JWT_CLAIM_NOT_DISCLOSABLE": Message(
        "凭证把必须公开的内容（如颁发者、有效期）设为可隐藏。",
        "The credential lets a holder hide what must be seen, such as issuer or validity.",
        REISSUE,
    ),
    "SD_JWT_CLAIM_OVERWRITTEN": Message(
        "凭证中同一项内容有两个值。", "One claim of the credential has two values.", REISSUE
    ),
    "SD_JWT_DIGEST_REFUSED": Message(
        "凭证使用了不允许的摘要算法。", "The credential names a digest algorithm that is refused.", REISSUE
    ),
    "SD_JWT_DIGEST_MALFORMED": Message(
        "凭证中可隐藏内容的摘要格式错误。", "A digest of what the holder may hide is malformed.", REISSUE
    ),
    "SD_JWT_DIGEST_MISPLACED": Message(
        "凭证中可隐藏内容的摘要位置不对。",
        "A digest of what the holder may hide stands in a wrong place.",
        REISSUE,
    ),
    "SD_JWT_DIGEST_REPEATED": Message(
        "凭证中可隐藏内容的摘要重复。", "A digest of what the holder may hide occurs twice.", REISSUE
    ),
    "SD_JWT_DISCLOSURE_MISPLACED": Message(
        "凭证中可隐藏内容的形式与其位置不符。",
        "What the holder shows does not have the form of its place in the credential.",
        REISSUE,
    ),
    "SD_JWT_TOO_DEEP": Message("凭证内容嵌套过深。", "The credential is nested too deeply.", REISSUE),
    "SD_JWT_DISCLOSURE_MALFORMED": Message(
        "持证人出示的内容格式错误。", "What the holder shows is malformed.", _PRESENT_AGAIN
    ),
    "SD_JWT_DISCLOSURE_REPEATED": Message(
        "持证人重复出示了同一项内容。", "The holder shows one thing twice.", _PRESENT_AGAIN
    ),
    "SD_JWT_DISCLOSURE_UNREFERENCED": Message(
        "出示的内容不是颁发机构签发的，可能是自行添加的。",
        "The issuer did not sign all that is shown; some may have been added.",
        REPORT,
    ),
    "SD_JWT_TOO_MANY_DISCLOSURES": Message(
        "出示的内容项数过多。", "More is shown than any real credential holds.", _PRESENT_AGAIN
    ),
    "SD_JWT_KEY_BINDING_MALFORMED": Message(
        "持证人出示时的签名格式错误。",
        "The holder's signature over the presentation is malformed.",
        _PRESENT_AGAIN,
    ),
    "KEY_BINDING_MISSING": Message(
        "未附持证人出示时的签名，无法确认出示人就是持证人。",
        "The holder's own signature is missing, so anybody could have presented this.",
        _PRESENT_AGAIN,
    ),
    "KEY_BINDING_KEY_MISSING": Message(
        "凭证没有绑定持证人的密钥，无法确认出示人。",
        "The credential names no key of its holder, so nobody can tell who presents it.",
        REISSUE,
    ),
    "KEY_BINDING_SIGNATURE_INVALID": Message(
        "持证人签名不正确，出示人可能不是持证人。",
        "The holder's signature does not verify; somebody else may be presenting.",
        REPORT,
    ),
    "KEY_BINDING_HASH_MISMATCH": Message(
        "出示的内容在持证人签名后被改动。", "The presentation was changed after the holder signed it.", REPORT
    ),
    "KEY_BINDING_AUDIENCE_MISMATCH": Message(
        "这次出示是给其他单位的。", "The presentation was made for somebody else.", _PRESENT_AGAIN
    ),
    "KEY_BINDING_NONCE_MISMATCH": Message(
        "这次出示不是对本次请求的回应，可能是以前用过的。",
        "The presentation does not answer this request; it may have been used before.",
        _PRESENT_AGAIN,
    ),
    "KEY_BINDING_STALE": Message(
        "出示的时间与现在相差过久。", "The presentation was not made just now.", _PRESENT_AGAIN
    ),
    "KEY_BINDING_NOT_EXPECTED": Message(
        "系统没有给出本次出示的要求，无法排除重复使用。",
        "Nobody stated what was asked of the holder, so this may have been used before.",
        OPERATOR,
    ),
    "CREDENTIAL_TYPE_UNKNOWN": Message(
        "无法识别凭证属于哪种证照。", "Which type of license the credential is, is not known.", OPERATOR
    ),
    "CREDENTIAL_TYPE_MISMATCH": Message(
        "凭证类型与其中的证照类型不一致。", "The credential's type is not that of the license in it.", REISSUE
    ),
}
