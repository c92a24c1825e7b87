"""Whether a timestamp proves the signature older than now."""

from __future__ import annotations

from license_service.verification.checks.context import SignatureContext, undetermined
from license_service.verification.report import Check, CheckName


def check_timestamp(context: SignatureContext) -> Check | None:
    """Say that a timestamp is present and not relied on.

    No verdict rests on one yet: time is always the validation time, which is the stricter choice.
    Clause: GB/T 38540-2020, 7.3 g); RFC 3161.
    """
    if not context.signature.timestamps:
        return None
    return undetermined(CheckName.TIMESTAMP, "TIMESTAMP_UNVERIFIED", count=len(context.signature.timestamps))
