"""Whether the electronic seal is one, and whether this signer may use it."""

from __future__ import annotations

from license_service.clock import format_instant
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.checks.integrity import signature_check
from license_service.verification.crypto.algorithms import verify_signature_once
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.paths import PathResult, PathStatus
from license_service.verification.crypto.revocation import RevocationStatus
from license_service.verification.crypto.sm2_digest import sm3_with_z
from license_service.verification.document import FormatError, Seal
from license_service.verification.report import Check, CheckName, Outcome
from license_service.verification.trust import AnchorPurpose

_DIGESTS = ("SM3", "SHA256")


def check_seal_signature(context: SignatureContext) -> Check | None:
    """Judge the seal maker's signature, then the maker's own path, purpose and revocation.

    A maker without a path is undetermined: the seal is intact but nobody we trust made it. A seal that
    its own signer made vouches for nobody.
    Clause: GB/T 38540-2020, 6.3 b) and c).
    """
    seal = context.signature.seal
    if seal is None:
        return None
    try:
        maker = read_certificate(seal.maker_certificate)
    except FormatError:
        return failed(CheckName.SEAL_SIGNATURE, "SEAL_MAKER_CERTIFICATE_MALFORMED")
    if context.signer is not None and context.signer.spki == maker.spki:
        # Else whoever may sign for a unit could give itself a seal with any picture.
        return failed(CheckName.SEAL_SIGNATURE, "SEAL_MAKER_IS_SIGNER")
    outcome = verify_signature_once(seal.maker_signature, maker.spki)
    check = signature_check(CheckName.SEAL_SIGNATURE, "SEAL_SIGNATURE_INVALID", outcome, context)
    if check.outcome is not Outcome.PASSED:
        return check
    return _judge_maker(context, context.path(seal.maker_certificate, AnchorPurpose.SEAL_MAKER))


def check_signer_in_seal(context: SignatureContext) -> Check | None:
    """Judge whether the seal lists the signer's certificate, whole or by digest.

    Clause: GB/T 38540-2020, 7.3 c); a renewed certificate needs a new seal (GM/T 0031-2014, 6.2.2).
    """
    seal, certificate = context.signature.seal, context.signature.signer_certificate
    if seal is None:
        return None
    if certificate is None:
        return failed(CheckName.SIGNER_IN_SEAL, "SIGNER_NOT_IN_SEAL")
    matched = _match(context, seal, certificate)
    if matched is None:
        return failed(CheckName.SIGNER_IN_SEAL, "SIGNER_NOT_IN_SEAL", seal=seal.id)
    return passed(CheckName.SIGNER_IN_SEAL, seal=seal.id, by=matched)


def check_seal_validity(context: SignatureContext) -> Check | None:
    """Judge the seal's life against the claimed signing time and the best time, as a certificate's.

    The claim must lie within it, and proves nothing: a seal that has ended since is undetermined without
    a timestamp from its life, or whoever kept it could use it for ever.
    Clause: GB/T 38540-2020, 7.3 d) and e); GM/T 0031-2014, 6.2.3 f); ETSI EN 319 102-1, 5.6.2.4.
    """
    seal = context.signature.seal
    if seal is None:
        return None
    span = {"valid_from": format_instant(seal.valid_from), "valid_until": format_instant(seal.valid_until)}
    name, claimed = CheckName.SEAL_VALIDITY, context.signature.signing_time
    if claimed is None:
        return undetermined(name, "SIGNING_TIME_MISSING", **span)
    if max(claimed, context.made_after or claimed) > seal.valid_until:
        return failed(name, "SEAL_EXPIRED", **span)
    if min(claimed, context.best_time) < seal.valid_from:
        return failed(name, "SEAL_NOT_YET_VALID", **span)
    if context.best_time > seal.valid_until:
        return undetermined(name, "SEAL_EXPIRED_SINCE", **span)
    return passed(name, **span)


def _judge_maker(context: SignatureContext, path: PathResult) -> Check:
    name = CheckName.SEAL_SIGNATURE
    if path.status is PathStatus.NOT_FOUND:
        # The maker's signature holds: only who the maker is stays open, which the path check also says.
        return passed(name, maker="NO_CERTIFICATE_CHAIN") if _no_anchor(context) else _stranger()
    if path.status is PathStatus.INVALID:
        return failed(name, "SEAL_MAKER_CHAIN_INVALID", reason=path.code)
    revocation = context.revocation(path)
    if revocation.status is RevocationStatus.REVOKED:
        return failed(name, "SEAL_MAKER_REVOKED")
    if revocation.status is RevocationStatus.UNKNOWN:
        return undetermined(name, "SEAL_MAKER_REVOCATION_UNKNOWN")
    return passed(name)


def _no_anchor(context: SignatureContext) -> bool:
    return not context.trust.for_purpose(AnchorPurpose.SEAL_MAKER, context.validation_time)


def _stranger() -> Check:
    return undetermined(CheckName.SEAL_SIGNATURE, "SEAL_MAKER_UNKNOWN")


def _match(context: SignatureContext, seal: Seal, certificate: bytes) -> str | None:
    """Say how the seal lists the certificate: whole, by a digest, or by SM3 with Z as some vendors write."""
    listed = seal.certificate_list
    if not seal.certificate_list_is_digests:
        return "certificate" if certificate in listed else None
    plain = next((name for name in _DIGESTS if digest(name, certificate) in listed), None)
    if plain or context.signer is None:
        return plain
    return "SM3 with Z" if sm3_with_z(context.signer.spki, certificate) in listed else None
