"""What the wire strings of a report are called on paper; 简体中文 first, English second."""

from __future__ import annotations

from collections.abc import Mapping

Name = tuple[str, str]

INDICATIONS: Mapping[str, Name] = {
    "TOTAL_PASSED": ("核验通过", "passed"),
    "TOTAL_FAILED": ("核验不通过", "failed"),
    "INDETERMINATE": ("无法自动判定", "undetermined"),
}

OUTCOMES: Mapping[str, Name] = {
    "passed": ("通过", "passed"),
    "failed": ("不通过", "failed"),
    "undetermined": ("未能判定", "undetermined"),
}

CHECKS: Mapping[str, Name] = {
    "format": ("签名格式", "structure"),
    "signature_value": ("签名值", "signature value"),
    "references": ("内容摘要", "digests of parts"),
    "data_hash": ("原文摘要", "digest of content"),
    "seal_signature": ("印章真伪", "seal"),
    "signer_in_seal": ("签章人授权", "signer in seal"),
    "seal_validity": ("印章有效期", "seal validity"),
    "certificate_path": ("证书链", "certificate path"),
    "certificate_validity": ("证书有效期", "certificate validity"),
    "revocation": ("吊销状态", "revocation"),
    "algorithms": ("算法", "algorithms"),
    "coverage": ("保护范围", "coverage"),
    "timestamp": ("时间戳", "timestamp"),
    "license_binding": ("证照与持证人", "license and holder"),
    "key_binding": ("持证人出示", "presentation by the holder"),
    "license_status": ("证照状态", "license status"),
}

KINDS: Mapping[str, Name] = {
    "ses-v1": ("电子签章（GM/T 0031）", "seal, version 1"),
    "ses-v4": ("电子签章（GB/T 38540）", "seal, version 4"),
    "ses-v5": ("电子签章（GB/T 38540，第 5 版）", "seal, version 5"),
    "gbt35275": ("数字签名（GB/T 35275）", "SM2 signed data"),
    "sm2-bare": ("SM2 签名", "bare SM2 signature"),
    "pades": ("PDF 签名（PAdES）", "PDF signature"),
    "cms": ("CMS 签名", "CMS signature"),
    "jws": ("JWS 签名", "JSON web signature"),
    "sd-jwt-vc": ("可选择披露凭证（SD-JWT VC）", "selective disclosure credential"),
}
