"""Sign license fields as JWS. Clause: RFC 7515, 4.1.6 (x5c)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from license_service.demo.certificates import Identity
from license_service.demo.jose import chain_header, sign_compact


def sign_jws(fields: Mapping[str, str], signer: Identity, chain: tuple[bytes, ...], at: datetime) -> bytes:
    """Make a compact JWS with the chain in x5c."""
    return sign_compact(chain_header(chain), {**fields, "iat": int(at.timestamp())}, signer.key)
