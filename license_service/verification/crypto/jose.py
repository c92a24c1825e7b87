"""What JWS, JWK and JWT share: names of algorithms, base64url, key ids.

Clause: RFC 7515, 2 and 4.1; RFC 7518, 3; RFC 8037 and RFC 9864 (EdDSA); GM/T 0125.1-2022 (SM2).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from license_service.verification.document import FormatError


@dataclass(frozen=True)
class JoseAlgorithm:
    """Say what a JOSE name stands for, and the one type of key it may be used with.

    `signature_bytes` is the fixed length of the value, None where the key's size decides.
    """

    name: str
    encoding: str
    key_type: str
    signature_bytes: int | None


_RSA = ("der", "RSA", None)
ALGORITHMS: Mapping[str, JoseAlgorithm] = {
    "ES256": JoseAlgorithm("ECDSA-SHA256", "raw", "EC-P256", 64),
    "ES384": JoseAlgorithm("ECDSA-SHA384", "raw", "EC-P384", 96),
    "ES512": JoseAlgorithm("ECDSA-SHA512", "raw", "EC-P521", 132),
    "SGD_SM3_SM2": JoseAlgorithm("SM2-SM3", "raw", "SM2", 64),
    "EdDSA": JoseAlgorithm("ED25519", "der", "ED25519", 64),
    "Ed25519": JoseAlgorithm("ED25519", "der", "ED25519", 64),
    "RS256": JoseAlgorithm("RSA-SHA256", *_RSA),
    "RS384": JoseAlgorithm("RSA-SHA384", *_RSA),
    "RS512": JoseAlgorithm("RSA-SHA512", *_RSA),
    "PS256": JoseAlgorithm("RSA-PSS-SHA256", *_RSA),
    "PS384": JoseAlgorithm("RSA-PSS-SHA384", *_RSA),
    "PS512": JoseAlgorithm("RSA-PSS-SHA512", *_RSA),
}
"""Everything else is refused: `none` however written, HS* and whatever comes next."""

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def decode_base64url(text: bytes) -> bytes:
    """Decode base64url without padding; the one text for each value.

    Raises:
        FormatError: `BASE64URL_MALFORMED` for any other character, padding, or loose last bits.
    """
    try:
        decoded = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise FormatError("BASE64URL_MALFORMED") from error
    if encode_base64url(decoded) != text:  # the decoder skips what it does not know
        raise FormatError("BASE64URL_MALFORMED")
    return decoded


def encode_base64url(data: bytes) -> bytes:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def is_key_id(value: object) -> bool:
    """Tell whether a value may name a key: it is a dictionary key, never a path or a query."""
    return isinstance(value, str) and _KEY_ID.fullmatch(value) is not None
