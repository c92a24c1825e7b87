"""Whether the signer's certificate can be trusted, at the time that counts.

A claimed signing time is only a claim. It must lie within the certificate's life, but it proves
nothing: the certificate is judged at the time a timestamp proves, and without one at the validation time.
"""

from __future__ import annotations

from datetime import datetime

from license_service.clock import format_instant
from license_service.verification.checks.context import (
    SignatureContext,
    SignerKey,
    describe_sources,
    failed,
    passed,
    undetermined,
)
from license_service.verification.crypto.paths import PathResult, PathStatus
from license_service.verification.crypto.revocation import RevocationResult, RevocationStatus
from license_service.verification.crypto.revocation_points import revocation_points
from license_service.verification.report import Check, CheckName


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
    anchor = context.signer_anchor
    return passed(name, anchor=anchor.name if anchor else None, length=len(path.chain))


def check_certificate_validity(context: SignatureContext) -> Check:
    """Judge the certificate's life against the claimed signing time and the best time.

    Expired at the best time is undetermined (`OUT_OF_BOUNDS_NO_POE`): nobody can tell whether it was
    signed in time. Clause: ETSI EN 319 102-1, 5.2.6.4 and 5.5.4; GM/T 0031-2014, 6.2.3 d).
    """
    name, signer, claimed = CheckName.CERTIFICATE_VALIDITY, context.signer, context.signature.signing_time
    if signer is None:
        return undetermined(name, context.signer_missing_code)
    times = {"claimed": claimed, "made_after": context.made_after, "proven_at": context.proven_at}
    detail = _life(signer) | {key: format_instant(moment) for key, moment in times.items() if moment}
    if not _alive_when_signing(signer, claimed, context.made_after):
        return failed(name, "CERTIFICATE_NOT_VALID_AT_SIGNING", **detail)
    latest = context.validation_time + context.policy.signing_time_tolerance
    if claimed is not None and claimed > latest:
        return failed(name, "SIGNING_TIME_IN_FUTURE", **detail)
    if context.best_time < signer.not_before:
        return failed(name, "CERTIFICATE_NOT_YET_VALID", **detail)
    if context.best_time > signer.not_after:
        return undetermined(name, "CERTIFICATE_EXPIRED", **detail)
    return passed(name, **detail)


def check_revocation_status(context: SignatureContext) -> Check:
    """Judge revocation of every certificate below the anchor, from the evidence alone.

    Missing revocation data is unknown, never good. A key of the trust store is withdrawn by its row
    there, which is what let it be found. Clause: RFC 5280, 6.3.
    """
    name, path = CheckName.REVOCATION, context.signer_path
    if context.trusted_key is not None:
        return passed(name, by="manifest")
    if path is None or context.certificate is None or path.status is not PathStatus.FOUND:
        return undetermined(name, "REVOCATION_UNKNOWN", reason="no certificate path")
    result = context.revocation(path)
    sources = describe_sources(result.sources, context.validation_time)
    match result.status:
        case RevocationStatus.GOOD:
            return passed(name, sources=sources)
        case RevocationStatus.REVOKED:
            return _judge_revoked(context, result, sources)
        case RevocationStatus.UNKNOWN:
            # Addresses that nobody fetches, such as LDAP on an intranet: the CRL must come by another way.
            unreachable = [point.url for point in revocation_points(path.chain) if not point.fetchable]
            return undetermined(
                name, result.code, reason=result.detail, sources=sources, unreachable=unreachable or None
            )


def _judge_revoked(context: SignatureContext, result: RevocationResult, sources: object) -> Check:
    """Compare the revocation with what the signer claims, where no timestamp proves the signature older.

    A signature that claims to be older and cannot prove it is undetermined; one that claims to be no
    older, or claims nothing, has no excuse. Clause: ETSI EN 319 102-1, 5.5.4 2).
    """
    name, proven = CheckName.REVOCATION, context.proven_at
    detail: dict[str, object] = {
        "revoked_at": format_instant(result.revoked_at) if result.revoked_at else None,
        "proven_at": format_instant(proven) if proven else None,
        "reason": result.detail,
        "sources": sources,
    }
    stated = [moment for moment in (context.signature.signing_time, context.made_after) if moment]
    if proven is None and stated and all(result.is_after(moment) for moment in stated):
        return undetermined(name, "CERTIFICATE_REVOKED_SINCE", **detail)
    return failed(name, result.code, **detail)


def _life(signer: SignerKey) -> dict[str, str]:
    return {"not_before": format_instant(signer.not_before), "not_after": format_instant(signer.not_after)}


def _alive_when_signing(signer: SignerKey, claimed: datetime | None, made_after: datetime | None) -> bool:
    in_life = claimed is None or signer.not_before <= claimed <= signer.not_after
    return in_life and (made_after is None or made_after <= signer.not_after)
