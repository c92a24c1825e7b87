"""Read the claims of a JWT that are about the token and not about the license.

Clause: RFC 7519, 4.1; draft-ietf-oauth-status-list-17, 6.2 (`status`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from license_service.verification.document import FormatError, StatusReference

_LATEST_SECONDS = 253_402_300_799  # 9999-12-31, the last instant datetime can hold
_REGISTERED = frozenset({"iat", "nbf", "exp", "aud", "jti", "cnf", "status", "vct", "vct#integrity"})


@dataclass(frozen=True)
class TokenClaims:
    """Hold when a token was made, from when to when it may be used, and where its status is kept."""

    issued_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    status: StatusReference | None


def read_claims(payload: Mapping[str, Any]) -> TokenClaims:
    """Read `iat`, `nbf`, `exp` and `status`; each is None where absent.

    Raises:
        FormatError: `JWT_TIME_MALFORMED` or `JWT_STATUS_MALFORMED`.
    """
    return TokenClaims(
        issued_at=read_instant(payload, "iat"),
        valid_from=read_instant(payload, "nbf"),
        valid_until=read_instant(payload, "exp"),
        status=_status(payload),
    )


def read_instant(payload: Mapping[str, Any], name: str) -> datetime | None:
    """Return a NumericDate, or None where absent.

    Raises:
        FormatError: `JWT_TIME_MALFORMED` if it is none or no calendar holds it.
    """
    if name not in payload:
        return None
    seconds = payload[name]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise FormatError("JWT_TIME_MALFORMED", name)
    if not 0 <= seconds <= _LATEST_SECONDS:
        raise FormatError("JWT_TIME_MALFORMED", name)
    return datetime.fromtimestamp(seconds, UTC)


def license_claims(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims that are about the license."""
    return {name: value for name, value in payload.items() if name not in _REGISTERED}


def _status(payload: Mapping[str, Any]) -> StatusReference | None:
    if "status" not in payload:
        return None
    match payload["status"]:
        case {"status_list": {"uri": str() as uri, "idx": int() as index}}:
            if index >= 0 and not isinstance(index, bool):
                return StatusReference(uri, index)
    # A status that is kept in a way nobody here knows is not known.
    raise FormatError("JWT_STATUS_MALFORMED")
