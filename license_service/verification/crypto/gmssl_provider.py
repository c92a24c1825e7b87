"""SM2 on the `gmssl-pyx` wheel, for machines without a libcrypto of version 3."""

from __future__ import annotations

from typing import Any

from asn1crypto import keys as asn1_keys

from license_service.verification.crypto.libcrypto import DEFAULT_USER_ID


class GmsslProvider:
    """Verify with GmSSL; raises ImportError where the wheel is missing."""

    name = "gmssl"

    def __init__(self) -> None:
        from gmssl_pyx import sm2_verify  # noqa: PLC0415 - optional dependency, asked for only here

        self._verify: Any = sm2_verify

    def verify(self, spki: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_USER_ID) -> bool:
        """Verify a DER signature over `message`; any error of the library is a refusal."""
        try:
            point = asn1_keys.PublicKeyInfo.load(spki)["public_key"].native
            return bool(self._verify(point[1:], message, signature, user_id))
        except Exception:  # noqa: BLE001 - GmSSL raises several types on hostile input; all mean refused
            return False
