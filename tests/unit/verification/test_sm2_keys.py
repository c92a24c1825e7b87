"""The one form of an SM2 key is read the same on every machine; every other form is refused."""

from __future__ import annotations

import pytest

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.ecdsa_encoding import encode_der
from license_service.verification.document import SignedValue

# GB/T 32918.5-2017, Annex A.
_X = bytes.fromhex("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020")
_Y = bytes.fromhex("ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
_VALUE = SignedValue(
    b"message digest",
    encode_der(
        0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
        0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
    ),
    "SM2-SM3",
)
_BY_CURVE = "3059301306072a8648ce3d020106082a811ccf5501822d034200"
_NAMED_TWICE = "305a301406082a811ccf5501822d06082a811ccf5501822d034200"


@pytest.mark.parametrize("prefix", [_BY_CURVE, _NAMED_TWICE])
def test_an_uncompressed_point_is_read(prefix: str) -> None:
    assert verify_signature(_VALUE, bytes.fromhex(prefix) + b"\x04" + _X + _Y) is SignatureOutcome.VALID


@pytest.mark.parametrize(
    "spki",
    [
        bytes.fromhex("3039301306072a8648ce3d020106082a811ccf5501822d032200") + b"\x03" + _X,
        bytes.fromhex(_BY_CURVE) + b"\x07" + _X + _Y,
        bytes.fromhex(_BY_CURVE) + b"\x04" + _X + _Y + b"\x00",
        bytes.fromhex(_BY_CURVE.replace("034200", "034201")) + b"\x04" + _X + _Y,
    ],
    ids=["compressed", "hybrid", "a-byte-behind", "unused-bits"],
)
def test_another_form_of_the_same_point_is_not(spki: bytes) -> None:
    assert verify_signature(_VALUE, spki) is SignatureOutcome.KEY_MISMATCH
