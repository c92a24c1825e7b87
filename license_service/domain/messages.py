"""What a clerk or an applicant reads for each code: 简体中文 first, English second; the one catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """Hold one sentence in both languages."""

    zh: str
    en: str


_MESSAGES: dict[str, tuple[str, str]] = {
    # Documents
    "FORMAT_UNKNOWN": ("不是可识别的电子证照文件。", "Not a file of a known license format."),
    "NO_SIGNATURE": ("文件没有数字签名或电子印章。", "The file carries no signature or seal."),
    "LICENSE_METADATA_MISSING": ("签名内容中没有证照信息。", "The signed content holds no license data."),
    "LICENSE_METADATA_NOT_COVERED": (
        "证照信息未被签名保护。",
        "The license data is not covered by a signature.",
    ),
    # Integrity
    "SIGNATURE_INVALID": (
        "签名值不正确，文件可能被篡改。",
        "The signature does not verify; the file may be altered.",
    ),
    "REFERENCE_MISMATCH": ("签章后内容被修改。", "Content was changed after sealing."),
    "REFERENCE_MISSING": ("签章保护的内容缺失。", "Sealed content is missing."),
    "REFERENCES_EMPTY": ("签章未保护任何内容。", "The seal protects nothing."),
    "DATA_HASH_MISMATCH": ("签名后内容被修改。", "Content was changed after signing."),
    "DATA_HASH_MISSING": ("签名未绑定内容。", "The signature is not bound to content."),
    "UNCOVERED_PARTS": ("文件中有未被签名保护的内容。", "Some content is not covered by a signature."),
    "ALGORITHM_REFUSED": ("使用了不安全的算法。", "A weak algorithm was used."),
    "ALGORITHM_UNSUPPORTED": ("使用了不支持的算法。", "An unsupported algorithm was used."),
    "DIGEST_UNSUPPORTED": ("使用了不支持的摘要算法。", "An unsupported digest was used."),
    # Seals
    "SEAL_SIGNATURE_INVALID": ("电子印章本身是伪造的或已损坏。", "The seal itself is forged or damaged."),
    "SEAL_MAKER_UNKNOWN": ("无法确认制章机构。", "The seal's maker is unknown."),
    "SEAL_MAKER_CHAIN_INVALID": ("制章机构的证书无效。", "The seal maker's certificate is not valid."),
    "SEAL_MAKER_REVOKED": ("制章机构的证书已吊销。", "The seal maker's certificate is revoked."),
    "SEAL_MAKER_REVOCATION_UNKNOWN": (
        "制章机构证书的吊销状态未知。",
        "The seal maker's revocation is unknown.",
    ),
    "SEAL_MAKER_IS_SIGNER": ("印章由签章人自制。", "The signer made the seal himself."),
    "SIGNER_NOT_IN_SEAL": ("签章人不在该印章的授权名单中。", "The signer is not listed in the seal."),
    "SEAL_MAKER_CERTIFICATE_MALFORMED": (
        "制章机构的证书格式错误。",
        "The seal maker's certificate is malformed.",
    ),
    "SEAL_EXPIRED": ("签章时印章已过期。", "The seal had expired when it was used."),
    "SEAL_NOT_YET_VALID": ("签章时印章尚未生效。", "The seal was not yet valid when it was used."),
    "SEAL_EXTENSION_UNKNOWN": ("印章含有无法识别的关键扩展。", "The seal has an unknown critical extension."),
    # Certificates
    "SIGNER_CERTIFICATE_MISSING": ("文件中没有签名人证书。", "The signer's certificate is not in the file."),
    "CERTIFICATE_MALFORMED": ("签名人证书格式错误。", "The signer's certificate is malformed."),
    "NO_CERTIFICATE_CHAIN": (
        "签名证书不是由受信任的机构签发。",
        "No trusted authority issued the certificate.",
    ),
    "CHAIN_INVALID": ("证书链无效。", "The certificate path is not valid."),
    "CHAIN_CERTIFICATE_EXPIRED": ("上级证书已过期。", "A certificate above the signer's has expired."),
    "CHAIN_MALFORMED": ("证书链无法解析。", "The certificate path cannot be read."),
    "KEY_USAGE_REFUSED": ("该证书不得用于签名。", "The certificate must not be used to sign."),
    "CERTIFICATE_NOT_VALID_AT_SIGNING": (
        "签署时证书不在有效期内。",
        "The certificate was not valid at signing.",
    ),
    "CERTIFICATE_NOT_YET_VALID": ("证书尚未生效。", "The certificate is not yet valid."),
    "CERTIFICATE_EXPIRED": (
        "证书已过期，无法证明签署时有效。",
        "The certificate expired; signing in time is unproven.",
    ),
    "SIGNING_TIME_MISSING": ("文件没有签署时间。", "The signature claims no signing time."),
    "SIGNING_TIME_IN_FUTURE": ("声称的签署时间在将来。", "The claimed signing time lies in the future."),
    "CERTIFICATE_REVOKED": ("签名证书已被吊销。", "The signer's certificate is revoked."),
    "REVOCATION_UNKNOWN": ("无法查询证书吊销状态。", "The revocation status is unknown."),
    "TIMESTAMP_UNVERIFIED": ("时间戳未被采信。", "The timestamp was not relied on."),
    # Binding
    "HOLDER_MISMATCH": (
        "证照不属于申请人，请提交本人（本单位）的证照。",
        "The license is not the applicant's.",
    ),
    "LICENSE_EXPIRED": (
        "证照已过有效期，请换证后再提交。",
        "The license has expired; present a renewed one.",
    ),
    "LICENSE_NOT_YET_VALID": ("证照尚未生效。", "The license is not yet in force."),
    "LICENSE_DATE_UNREADABLE": ("证照有效期无法识别。", "The license's dates cannot be read."),
    "ISSUER_NOT_VOUCHED": (
        "该机构无权颁发此类证照。",
        "The authority may not vouch for this issuer or type.",
    ),
    "SIGNER_NOT_ISSUER": ("签章单位不是证照颁发机构。", "The signer is not the issuer of the license."),
    "SIGNER_NOT_BOUND": ("无法确认签章单位与颁发机构一致。", "Signer and issuer cannot be matched."),
    # Materials
    "EXEMPT_BY_LICENSE": ("已凭电子证照免提交。", "Not needed on paper: an electronic license proves it."),
    "SUBMITTED": ("已提交。", "Handed in."),
    "COMMITTED": ("已告知承诺，事后核查。", "Promised; it will be checked."),
    "DEFERRED": ("容缺受理，请在期限内补交。", "Accepted without it; hand it in before the date."),
    "LICENSE_UNDETERMINED": (
        "证照真伪无法自动判定，转人工核验。",
        "Genuineness is unknown; a person will look at it.",
    ),
    "MATERIAL_MISSING": ("缺少该材料。", "This material is missing."),
    "SUBMISSION_NOT_ALLOWED": ("该材料不接受上传。", "This material cannot be handed in as a file."),
    "COMMITMENT_NOT_ALLOWED": ("该材料不适用告知承诺。", "This material may not be promised."),
    "NOTICE_OUTDATED": (
        "告知书已更新，请阅读后重新承诺。",
        "The notice has changed; read it and promise again.",
    ),
    "STANDING_FORBIDS_COMMITMENT": (
        "信用状况不适用告知承诺。",
        "The credit standing does not allow a promise.",
    ),
    "DEFERRAL_NOT_ALLOWED": ("该材料不得容缺。", "This material may not be owed."),
    "STANDING_FORBIDS_DEFERRAL": ("信用状况不适用容缺受理。", "The credit standing does not allow a debt."),
}


def message(code: str) -> Message:
    """Return the sentence for a code; for one without a sentence, a pointer to whom to ask."""
    zh, en = _MESSAGES.get(
        code, (f"文件格式不符合要求（{code}）。", f"The file breaks a format rule ({code}).")
    )
    return Message(zh, en)
