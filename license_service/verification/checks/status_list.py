"""What a status list in the evidence says of a license.

The list is judged by the very checks a license is: an intact list of a stranger, or of another issuer,
says nothing. Clause: draft-ietf-oauth-status-list-17, 8.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from license_service.clock import format_instant
from license_service.verification.checks.algorithms import check_algorithms
from license_service.verification.checks.binding import check_issuer
from license_service.verification.checks.certificate import (
    check_certificate_path,
    check_certificate_validity,
    check_revocation_status,
)
from license_service.verification.checks.context import SignatureContext
from license_service.verification.checks.integrity import check_signature_value
from license_service.verification.crypto.status_list import StatusList, read_status_list
from license_service.verification.document import FormatError, ParsedSignature
from license_service.verification.report import Outcome, SignatureKind
from license_service.verification.status import LicenseStatus, StatusStatement

_SOURCE = "status-list"
_VALUES = {0: LicenseStatus.VALID, 1: LicenseStatus.REVOKED, 2: LicenseStatus.SUSPENDED}
_CHECKS = (
    check_signature_value,
    check_certificate_path,
    check_certificate_validity,
    check_revocation_status,
    check_algorithms,
    check_issuer,
)


def state_by_status_list(context: SignatureContext) -> StatusStatement | None:
    """Return what the newest trusted list says; None where the license names no list."""
    reference = context.signature.status_reference
    if reference is None:
        return None
    longest = timedelta(seconds=context.policy.credentials.status_list_seconds)
    lists = [found for found in _lists(context) if found.uri == reference.uri]
    current = [found for found in lists if found.speaks_at(context.validation_time, longest)]
    trusted = [found for found in current if _is_trusted(found, context)]
    if not trusted:
        return _unknown(f"{len(lists)} lists of this name, {len(current)} current, none trusted")
    newest = max(trusted, key=lambda found: found.issued_at)
    try:
        value = newest.value(reference.index)
    except FormatError as error:
        return _unknown(error.code)
    if value not in _VALUES:
        return _unknown("the list says nothing of this license" if value is None else f"status {value}")
    detail: dict[str, object] = {"value": value, "as_of": format_instant(newest.issued_at)}
    return StatusStatement(_SOURCE, _VALUES[value], detail)


def _unknown(reason: str) -> StatusStatement:
    return StatusStatement(_SOURCE, LicenseStatus.UNKNOWN, {"reason": reason})


def _lists(context: SignatureContext) -> Iterator[StatusList]:
    for token in context.evidence.status_lists:
        try:
            yield read_status_list(token)
        except FormatError:
            continue  # evidence that cannot be read says nothing


def _is_trusted(found: StatusList, context: SignatureContext) -> bool:
    signature = ParsedSignature(
        index=0,
        kind=SignatureKind.JWS,
        value=found.signature.value,
        signer_certificate=found.signature.certificates[0] if found.signature.certificates else None,
        other_certificates=found.signature.certificates[1:],
        signer_key_id=found.signature.key_id,
        signing_time=found.issued_at,
    )
    judged = replace(context, signature=signature)
    return all(check(judged).outcome is Outcome.PASSED for check in _CHECKS)
