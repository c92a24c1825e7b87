"""Read the claims of a validation token: exactly the members there are, each of its type.

Clause: RFC 9321, 3.2.2 to 3.2.7 and appendix D.2 (JSON Schema, without additional members).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from license_service.verification.crypto.jwt import read_instant
from license_service.verification.document import FormatError
from license_service.verification.report import Indication


@dataclass(frozen=True)
class IssuedClaims:
    """Hold who issued a token and when; `beside` names what its verdict was kept as."""

    id: str
    issuer: str
    issued_at: datetime
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadClaims:
    """Hold the claims of a token, of the shape that RFC 9321 gives them."""

    issued: IssuedClaims
    indication: Indication
    validation: Mapping[str, Any]


def read_claims(payload: Mapping[str, Any]) -> ReadClaims:
    """Read the claims.

    A member nobody knows might take back what the others say, and an `exp` or `aud` has the meaning that
    somebody's policy gives it: none is issued here, and none is believed.

    Raises:
        FormatError: `SVT_CLAIMS_MALFORMED`, or `JWT_TIME_MALFORMED`.
    """
    if not _TOKEN(payload):
        raise FormatError("SVT_CLAIMS_MALFORMED")
    issued_at = read_instant(payload, "iat")
    validation = payload["sig_val_claims"]
    indication = validation["ext"].get("indication")
    if issued_at is None or indication not in set(Indication):
        raise FormatError("SVT_CLAIMS_MALFORMED")
    return ReadClaims(
        IssuedClaims(payload["jti"], payload["iss"], issued_at), Indication(indication), validation
    )


_Shape = Callable[[Any], bool]


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


def _list(item: _Shape) -> _Shape:
    return lambda value: isinstance(value, list) and bool(value) and all(map(item, value))


def _object(optional: tuple[str, ...] = (), **members: _Shape) -> _Shape:
    def fits(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        missing, unknown = members.keys() - value.keys(), value.keys() - members.keys()
        if unknown or missing - set(optional):
            return False
        return all(members[name](found) for name, found in value.items())

    return fits


_RESULT = _object(("msg",), pol=_text, res=lambda v: v in ("PASSED", "FAILED", "INDETERMINATE"), msg=_text)
_SIGNATURE = _object(
    sig_ref=_object(("id",), id=_text, sig_hash=_text, sb_hash=_text),
    sig_data_ref=_list(_object(ref=_text, hash=_text)),
    signer_cert_ref=_object(type=_text, ref=_list(_text)),
    sig_val=_list(_RESULT),
)
_VALIDATION = _object(ver=_text, profile=_text, hash_algo=_text, sig=_list(_SIGNATURE), ext=_texts)
_TOKEN = _object(jti=_text, iss=_text, iat=lambda _: True, sig_val_claims=_VALIDATION)
