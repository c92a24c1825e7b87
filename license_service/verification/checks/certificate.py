"""Whether the signer's certificate can be trusted, at the time that counts.

A claimed signing time is only a claim. It must lie within the certificate's life, but it proves
nothing: a certificate that has since expired or been revoked is judged at the validation time, until
a timestamp proves the signature older.
"""

from __future__ import annotations

from license_service.clock import format_instant
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.crypto.certificates import CertificateFacts
from license_service.verification.crypto.paths import PathResult, PathStatus
from license_service.verification.crypto.revocation import RevocationStatus, check_revocation
from license_service.verification.report import Check, CheckName

_SIGNING_USAGES = frozenset({"digital_signature", "non_repudiation"})


def check_certificate_path(context: SignatureContext) -> Check:
    """Judge whether a path leads from the signer to an anchor that is trusted for licenses.

    Clause: RFC 5280, 6; GB/T 38540-2020, 7.3 e).
    """
    name, key = CheckName.CERTIFICATE_PATH, context.trusted_key
    if context.trust.is_stale(context.validation_time, context.policy.max_trust_list_age):
        return undetermined(name, "TRUST_LIST_STALE", issued_at=str(context.trust.issued_at))
    if key is not None:
        return passed(name, by="kid", kid=key.kid)
    return _judge_path(context, context.signer_path)


def _judge_path(context: SignatureContext, path: PathResult | None) -> Check:
    name = CheckName.CERTIFICATE_PATH
    if path is None or context.certificate is None:
        return undetermined(name, context.signer_missing_code)
    if path.status is PathStatus.NOT_FOUND:
        return undetermined(name, "NO_CERTIFICATE_CHAIN", reason=path.detail)
    if path.status is PathStatus.INVALID:
        return failed(name, path.code, reason=path.detail)
    if not _may_sign(context.certificate):
        return failed(name, "KEY_USAGE_REFUSED", key_usage=sorted(context.certificate.key_usage or ()))
    anchor = context.signer_anchor
    return passed(name, anchor=anchor.name if anchor else None, length=len(path.chain))


def check_certificate_validity(context: SignatureContext) -> Check:
    """Judge the certificate's life against the claimed signing time and the validation time.

    Expired since, without a timestamp, is undetermined (`OUT_OF_BOUNDS_NO_POE`): nobody can tell
    whether it was signed in time. Clause: ETSI EN 319 102-1, 5.2.6.4; GM/T 0031-2014, 6.2.3 d).
    """
    name, signer, claimed = CheckName.CERTIFICATE_VALIDITY, context.signer, context.signature.signing_time
    if signer is None:
        return undetermined(name, context.signer_missing_code)
    life = {"not_before": format_instant(signer.not_before), "not_after": format_instant(signer.not_after)}
    if claimed is not None and not signer.not_before <= claimed <= signer.not_after:
        return failed(name, "CERTIFICATE_NOT_VALID_AT_SIGNING", claimed=format_instant(claimed), **life)
    if claimed is not None and claimed > context.validation_time:
        return failed(name, "SIGNING_TIME_IN_FUTURE", claimed=format_instant(claimed), **life)
    if context.validation_time < signer.not_before:
        return failed(name, "CERTIFICATE_NOT_YET_VALID", **life)
    if context.validation_time > signer.not_after:
        return undetermined(name, "CERTIFICATE_EXPIRED", **life)
    return passed(name, **life)


def check_revocation_status(context: SignatureContext) -> Check:
    """Judge revocation of every certificate below the anchor, from the evidence alone.

    Missing revocation data is unknown, never good. A key of the trust store is withdrawn by its row
    there, which is what let it be found. Clause: RFC 5280, 6.3.
    """
    name, path = CheckName.REVOCATION, context.signer_path
    if context.trusted_key is not None:
        return passed(name, by="manifest")
    if path is None or path.status is not PathStatus.FOUND:
        return undetermined(name, "REVOCATION_UNKNOWN", reason="no certificate path")
    result = check_revocation(path, context.evidence.crls, context.certificate_time)
    revoked_at = format_instant(result.revoked_at) if result.revoked_at else None
    match result.status:
        case RevocationStatus.GOOD:
            return passed(name)
        case RevocationStatus.REVOKED:
            return failed(name, result.code, revoked_at=revoked_at, reason=result.detail)
        case RevocationStatus.UNKNOWN:
            return undetermined(name, result.code, reason=result.detail)


def _may_sign(signer: CertificateFacts) -> bool:
    # Chinese CAs issue certificates in pairs; the one for encryption must not have signed.
    return signer.key_usage is None or bool(signer.key_usage & _SIGNING_USAGES)
