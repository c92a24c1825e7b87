"""Whether the bytes are the ones that were signed, and all of them."""

from __future__ import annotations

from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.document import DigestComparison
from license_service.verification.report import Check, CheckName


def check_format(context: SignatureContext) -> Check:
    """Judge whether the signature has the structure its standard prescribes, in a file that ends with it.

    Clause: GB/T 38540-2020, 7.3 a); RFC 5652, 5.3 and 11; RFC 7515, 5.2.
    """
    tolerated = context.policy.tolerated_format_failures
    failures = [code for code in context.signature.format_failures if code not in tolerated]
    notes = list(context.signature.notes)
    if not _trailing_is_borne(context):
        return failed(CheckName.FORMAT, "ZIP_TRAILING_DATA", bytes=context.document.trailing_bytes)
    if failures:
        return failed(CheckName.FORMAT, failures[0], failures=failures, notes=notes)
    unknown = _critical_extensions(context)
    if unknown:
        return undetermined(CheckName.FORMAT, "SEAL_EXTENSION_UNKNOWN", extensions=unknown, notes=notes)
    return passed(CheckName.FORMAT, notes=notes)


def check_signature_value(context: SignatureContext) -> Check:
    """Judge the signature value under the signer's own key.

    Clause: GB/T 38540-2020, 7.3 b); GB/T 32918.2 for SM2, with Z under `1234567812345678`.
    """
    name, signer, key = CheckName.SIGNATURE_VALUE, context.signer, context.trusted_key
    if signer is None and context.signature.signer_certificate is None:
        return undetermined(name, context.signer_missing_code)
    if signer is None:
        return failed(name, "CERTIFICATE_MALFORMED")
    if key is not None and key.algorithm != context.signature.value.algorithm:
        return failed(name, "SIGNATURE_INVALID", reason=SignatureOutcome.KEY_MISMATCH.value)
    outcome = verify_signature(context.signature.value, signer.spki)
    return signature_check(name, "SIGNATURE_INVALID", outcome, context)


def signature_check(
    name: CheckName, invalid_code: str, outcome: SignatureOutcome, context: SignatureContext
) -> Check:
    """Turn the outcome of a verification into a check; an algorithm nobody knows decides nothing."""
    value = context.signature.value
    match outcome:
        case SignatureOutcome.VALID:
            return passed(name, encoding=value.encoding)
        case SignatureOutcome.UNSUPPORTED_ALGORITHM:
            return undetermined(name, "ALGORITHM_UNSUPPORTED", algorithm=value.algorithm)
        case SignatureOutcome.KEY_MISMATCH | SignatureOutcome.MALFORMED | SignatureOutcome.INVALID:
            return failed(name, invalid_code, reason=outcome.value)


def check_references(context: SignatureContext) -> Check | None:
    """Judge the digest of every part the signature lists.

    An empty list protects nothing, so it fails. Clause: GB/T 33190-2016, 18.
    """
    references = context.signature.references
    if references is None:
        return None
    missing = [r.name for r in references if r.missing]
    mismatched = [r.name for r in references if not r.missing and r.actual is not None and not _equal(r)]
    unsupported = [r.name for r in references if not r.missing and r.actual is None]
    detail: dict[str, object] = {"count": len(references), "mismatched": mismatched, "missing": missing}
    if not references:
        return failed(CheckName.REFERENCES, "REFERENCES_EMPTY", **detail)
    if mismatched:
        return failed(CheckName.REFERENCES, "REFERENCE_MISMATCH", **detail)
    if missing:
        return failed(CheckName.REFERENCES, "REFERENCE_MISSING", **detail)
    if unsupported:
        return undetermined(CheckName.REFERENCES, "DIGEST_UNSUPPORTED", unsupported=unsupported, **detail)
    return passed(CheckName.REFERENCES, **detail)


def check_data_hash(context: SignatureContext) -> Check | None:
    """Judge the digest that ties the signed structure to the content.

    Clause: GB/T 38540-2020, 7.3 f); RFC 5652, 11.2 (message-digest).
    """
    data_hash = context.signature.data_hash
    if data_hash is None:
        return None
    if data_hash.missing:
        return undetermined(CheckName.DATA_HASH, "CONTENT_MISSING")
    if data_hash.actual is None:
        return undetermined(CheckName.DATA_HASH, "DIGEST_UNSUPPORTED", algorithm=data_hash.algorithm)
    if not _equal(data_hash):
        return failed(CheckName.DATA_HASH, "DATA_HASH_MISMATCH", algorithm=data_hash.algorithm)
    return passed(CheckName.DATA_HASH, algorithm=data_hash.algorithm, note=data_hash.note)


def _trailing_is_borne(context: SignatureContext) -> bool:
    # The issuer's code comes from signed bytes, and the binding check ties the signer to it.
    issuer = context.license.issuer_code if context.license else ""
    return not context.document.trailing_bytes or issuer in context.policy.trailing_bytes_issuers


def _critical_extensions(context: SignatureContext) -> list[str]:
    seal = context.signature.seal
    exempt = context.policy.exempt_critical_extensions
    return [oid for oid in seal.critical_extensions if oid not in exempt] if seal else []


def _equal(comparison: DigestComparison) -> bool:
    return comparison.actual == comparison.expected
