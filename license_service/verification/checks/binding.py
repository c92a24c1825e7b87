"""Whether the license is this holder's, from this issuer, and in force on the day."""

from __future__ import annotations

from license_service.clock import SHANGHAI, format_instant
from license_service.verification.annotated_copy import annotated_copy
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.metadata import UNREADABLE_DATE
from license_service.verification.report import Check, CheckName, LicenseMetadata, Outcome

_NAME = CheckName.LICENSE_BINDING


def check_license_binding(context: SignatureContext) -> Check:
    """Judge validity on the day, the holder where one is named, the issuer's signer, and the anchor.

    A perfect signature on somebody else's license proves nothing about the applicant, nor does a copy
    made for another purpose. Where the page says another thing than the data, a person must look.
    Clause: GB/T 36903-2018 (holder, issuer, validity); design idea 2 (unknown is not good).
    """
    license_ = context.license
    if license_ is None:
        return undetermined(_NAME, "LICENSE_METADATA_MISSING")
    broken = [check for rule in _RULES if (check := rule(context, license_)) is not None]
    if broken:
        return min(broken, key=lambda check: check.outcome is not Outcome.FAILED)
    copy = annotated_copy(license_)
    return passed(
        _NAME,
        holder_checked=context.presentation.holder is not None,
        copy=vars(copy) if copy else None,
        purpose_checked=context.presentation.purpose is not None if copy else None,
    )


def _validity(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    today = context.validation_time.astimezone(SHANGHAI).date()
    if UNREADABLE_DATE in license_.fields:
        return undetermined(_NAME, "LICENSE_DATE_UNREADABLE", element=license_.fields[UNREADABLE_DATE])
    if license_.valid_until is not None and license_.valid_until < today:
        return failed(_NAME, "LICENSE_EXPIRED", valid_until=license_.valid_until.isoformat())
    if license_.valid_from is not None and license_.valid_from > today:
        return failed(_NAME, "LICENSE_NOT_YET_VALID", valid_from=license_.valid_from.isoformat())
    return None


def _holder(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    wanted = context.presentation.holder
    if wanted is None:
        return None
    if wanted.upper() not in {holder.id for holder in license_.holders if holder.id}:
        return failed(_NAME, "HOLDER_MISMATCH")
    return None


def _anchor(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    anchor = context.signer_anchor
    if anchor is None or anchor.vouches_for(license_.type_code, license_.issuer_code):
        return None
    return failed(_NAME, "ISSUER_NOT_VOUCHED", type_code=license_.type_code, issuer_code=license_.issuer_code)


def _signer(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    signer = context.signer
    if signer is None or not license_.issuer_code:
        return undetermined(_NAME, "SIGNER_NOT_BOUND")
    if not context.signed_by(license_.issuer_code):
        return failed(_NAME, "SIGNER_NOT_ISSUER", organization=signer.organization)
    return None


def _copy_life(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    copy = annotated_copy(license_)
    try:
        end = copy.end() if copy else None
    except ValueError:
        return undetermined(_NAME, "COPY_DATE_UNREADABLE")
    if end is not None and context.validation_time >= end:
        return failed(_NAME, "COPY_EXPIRED", end=format_instant(end))
    return None


def _copy_purpose(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    copy, wanted = annotated_copy(license_), context.presentation.purpose
    if copy is None or wanted is None or copy.is_for(wanted):
        return None
    if not copy.purpose:
        return undetermined(_NAME, "COPY_PURPOSE_MISSING")
    return failed(_NAME, "COPY_FOR_ANOTHER_PURPOSE", purpose=copy.purpose)


def _consistency(context: SignatureContext, _license: LicenseMetadata) -> Check | None:
    contradictions = context.document.contradictions
    if not contradictions:
        return None
    return undetermined(_NAME, "LICENSE_TEXT_CONTRADICTS", fields=list(contradictions))


_RULES = (_validity, _holder, _anchor, _signer, _copy_life, _copy_purpose, _consistency)
"""A rule that is broken goes before one that cannot be decided; among equals the first names the code."""
