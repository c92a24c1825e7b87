"""Whether the license is this holder's, from this issuer, and in force on the day."""

from __future__ import annotations

from license_service.clock import SHANGHAI
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.metadata import SOURCES_CONTRADICT, UNREADABLE_DATE
from license_service.verification.report import Check, CheckName, LicenseMetadata

_NAME = CheckName.LICENSE_BINDING
_USCC_LENGTH = 18
"""A seal certificate names its unit as USCC and name in one text; a part of a code names nobody."""


def check_license_binding(context: SignatureContext) -> Check:
    """Judge validity on the day, the holder where one is named, the issuer's signer, and the anchor.

    A perfect signature on somebody else's license proves nothing about the applicant.
    Clause: GB/T 36903-2018 (holder, issuer, validity); design idea 2 (unknown is not good).
    """
    license_ = context.license
    if license_ is None:
        return undetermined(_NAME, "LICENSE_METADATA_MISSING")
    if SOURCES_CONTRADICT in license_.fields:
        elements = license_.fields[SOURCES_CONTRADICT]
        return undetermined(_NAME, "LICENSE_SOURCES_CONTRADICT", elements=elements)
    for rule in (_validity, _holder, _anchor, _signer):
        check = rule(context, license_)
        if check is not None:
            return check
    return passed(_NAME, holder_checked=context.presentation.holder is not None)


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
    if signer.organization[:_USCC_LENGTH] != license_.issuer_code:
        return failed(_NAME, "SIGNER_NOT_ISSUER", organization=signer.organization)
    return None
