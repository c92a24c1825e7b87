"""The building blocks of a verdict: one file a subject, one function a check.

A check takes a `SignatureContext` and returns a `Check`, or None where the kind of signature has no
such step. It does not know which format the signature came from. All checks run, always: the first
failure does not hide the others. Coverage alone takes all signatures: one covers only if it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from license_service.verification.checks.algorithms import check_algorithms
from license_service.verification.checks.binding import check_license_binding
from license_service.verification.checks.certificate import (
    check_certificate_path,
    check_certificate_validity,
    check_revocation_status,
)
from license_service.verification.checks.context import SignatureContext
from license_service.verification.checks.coverage import CheckedSignature, check_coverage
from license_service.verification.checks.integrity import (
    check_data_hash,
    check_format,
    check_references,
    check_signature_value,
)
from license_service.verification.checks.key_binding import check_key_binding
from license_service.verification.checks.register import register_question
from license_service.verification.checks.seal import (
    check_seal_signature,
    check_seal_validity,
    check_signer_in_seal,
)
from license_service.verification.checks.status import check_license_status
from license_service.verification.checks.timestamp import check_timestamp
from license_service.verification.crypto.issuer_points import end_of_path
from license_service.verification.policy import Level
from license_service.verification.report import Check, CheckName, Outcome
from license_service.verification.trust import AnchorPurpose

CHECKS: tuple[Callable[[SignatureContext], Check | None], ...] = (
    check_format,
    check_signature_value,
    check_references,
    check_data_hash,
    check_seal_signature,
    check_signer_in_seal,
    check_seal_validity,
    check_certificate_path,
    check_certificate_validity,
    check_revocation_status,
    check_algorithms,
    check_timestamp,
    check_license_binding,
    check_key_binding,
    check_license_status,
)
"""Every check on one signature alone."""

_ORDER = {name: position for position, name in enumerate(CheckName)}


def run_checks(contexts: Sequence[SignatureContext]) -> tuple[tuple[Check, ...], ...]:
    """Run every check that applies to each signature of a document, in the order of `CheckName`."""
    checked = [CheckedSignature(context, _run(context)) for context in contexts]
    coverage = [check_coverage(item, checked) for item in checked]
    return tuple(
        tuple(sorted((*item.checks, *([covers] if covers else [])), key=lambda check: _ORDER[check.name]))
        for item, covers in zip(checked, coverage, strict=True)
    )


def _run(context: SignatureContext) -> tuple[Check, ...]:
    results = (check(context) for check in CHECKS)
    return tuple(result for result in results if result is not None)


_SIGNATURE = (
    CheckName.FORMAT,
    CheckName.SIGNATURE_VALUE,
    CheckName.REFERENCES,
    CheckName.DATA_HASH,
    CheckName.COVERAGE,
)
_MUST_HOLD = (*_SIGNATURE, CheckName.CERTIFICATE_PATH)


_PATH = (CheckName.CERTIFICATE_PATH, "NO_CERTIFICATE_CHAIN")
_SEAL_MAKER_PATH = (CheckName.SEAL_SIGNATURE, "SEAL_MAKER_UNKNOWN")
_REVOCATION = (CheckName.REVOCATION, "REVOCATION_UNKNOWN")
_SEAL_MAKER_REVOCATION = (CheckName.SEAL_SIGNATURE, "SEAL_MAKER_REVOCATION_UNKNOWN")
_STATUS = (CheckName.LICENSE_STATUS, "STATUS_UNKNOWN")
"""What can be fetched."""


def open_questions(
    context: SignatureContext, checks: Sequence[Check]
) -> tuple[tuple[tuple[bytes, ...], ...], str]:
    """Return the paths of unknown revocation and the identifier to ask a register about, if all else holds.

    Before content, signature and path hold, nothing a document or a certificate names may be fetched:
    anybody can write an address. And where something else is open too, fetching would change no verdict.
    """
    deciding = [c for c in checks if c.name in _MUST_HOLD or context.policy.level(c.name) is Level.FAIL]
    unsettled = {(check.name, check.code) for check in deciding if check.outcome is not Outcome.PASSED}
    seal, paths, identifier = context.signature.seal, [], ""
    if _REVOCATION in unsettled and context.signer_path:
        paths.append(context.signer_path.chain)
        unsettled.remove(_REVOCATION)
    if _SEAL_MAKER_REVOCATION in unsettled and seal:
        paths.append(context.path(seal.maker_certificate, AnchorPurpose.SEAL_MAKER).chain)
        unsettled.remove(_SEAL_MAKER_REVOCATION)
    if _STATUS in unsettled and (identifier := register_question(context)):
        unsettled.remove(_STATUS)
    return ((), "") if unsettled else (tuple(paths), identifier)


def broken_off(context: SignatureContext, checks: Sequence[Check]) -> tuple[bytes, ...]:
    """Return the certificates at which paths break off, if the signature holds and nothing has failed.

    Whoever made the certificate wrote the address, so the hosts that may be asked are the only other bound.
    """
    judged = {(check.name, check.code) for check in checks}
    held = all(check.outcome is Outcome.PASSED for check in checks if check.name in _SIGNATURE)
    if not held or any(_fails(context, check) for check in checks):
        return ()
    signer, seal = context.signature.signer_certificate, context.signature.seal
    leaves = [signer] if _PATH in judged and signer else []
    leaves += [seal.maker_certificate] if _SEAL_MAKER_PATH in judged and seal else []
    return tuple(end_of_path(leaf, context.intermediates) for leaf in leaves)


def _fails(context: SignatureContext, check: Check) -> bool:
    return check.outcome is Outcome.FAILED and context.policy.level(check.name) is not Level.WARN
