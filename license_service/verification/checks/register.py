"""What a register in the evidence says of a license, where the policy wants one to be asked or one was.

A perfect signature does not say that the license is still in force, nor that it is the version that is.
Clause: GB/T 36906-2018 (status and verification of license data).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from license_service.clock import format_instant
from license_service.verification.checks.context import SignatureContext
from license_service.verification.register import RegisterEntry, Silence, entries_about
from license_service.verification.report import LicenseMetadata
from license_service.verification.status import LicenseStatus, StatusStatement

_SOURCE = "register"


def state_by_register(context: SignatureContext) -> StatusStatement | None:
    """Return what the newest entry says; None where no register must answer and none did."""
    license_ = context.license
    if license_ is None:
        return None
    entries = list(_entries(context, license_))
    current = [entry for entry in entries if _speaks(entry, context)]
    if not current:
        return _silent(len(entries)) if entries or _required(context, license_) else None
    return _statement(max(current, key=_weight), license_)


def register_question(context: SignatureContext) -> str:
    """Return the identifier a register must be asked about; empty where none must, or one has answered."""
    license_ = context.license
    if license_ is None or not _required(context, license_):
        return ""
    speaking = (entry for entry in _entries(context, license_) if _speaks(entry, context))
    answered = any(entry.status is not LicenseStatus.UNKNOWN for entry in speaking)
    return "" if answered else license_.identifier


def _required(context: SignatureContext, license_: LicenseMetadata) -> bool:
    return context.policy.register.requires(license_.type_code, license_.issuer_code)


def _entries(context: SignatureContext, license_: LicenseMetadata) -> Iterator[RegisterEntry]:
    return entries_about(license_.identifier, context.evidence.register_entries)


def _speaks(entry: RegisterEntry, context: SignatureContext) -> bool:
    age = context.validation_time - entry.as_of
    return -context.policy.signing_time_tolerance <= age <= context.policy.register.max_age


def _weight(entry: RegisterEntry) -> tuple[bool, datetime, bool]:
    """Order entries: a register that was not reached gave no answer, and the worse of two at once counts."""
    return entry.reason != Silence.UNREACHABLE, entry.as_of, entry.status is not LicenseStatus.VALID


def _statement(entry: RegisterEntry, license_: LicenseMetadata) -> StatusStatement:
    changed = entry.status is LicenseStatus.VALID and entry.superseded
    differing = entry.differing(license_)
    detail = {
        "register": entry.source,
        "as_of": format_instant(entry.as_of),
        "reason": entry.reason,
        "current": entry.current if entry.superseded else "",
    }
    status = LicenseStatus.CHANGED if changed else entry.status
    return StatusStatement(_SOURCE, status, detail, tuple(differing))


def _silent(found: int) -> StatusStatement:
    reason = f"{found} answers about this license, none of them current"
    return StatusStatement(_SOURCE, LicenseStatus.UNKNOWN, {"reason": reason})
