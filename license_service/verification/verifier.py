"""Verify a document: the one entrance to this room.

1. Detect the format from leading bytes and parse; whatever a parser cannot read is a verdict.
2. Run every check on every signature, then judge what they cover together.
3. Conclude on each signature, then on the document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from license_service.errors import DocumentTooLargeError
from license_service.verification.absence import NOT_GIVEN, reason_not_given
from license_service.verification.checks import broken_off, open_questions, run_checks
from license_service.verification.checks.context import SignatureContext
from license_service.verification.conclusion import Verdict, conclude_document, conclude_signature
from license_service.verification.crypto.turn import in_turn
from license_service.verification.document import FormatError, ParsedDocument
from license_service.verification.evidence import Evidence
from license_service.verification.formats.cms import parse_cms
from license_service.verification.formats.detect import detect_format
from license_service.verification.formats.jws import parse_jws
from license_service.verification.formats.ofd import parse_ofd
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.formats.sd_jwt import parse_sd_jwt
from license_service.verification.limits import MAX_DOCUMENT_BYTES, MAX_FINDING_DETAIL
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.report import (
    Bound,
    Check,
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
    DocumentFormat.CMS: lambda data, presentation: parse_cms(data, presentation.content),
    DocumentFormat.JWS: lambda data, _: parse_jws(data),
    DocumentFormat.SD_JWT: lambda data, _: parse_sd_jwt(data),
}


@in_turn
def verify(
    document: bytes,
    policy: VerificationPolicy,
    trust: TrustStore,
    evidence: Evidence,
    validation_time: datetime,
    presentation: Presentation = AS_IS,
) -> VerificationReport:
    """Judge a document as of `validation_time`; equal arguments give equal reports, for ever.

    No bytes stand for the document of an identifier that a register did not give.

    Raises:
        DocumentTooLargeError: document or content above `limits.MAX_DOCUMENT_BYTES`; nothing else,
            whatever the bytes.
    """
    if max(len(document), len(presentation.content or b"")) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLargeError(f"a document has at most {MAX_DOCUMENT_BYTES} bytes")
    parsed, findings, finding_details = _parse(document, presentation, evidence)
    contexts = (
        [
            SignatureContext(signature, parsed, policy, trust, evidence, validation_time, presentation)
            for signature in parsed.signatures
        ]
        if parsed
        else []
    )
    signatures = tuple(map(_judge, contexts, run_checks(contexts)))
    indication, sub_indication = _conclude(parsed, signatures, findings)
    return VerificationReport(
        sha256=hashlib.sha256(document).hexdigest(),
        format=detect_format(document),
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
        finding_details=finding_details,
        presentation=presentation,
    )


def parse_document(document: bytes, presentation: Presentation) -> ParsedDocument:
    """Parse a document by the format that its first bytes announce.

    Raises:
        FormatError: `FORMAT_UNKNOWN`, or why it is not well-formed.
    """
    parser = _PARSERS.get(detect_format(document))
    if parser is None:
        raise FormatError("FORMAT_UNKNOWN")
    return parser(document, presentation)


def _parse(
    document: bytes, presentation: Presentation, evidence: Evidence
) -> tuple[ParsedDocument | None, tuple[str, ...], dict[str, str]]:
    if not document and presentation.identifier is not None:
        return None, (reason_not_given(presentation.identifier, evidence),), {}
    try:
        parsed = parse_document(document, presentation)
    except FormatError as error:
        detail = error.detail[:MAX_FINDING_DETAIL]
        return None, (error.code,), {error.code: detail} if detail else {}
    return parsed, parsed.findings if parsed.signatures else (*parsed.findings, "NO_SIGNATURE"), {}


def _judge(context: SignatureContext, checks: tuple[Check, ...]) -> SignatureReport:
    indication, sub_indication = conclude_signature(checks, context.policy)
    signature = context.signature
    chains, identifier = open_questions(context, checks)
    return SignatureReport(
        index=signature.index,
        kind=signature.kind,
        indication=indication,
        sub_indication=sub_indication,
        signer=_signer(context),
        signing_time=signature.signing_time,
        algorithm=signature.value.algorithm,
        checks=checks,
        unknown_revocation=chains,
        broken_off=broken_off(context, checks),
        unknown_status=identifier,
        bound=_bound(context),
    )


def _bound(context: SignatureContext) -> Bound:
    value, key = context.signature.value, context.trusted_key
    leaf, path = context.signature.signer_certificate, context.signer_path
    chain = path.chain if path else ()
    certificates = chain or ((leaf,) if leaf else ())
    return Bound(value.signature, value.data, certificates, key.spki if key else b"")


def _signer(context: SignatureContext) -> Signer | None:
    certificate, key = context.certificate, context.trusted_key
    if certificate is not None:
        return Signer(certificate.subject, certificate.issuer, certificate.serial)
    return Signer(f"O={key.organization}", "", "") if key is not None else None


def _conclude(
    parsed: ParsedDocument | None, signatures: tuple[SignatureReport, ...], findings: tuple[str, ...]
) -> Verdict:
    if parsed is None:
        return NOT_GIVEN.get(findings[0], (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE))
    return conclude_document(signatures)
