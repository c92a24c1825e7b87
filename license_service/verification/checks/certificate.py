"""Whether the signer's certificate can be trusted, at the time that counts.

A claimed signing time is only a claim. It must lie within the certificate's life, but it proves
nothing: a certificate that has since expired or been revoked is judged at the validation time, until
a timestamp proves the signature older.
"""

from __future__ import annotations

from license_service.clock import format_instant
from license_service.verification.checks.context import (
    SignatureContext,
    describe_sources,
    failed,
    passed,
    undetermined,
)
from license_service.verification.crypto.paths import PathStatus
from license_service.verification.crypto.revocation import RevocationStatus
from license_service.verification.crypto.revocation_points import revocation_points
from license_service.verification.report import Check, CheckName


def check_certificate_path(context: SignatureContext) -> Check:
    """Judge whether a path leads from the signer to an anchor that is trusted for licenses.

    Clause: RFC 5280, 6; GB/T 38540-2020, 7.3 e).
    """
    name, path = CheckName.CERTIFICATE_PATH, context.signer_path
    if path is None or context.signer is None:
        return undetermined(name, "SIGNER_CERTIFICATE_MISSING")
    if path.status is PathStatus.NOT_FOUND:
        return undetermined(name, "NO_CERTIFICATE_CHAIN", reason=path.detail)
    if path.status is PathStatus.INVALID:
        return failed(name, path.code, reason=path.detail)
    anchor = context.signer_anchor
    return passed(name, anchor=anchor.name if anchor else None, length=len(path.chain))


def check_certificate_validity(context: SignatureContext) -> Check:
    """Judge the certificate's life against the claimed signing time and the validation time.

    Expired since, without a timestamp, is undetermined (`OUT_OF_BOUNDS_NO_POE`): nobody can tell
    whether it was signed in time. Clause: ETSI EN 319 102-1, 5.2.6.4; GM/T 0031-2014, 6.2.3 d).
    """
    name, signer, claimed = CheckName.CERTIFICATE_VALIDITY, context.signer, context.signature.signing_time
    if signer is None:
        return undetermined(name, "SIGNER_CERTIFICATE_MISSING")
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

    Missing revocation data is unknown, never good. Clause: RFC 5280, 6.3.
    """
    name, path = CheckName.REVOCATION, context.signer_path
    if path is None or path.status is not PathStatus.FOUND:
        return undetermined(name, "REVOCATION_UNKNOWN", reason="no certificate path")
    result = context.revocation(path, context.certificate_time)
    sources = describe_sources(result.sources, context.validation_time)
    revoked_at = format_instant(result.revoked_at) if result.revoked_at else None
    match result.status:
        case RevocationStatus.GOOD:
            return passed(name, sources=sources)
        case RevocationStatus.REVOKED:
            return failed(name, result.code, revoked_at=revoked_at, reason=result.detail, sources=sources)
        case RevocationStatus.UNKNOWN:
            # Addresses that nobody fetches, such as LDAP on an intranet: the CRL must come by another way.
            unreachable = [point.url for point in revocation_points(path.chain) if not point.fetchable]
            return undetermined(
                name, result.code, reason=result.detail, sources=sources, unreachable=unreachable or None
            )
