"""Whether the license is this holder's, from this issuer, and in force on the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from license_service.clock import SHANGHAI, format_instant
from license_service.verification.annotated_copy import annotated_copy
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.metadata import SOURCES_CONTRADICT, UNREADABLE_DATE
from license_service.verification.report import Check, CheckName, LicenseMetadata, Outcome

_Rule = Callable[[SignatureContext, LicenseMetadata], Check | None]
_NAME = CheckName.LICENSE_BINDING


def check_license_binding(context: SignatureContext) -> Check:
    """Judge validity on the day, holder and identifier where named, the issuer's signer, and the anchor.

    A perfect signature on somebody else's license proves nothing about the applicant, nor does a copy
    made for another purpose. Where the page says another thing than the data, a person must look.
    Clause: GB/T 36903-2018 (holder, issuer, validity); design idea 2 (unknown is not good).
    """
    license_ = context.license
    if license_ is None:
        return undetermined(_NAME, "LICENSE_METADATA_MISSING")
    broken = _broken(_RULES, context, license_)
    if broken is not None:
        return broken
    copy = annotated_copy(license_)
    return passed(
        _NAME,
        holder_checked=context.presentation.holder is not None,
        copy=vars(copy) if copy else None,
        purpose_checked=context.presentation.purpose is not None if copy else None,
    )


def check_issuer(context: SignatureContext) -> Check:
    """Judge only whether the signer is the issuer of the license and may be: for what is said about it."""
    license_ = context.license
    if license_ is None:
        return undetermined(_NAME, "LICENSE_METADATA_MISSING")
    return _broken(_ISSUER_RULES, context, license_) or passed(_NAME)


def _broken(rules: Iterable[_Rule], context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    """Return the first rule that is broken, else the first that cannot be decided."""
    found = [check for rule in rules if (check := rule(context, license_)) is not None]
    return min(found, key=lambda check: check.outcome is not Outcome.FAILED, default=None)


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


def _identifier(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    wanted = context.presentation.identifier
    if wanted is None or wanted == license_.identifier:
        return None
    return failed(_NAME, "LICENSE_IDENTIFIER_MISMATCH", identifier=license_.identifier)


def _life(context: SignatureContext, _license: LicenseMetadata) -> Check | None:
    # Clause: RFC 7519, 4.1.4 and 4.1.5: to the second, and the end itself is no longer in it.
    begins, ends = context.signature.valid_from, context.signature.valid_until
    if ends is not None and ends <= context.validation_time:
        return failed(_NAME, "LICENSE_EXPIRED", valid_until=format_instant(ends))
    if begins is not None and begins > context.validation_time:
        return failed(_NAME, "LICENSE_NOT_YET_VALID", valid_from=format_instant(begins))
    return None


def _credential_type(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    vct = context.signature.credential_type
    if vct is None:
        return None
    type_code = context.policy.credentials.types.get(vct)
    if type_code is None or not license_.type_code:
        return undetermined(_NAME, "CREDENTIAL_TYPE_UNKNOWN", vct=vct)
    if type_code != license_.type_code:
        return failed(_NAME, "CREDENTIAL_TYPE_MISMATCH", vct=vct, type_code=license_.type_code)
    return None


def _anchor(context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    anchor = context.trusted_key or context.signer_anchor
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


def _sources(_context: SignatureContext, license_: LicenseMetadata) -> Check | None:
    if SOURCES_CONTRADICT not in license_.fields:
        return None
    return undetermined(_NAME, "LICENSE_SOURCES_CONTRADICT", elements=license_.fields[SOURCES_CONTRADICT])


def _consistency(context: SignatureContext, _license: LicenseMetadata) -> Check | None:
    contradictions = context.document.contradictions
    if not contradictions:
        return None
    return undetermined(_NAME, "LICENSE_TEXT_CONTRADICTS", fields=list(contradictions))


_ISSUER_RULES: tuple[_Rule, ...] = (_anchor, _signer)
_RULES: tuple[_Rule, ...] = (
    _validity,
    _life,
    _holder,
    _identifier,
    _credential_type,
    *_ISSUER_RULES,
    _copy_life,
    _copy_purpose,
    _sources,
    _consistency,
)
