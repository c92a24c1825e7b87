"""SM3 with Z, the digest that SM2 signs: some vendors write it where the plain digest belongs.

Clause: GB/T 32918.2-2016, 5.5 (Z) and 6.1 (e); GM/T 0009-2012, 10 (the default user id).
"""

from __future__ import annotations

from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.libcrypto import DEFAULT_USER_ID

_A = "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
_B = "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
_GX = "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
_GY = "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
_CURVE = bytes.fromhex(_A + _B + _GX + _GY)
_SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_POINT_BYTES = 64


def sm3_with_z(spki: bytes, message: bytes) -> bytes | None:
    """Return SM3(Z || message) for an SM2 key, None for a key that is none or not written plainly."""
    point = spki.removeprefix(_SPKI_PREFIX)
    if len(point) != _POINT_BYTES:
        return None
    bits = (8 * len(DEFAULT_USER_ID)).to_bytes(2)
    z = digest("SM3", bits + DEFAULT_USER_ID + _CURVE + point)
    return digest("SM3", z + message) if z else None
