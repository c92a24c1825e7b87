"""Codes about certificates, their paths, life and revocation."""

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
    "SIGNER_CERTIFICATE_MISSING": Message(
        "文件中没有签名人证书，无法确认由谁签名。",
        "The signer's certificate is not in the file, so nobody can tell who signed.",
        ORIGINAL,
    ),
    "CERTIFICATE_MALFORMED": Message(
        "签名人证书格式错误。", "The signer's certificate is malformed.", REISSUE
    ),
    "NO_CERTIFICATE_CHAIN": Message(
        "签名证书不是由受信任的机构签发。", "No trusted authority issued the signer's certificate.", OPERATOR
    ),
    "CHAIN_INVALID": Message(
        "签名证书的证书链无效。", "The signer's certificate path breaks a rule.", COMPARE
    ),
    "CHAIN_CERTIFICATE_EXPIRED": Message(
        "上级证书已过期。", "A certificate above the signer's has expired.", REISSUE
    ),
    "CHAIN_MALFORMED": Message("证书链无法解析。", "The certificate path cannot be read.", REISSUE),
    "KEY_USAGE_REFUSED": Message(
        "该证书不得用于签名（如加密证书）。",
        "The certificate must not sign, e.g. one made for encryption.",
        REISSUE,
    ),
    "CERTIFICATE_NOT_VALID_AT_SIGNING": Message(
        "签署时证书不在有效期内。", "The certificate was not valid at the claimed signing time.", REISSUE
    ),
    "CERTIFICATE_NOT_YET_VALID": Message(
        "签名证书尚未生效。", "The signer's certificate is not yet valid.", REISSUE
    ),
    "CERTIFICATE_EXPIRED": Message(
        "签名证书已过期，且无法证明是在有效期内签署的。",
        "The signer's certificate has expired, and signing in time is unproven.",
        REISSUE,
    ),
    "SIGNING_TIME_MISSING": Message(
        "签名没有签署时间，无法判断印章当时是否有效。",
        "No signing time is claimed, so whether the seal was valid then is unknown.",
        REISSUE,
    ),
    "SIGNING_TIME_IN_FUTURE": Message(
        "声称的签署时间在将来。", "The claimed signing time lies in the future.", REPORT
    ),
    "CERTIFICATE_REVOKED": Message("签名证书已被吊销。", "The signer's certificate is revoked.", COMPARE),
    "REVOCATION_UNKNOWN": Message(
        "无法查询签名证书的吊销状态。", "Whether the signer's certificate is revoked is unknown.", LATER
    ),
    "SIGNER_KEY_UNKNOWN": Message(
        "签名所用的密钥不在信任列表中。", "The signing key is not on the trust list.", OPERATOR
    ),
    "TRUST_LIST_STALE": Message(
        "本系统的信任列表过旧，无法据以判定。",
        "The trust list of this service is too old to decide on.",
        OPERATOR,
    ),
    "PUBLIC_KEY_MALFORMED": Message(
        "信任列表中的公钥格式错误。", "A public key on the trust list is malformed.", OPERATOR
    ),
    "NAME_MALFORMED": Message("证书中的名称格式错误。", "A name in a certificate is malformed.", REISSUE),
    "CERTIFICATE_ON_HOLD": Message("签名证书被暂停使用。", "The signer's certificate is on hold.", COMPARE),
    "CERTIFICATE_REVOKED_SINCE": Message(
        "签名证书在声称的签署时间之后被吊销，没有时间戳证明签署在先。",
        "The signer's certificate was revoked after the claimed signing time, and no timestamp proves it.",
        COMPARE,
    ),
    "CRL_MALFORMED": Message("证书吊销名单格式错误。", "A list of revoked certificates is malformed.", LATER),
    "CRL_EXTENSION_UNKNOWN": Message(
        "证书吊销名单含有无法识别的关键扩展。",
        "A list of revoked certificates has a critical extension nobody here knows.",
        OPERATOR,
    ),
}
