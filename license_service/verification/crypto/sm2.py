"""Choose who verifies SM2, once, by a known answer.

A provider must verify the example of GB/T 32918.5-2017, Annex A, and must refuse it with a bit
flipped and under another user id. One that cannot is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol

from license_service.errors import ConfigurationError
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.ecdsa_encoding import encode_der
from license_service.verification.crypto.gmssl_provider import GmsslProvider
from license_service.verification.crypto.libcrypto import DEFAULT_USER_ID

_SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_MESSAGE = b"message digest"
_R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
_S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA


class Sm2Provider(Protocol):
    """Verify SM2 signatures with SM3 and Z."""

    name: str

    def verify(self, spki: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_USER_ID) -> bool:
        """Tell whether the DER `signature` over `message` holds."""
        ...


class LibcryptoProvider:
    """Verify with the system's libcrypto."""

    name = "libcrypto"

    def __init__(self) -> None:
        libcrypto.load()

    def verify(self, spki: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_USER_ID) -> bool:
        """Tell whether the signature holds; a key that cannot be read is a refusal."""
        try:
            return libcrypto.sm2_verify(spki, message, signature, user_id)
        except libcrypto.LibcryptoError:
            return False


_CANDIDATES: tuple[Callable[[], Sm2Provider], ...] = (LibcryptoProvider, GmsslProvider)


def select_provider(candidates: Iterable[Callable[[], Sm2Provider]] = _CANDIDATES) -> Sm2Provider:
    """Return the first candidate that gives the known answers.

    Raises:
        ConfigurationError: if none does.
    """
    for make in candidates:
        try:
            candidate = make()
        except (ImportError, libcrypto.LibcryptoError):
            continue
        if passes_known_answer(candidate):
            return candidate
    raise ConfigurationError("no SM2 provider: install OpenSSL 3 or the sm2-fallback extra")


@cache
def provider() -> Sm2Provider:
    """Return the provider of this process."""
    return select_provider()


def public_key_spki(x: int, y: int) -> bytes:
    """Return the SubjectPublicKeyInfo of a point of the curve y² = x³ - 3x + b.

    Clause: GB/T 32918.5-2017 (curve parameters).

    Raises:
        ValueError: if it is no point of the curve.
    """
    if not (0 <= x < _P and 0 <= y < _P) or (y * y - x * x * x + 3 * x - _B) % _P:
        raise ValueError("not a point of the SM2 curve")
    return _SPKI_PREFIX + b"\x04" + x.to_bytes(32) + y.to_bytes(32)


def passes_known_answer(candidate: Sm2Provider) -> bool:
    """Tell whether a provider verifies the standard's example and refuses its two near misses."""
    spki, signature = _SPKI_PREFIX + _POINT, encode_der(_R, _S)
    good = candidate.verify(spki, _MESSAGE, signature, DEFAULT_USER_ID)
    flipped = candidate.verify(spki, _MESSAGE, encode_der(_R, _S ^ 1), DEFAULT_USER_ID)
    other_id = candidate.verify(spki, _MESSAGE, signature, b"ALICE123@YAHOO.COM")
    return good and not flipped and not other_id
