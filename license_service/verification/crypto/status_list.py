"""Read a status list token: many licenses, a few bits each, signed as one.

Clause: draft-ietf-oauth-status-list-17, 4.1 (bits), 4.2 (JSON), 5.1 (JWT), 8.3 (validation).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from license_service.verification.crypto.jose import decode_base64url
from license_service.verification.crypto.jws import JwsSignature, parse_compact
from license_service.verification.crypto.jwt import read_instant
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_STATUS_LIST_BYTES
from license_service.verification.strict_json import parse_object

_BITS = (1, 2, 4, 8)
_BYTE = 8
_LONGEST_LIFE = 10 * 366 * 24 * 3600
_CACHED_TOKENS = 256
_CACHED_LISTS = 8
"""Lists kept inflated; each may take `MAX_STATUS_LIST_BYTES`."""


@dataclass(frozen=True)
class StatusList:
    """Hold a list, still deflated, with its name, its life and its own signature, not yet verified."""

    signature: JwsSignature
    uri: str
    issued_at: datetime
    valid_until: datetime | None
    time_to_live: timedelta | None
    bits: int
    deflated: bytes

    def value(self, index: int) -> int | None:
        """Return the status at `index`, lowest bits of a byte first; None beyond the end.

        Raises:
            FormatError: as `inflate`.
        """
        data = inflate(self.deflated)
        position, offset = divmod(index * self.bits, _BYTE)
        return data[position] >> offset & (1 << self.bits) - 1 if position < len(data) else None

    def speaks_at(self, moment: datetime, longest: timedelta) -> bool:
        """Tell whether the list may be relied on at `moment`; without a life of its own for `longest`."""
        ends = [self.valid_until] if self.valid_until else []
        if self.time_to_live or not ends:
            ends.append(self.issued_at + (self.time_to_live or longest))
        return self.issued_at <= moment < min(ends)


@lru_cache(maxsize=_CACHED_TOKENS)
def read_status_list(token: bytes) -> StatusList:
    """Parse a token in compact form.

    Raises:
        FormatError: `STATUS_LIST_MALFORMED`, or as a JWS.
    """
    signature = parse_compact(token.strip(b"\r\n"))
    signature.require_type("statuslist+jwt")
    payload = parse_object(signature.payload)
    issued_at = read_instant(payload, "iat")
    match payload:
        case {"sub": str() as uri, "status_list": {"bits": int() as bits, "lst": str() as text}} if issued_at:
            if bits not in _BITS or isinstance(bits, bool):
                raise FormatError("STATUS_LIST_MALFORMED", "bits")
            return StatusList(
                signature=signature,
                uri=uri,
                issued_at=issued_at,
                valid_until=read_instant(payload, "exp"),
                time_to_live=_time_to_live(payload),
                bits=bits,
                deflated=decode_base64url(text.encode()),
            )
    raise FormatError("STATUS_LIST_MALFORMED")


@lru_cache(maxsize=_CACHED_LISTS)
def inflate(data: bytes) -> bytes:
    """Inflate a zlib stream that ends where the bytes do.

    Raises:
        FormatError: `STATUS_LIST_MALFORMED`, or `STATUS_LIST_TOO_LARGE` beyond the budget.
    """
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, MAX_STATUS_LIST_BYTES + 1)
    except zlib.error as error:
        raise FormatError("STATUS_LIST_MALFORMED", "zlib") from error
    if len(inflated) > MAX_STATUS_LIST_BYTES:
        raise FormatError("STATUS_LIST_TOO_LARGE")
    if not stream.eof or stream.unused_data:
        raise FormatError("STATUS_LIST_MALFORMED", "zlib")
    return inflated


def _time_to_live(payload: Mapping[str, Any]) -> timedelta | None:
    if "ttl" not in payload:
        return None
    seconds = payload["ttl"]
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= _LONGEST_LIFE:
        raise FormatError("STATUS_LIST_MALFORMED", "ttl")
    return timedelta(seconds=seconds)
