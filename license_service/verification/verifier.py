"""Verify a document: the one entrance to this room.

1. Detect the format from leading bytes and parse; whatever a parser cannot read is a verdict.
2. Run every check on every signature.
3. Conclude on each signature, then on the document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from license_service.errors import DocumentTooLargeError
from license_service.verification.checks import run_checks
from license_service.verification.checks.context import SignatureContext
from license_service.verification.conclusion import Verdict, conclude_document, conclude_signature
from license_service.verification.document import FormatError, ParsedDocument, ParsedSignature
from license_service.verification.evidence import Evidence
from license_service.verification.formats.cms import parse_cms
from license_service.verification.formats.detect import detect_format
from license_service.verification.formats.jws import parse_jws
from license_service.verification.formats.ofd import parse_ofd
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.report import (
    DocumentFormat,
    Indication,
    SignatureReport,
    Signer,
    SubIndication,
    VerificationReport,
)
from license_service.verification.trust import TrustStore

_PARSERS: dict[DocumentFormat, Callable[[bytes, Presentation], ParsedDocument]] = {
    DocumentFormat.OFD: lambda data, _: parse_ofd(data),
    DocumentFormat.PDF: lambda data, presentation: parse_pdf(data, presentation.password),
    DocumentFormat.CMS: lambda data, _: parse_cms(data),
    DocumentFormat.JWS: lambda data, _: parse_jws(data),
}


def verify(
    document: bytes,
    policy: VerificationPolicy,
    trust: TrustStore,
    evidence: Evidence,
    validation_time: datetime,
    presentation: Presentation = AS_IS,
) -> VerificationReport:
    """Judge a document as of `validation_time`; equal arguments give equal reports, for ever.

    Raises:
        DocumentTooLargeError: above `limits.MAX_DOCUMENT_BYTES`; nothing else, whatever the bytes.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLargeError(f"a document has at most {MAX_DOCUMENT_BYTES} bytes")
    document_format = detect_format(document)
    parsed, findings = _parse(document, document_format, presentation)

    def judge(signature: ParsedSignature) -> SignatureReport:
        license_ = parsed.license if parsed else None
        return _judge(
            SignatureContext(signature, license_, policy, trust, evidence, validation_time, presentation)
        )

    signatures = tuple(judge(signature) for signature in parsed.signatures) if parsed else ()
    indication, sub_indication = _conclude(parsed, signatures)
    return VerificationReport(
        sha256=hashlib.sha256(document).hexdigest(),
        format=document_format,
        indication=indication,
        sub_indication=sub_indication,
        license=parsed.license if parsed else None,
        signatures=signatures,
        validation_time=validation_time,
        policy_id=policy.id,
        policy_version=policy.version,
        policy_digest=policy.digest,
        trust_digest=trust.digest,
        evidence_digest=evidence.digest,
        findings=findings,
    )


def _parse(
    document: bytes, document_format: DocumentFormat, presentation: Presentation
) -> tuple[ParsedDocument | None, tuple[str, ...]]:
    parser = _PARSERS.get(document_format)
    if parser is None:
        return None, ("FORMAT_UNKNOWN",)
    try:
        parsed = parser(document, presentation)
    except FormatError as error:
        return None, (error.code,)
    return parsed, parsed.findings if parsed.signatures else (*parsed.findings, "NO_SIGNATURE")


def _judge(context: SignatureContext) -> SignatureReport:
    checks = run_checks(context)
    indication, sub_indication = conclude_signature(checks, context.policy)
    signer, signature = context.signer, context.signature
    return SignatureReport(
        index=signature.index,
        kind=signature.kind,
        indication=indication,
        sub_indication=sub_indication,
        signer=Signer(signer.subject, signer.issuer, signer.serial) if signer else None,
        signing_time=signature.signing_time,
        algorithm=signature.value.algorithm,
        checks=checks,
    )


def _conclude(parsed: ParsedDocument | None, signatures: tuple[SignatureReport, ...]) -> Verdict:
    if parsed is None:
        return Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE
    return conclude_document(signatures)
