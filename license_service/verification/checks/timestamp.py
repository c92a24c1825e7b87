"""Whether the timestamps hold, and whether the times that are stated agree with one another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from license_service.clock import format_instant
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.checks.proof import JudgedTimestamp, are_out_of_order
from license_service.verification.report import Check, CheckName, Outcome

_NAME = CheckName.TIMESTAMP


def check_timestamp(context: SignatureContext) -> Check | None:
    """Judge every timestamp: a broken one fails, one of an unknown authority is not relied on.

    Clause: GB/T 38540-2020, 7.3 g); RFC 3161; ETSI EN 319 102-1, 5.5.4 (order of times).
    """
    judged = context.timestamps
    if not judged:
        return None
    proven = format_instant(context.proven_at) if context.proven_at else None
    detail: dict[str, object] = {"proven_at": proven, "timestamps": [_describe(item) for item in judged]}
    code = _first(judged, Outcome.FAILED) or _disorder(context)
    if code:
        return failed(_NAME, code, **detail)
    code = _first(judged, Outcome.UNDETERMINED)
    return undetermined(_NAME, code, **detail) if code else passed(_NAME, **detail)


def _disorder(context: SignatureContext) -> str | None:
    claimed, tolerance = context.signature.signing_time, context.policy.signing_time_tolerance
    proven = context.proven_at
    if claimed is not None and proven is not None and claimed > proven + tolerance:
        return "SIGNING_TIME_AFTER_TIMESTAMP"
    return "TIMESTAMPS_OUT_OF_ORDER" if are_out_of_order(context.timestamps, tolerance) else None


def _first(judged: tuple[JudgedTimestamp, ...], outcome: Outcome) -> str | None:
    return next((item.code for item in judged if item.outcome is outcome), None)


def _describe(item: JudgedTimestamp) -> dict[str, Any]:
    stated = {"subject": item.timestamp.subject, "outcome": item.outcome, "code": item.code}
    token = item.token
    if token is None:
        return stated
    return stated | {
        "gen_time": format_instant(token.gen_time),
        "accuracy_microseconds": token.accuracy // timedelta(microseconds=1),
        "authority": token.authority.subject if token.authority else None,
        "digest_algorithm": token.imprint.algorithm,
        "policy": token.policy,
        "serial": f"{token.serial:x}",
    }
