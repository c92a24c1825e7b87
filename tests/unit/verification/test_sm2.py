"""SM2: both providers give the known answers, and every near miss is refused by both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.errors import ConfigurationError
from license_service.verification.crypto import libcrypto, sm2
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.ecdsa_encoding import encode_der, is_strict_der, raw_to_der
from license_service.verification.crypto.gmssl_provider import GmsslProvider
from license_service.verification.crypto.libcrypto import DEFAULT_USER_ID, LibcryptoError
from license_service.verification.crypto.sm2 import LibcryptoProvider, Sm2Provider
from license_service.verification.document import SignedValue

# GB/T 32918.5-2017, Annex A.
_MESSAGE = b"message digest"
_R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
_S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_SPKI = _PREFIX + _POINT
_P256_SPKI = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d030107034200"
    "0404aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad5"
    "87d9315798aaa3a5ba01775787ced05eaaf7b4e09fc81d6d1aa546e8365d525d"
)
_DER = encode_der(_R, _S)
_RAW = _R.to_bytes(32) + _S.to_bytes(32)

_NAMES = ("libcrypto", "gmssl")


@pytest.fixture(params=_NAMES)
def provider(request: pytest.FixtureRequest) -> Sm2Provider:
    if request.param == "gmssl":
        pytest.importorskip("gmssl_pyx")
        return GmsslProvider()
    return LibcryptoProvider()


def test_known_answer(provider: Sm2Provider) -> None:
    assert sm2.passes_known_answer(provider)
    assert provider.verify(_SPKI, _MESSAGE, _DER)
    assert provider.verify(_SPKI, _MESSAGE, _DER, DEFAULT_USER_ID)


def test_a_flipped_bit_of_the_signature_is_refused(provider: Sm2Provider) -> None:
    flipped = [_DER[:at] + bytes([_DER[at] ^ (1 << at % 8)]) + _DER[at + 1 :] for at in range(len(_DER))]
    assert [at for at, copy in enumerate(flipped) if provider.verify(_SPKI, _MESSAGE, copy)] == []


def test_a_flipped_bit_of_the_message_is_refused(provider: Sm2Provider) -> None:
    flipped = [_MESSAGE[:at] + bytes([_MESSAGE[at] ^ 1]) + _MESSAGE[at + 1 :] for at in range(len(_MESSAGE))]
    assert not any(provider.verify(_SPKI, copy, _DER) for copy in flipped)
    assert not provider.verify(_SPKI, b"", _DER)
    assert not provider.verify(_SPKI, _MESSAGE + b"\x00", _DER)


@pytest.mark.parametrize("user_id", [b"", b"ALICE123@YAHOO.COM", b"1234567812345679", b"12345678123456780"])
def test_another_user_id_is_refused(user_id: bytes, provider: Sm2Provider) -> None:
    assert not provider.verify(_SPKI, _MESSAGE, _DER, user_id)


@pytest.mark.parametrize("user_id", [b"ALICE123@YAHOO.COM", b"1", "示例".encode()])
def test_a_signature_under_an_id_holds_under_that_id_only(user_id: bytes, provider: Sm2Provider) -> None:
    key = libcrypto.generate_sm2_key()
    spki, signature = libcrypto.sm2_public_spki(key), libcrypto.sm2_sign(key, _MESSAGE, user_id)
    assert provider.verify(spki, _MESSAGE, signature, user_id)
    assert not provider.verify(spki, _MESSAGE, signature)


@pytest.mark.parametrize(
    ("r", "s"),
    [(_R, _S ^ 1), (_R ^ 1, _S), (_S, _R), (_R, _N - _S), (_N, _S), (_R, _N), (_R + _N, _S), (_R, _S + _N)],
)
def test_another_pair_is_refused(r: int, s: int, provider: Sm2Provider) -> None:
    assert not provider.verify(_SPKI, _MESSAGE, encode_der(r, s))


@pytest.mark.parametrize(
    "signature", [b"", b"\x30", _RAW, _DER[:-1], bytes(64), b"\x30\x06\x02\x01\x00\x02\x01\x00"]
)
def test_what_is_no_signature_is_refused(signature: bytes, provider: Sm2Provider) -> None:
    assert not provider.verify(_SPKI, _MESSAGE, signature)


@pytest.mark.parametrize(
    "spki",
    [
        b"",
        b"\x30\x00",
        _SPKI[:-1],
        _PREFIX,
        _PREFIX + b"\x04" + bytes(64),
        _SPKI[:-1] + bytes([_SPKI[-1] ^ 1]),
    ],
    ids=["empty", "sequence", "cut", "no-point", "zero-point", "not-on-curve"],
)
def test_what_is_no_key_is_refused(spki: bytes, provider: Sm2Provider) -> None:
    assert not provider.verify(spki, _MESSAGE, _DER)


@given(message=st.binary(max_size=300), user_id=st.sampled_from([DEFAULT_USER_ID, b"A" * 60, b"x"]))
@settings(max_examples=30, deadline=None)
def test_providers_agree(message: bytes, user_id: bytes) -> None:
    pytest.importorskip("gmssl_pyx")
    key = libcrypto.generate_sm2_key()
    spki, signature = libcrypto.sm2_public_spki(key), libcrypto.sm2_sign(key, message, user_id)
    for candidate in (LibcryptoProvider(), GmsslProvider()):
        assert candidate.verify(spki, message, signature, user_id)
        assert not candidate.verify(spki, message + b".", signature, user_id)
        assert not candidate.verify(_SPKI, message, signature, user_id)


class _Yes:
    name = "yes"

    def verify(self, spki: bytes, message: bytes, signature: bytes, user_id: bytes = b"") -> bool:  # noqa: ARG002
        return True


class _No:
    name = "no"

    def verify(self, spki: bytes, message: bytes, signature: bytes, user_id: bytes = b"") -> bool:  # noqa: ARG002
        return False


class _AnyId:
    name = "any id"

    def verify(self, spki: bytes, message: bytes, signature: bytes, user_id: bytes = b"") -> bool:  # noqa: ARG002
        return LibcryptoProvider().verify(spki, message, signature, DEFAULT_USER_ID)


def _missing() -> Sm2Provider:
    raise ImportError


def _too_old() -> Sm2Provider:
    raise LibcryptoError


@pytest.mark.parametrize("make", [_Yes, _No, _AnyId, _missing, _too_old])
def test_a_provider_without_the_known_answers_is_passed_over(make: Callable[[], Sm2Provider]) -> None:
    assert sm2.select_provider((make, LibcryptoProvider)).name == "libcrypto"
    with pytest.raises(ConfigurationError):
        sm2.select_provider((make,))


def test_the_provider_is_chosen_once() -> None:
    assert sm2.provider() is sm2.provider()
    assert sm2.provider().name in _NAMES


@pytest.mark.parametrize(
    ("signature", "encoding", "outcome"),
    [
        (_DER, "der", SignatureOutcome.VALID),
        (_RAW, "raw", SignatureOutcome.VALID),
        (_RAW, "der", SignatureOutcome.MALFORMED),
        (_DER, "raw", SignatureOutcome.MALFORMED),
        (_RAW + b"\x00", "raw", SignatureOutcome.MALFORMED),
        (_RAW[:-1], "raw", SignatureOutcome.MALFORMED),
        (b"", "raw", SignatureOutcome.MALFORMED),
        (_RAW[:-1] + bytes([_RAW[-1] ^ 1]), "raw", SignatureOutcome.INVALID),
        (_DER + b"\x00", "der", SignatureOutcome.MALFORMED),
        (b"\x30\x81" + _DER[1:], "der", SignatureOutcome.MALFORMED),
        (b"\x30\x80" + _DER[2:] + b"\x00\x00", "der", SignatureOutcome.MALFORMED),
        (bytes(64), "raw", SignatureOutcome.INVALID),
    ],
)
def test_encodings_are_strict(signature: bytes, encoding: str, outcome: SignatureOutcome) -> None:
    value = SignedValue(_MESSAGE, signature, "SM2-SM3", encoding)
    assert verify_signature(value, _SPKI) is outcome


@pytest.mark.parametrize(
    "algorithm", ["ECDSA-SHA256", "SM2-SHA256", "SM2", "RSA-SHA256", "ED25519", "", "none"]
)
def test_an_sm2_signature_holds_under_no_other_name(algorithm: str) -> None:
    assert verify_signature(SignedValue(_MESSAGE, _DER, algorithm), _SPKI) is not SignatureOutcome.VALID


def test_the_key_must_be_of_the_curve() -> None:
    value = SignedValue(_MESSAGE, _DER, "SM2-SM3")
    assert verify_signature(value, _P256_SPKI) is SignatureOutcome.KEY_MISMATCH
    assert verify_signature(value, b"") is SignatureOutcome.KEY_MISMATCH


@pytest.mark.parametrize(
    ("signature", "strict"),
    [
        (_DER, True),
        (encode_der(1, 1), True),
        (encode_der(0x80, 0x7F), True),
        (bytes.fromhex("3006020100020101"), False),  # zero
        (bytes.fromhex("30060201ff020101"), False),  # negative
        (bytes.fromhex("300702020001020101"), False),  # a zero too many
        (bytes.fromhex("30070202ff7f020101"), False),  # negative
        (bytes.fromhex("30060201010201"), False),  # cut
        (bytes.fromhex("300602010102010100"), False),  # a byte behind
        (bytes.fromhex("30090201010201010201" + "01"), False),  # three numbers
        (bytes.fromhex("3081060201010201" + "01"), False),  # long form where the short one does
        (bytes.fromhex("31060201010201" + "01"), False),  # a SET
        (bytes.fromhex("3006030101020101"), False),  # a BIT STRING
        (bytes.fromhex("30050201010201"), False),
        (b"", False),
        (b"\x30", False),
        (bytes(8), False),
        (b"\x30\x81\x00" + (b"\x02\xff" + b"\x01" * 255) * 2, False),  # numbers larger than any curve's
    ],
)
def test_der_is_strict(signature: bytes, strict: bool) -> None:
    assert is_strict_der(signature) is strict


@given(st.integers(1, 2**521), st.integers(1, 2**521))
def test_what_is_written_is_strict(r: int, s: int) -> None:
    assert is_strict_der(encode_der(r, s))


@given(st.binary(max_size=80))
def test_any_bytes_are_strict_or_not(data: bytes) -> None:
    assert is_strict_der(data) in {True, False}
    assert is_strict_der(data + b"\x00") is False or not is_strict_der(data)


@given(st.binary(min_size=64, max_size=64))
def test_raw_is_two_numbers_of_fixed_width(data: bytes) -> None:
    expected = encode_der(int.from_bytes(data[:32]), int.from_bytes(data[32:]))
    assert raw_to_der(data, 32) == expected
    assert raw_to_der(data, 31) is None
    assert raw_to_der(data + b"\x00", 32) is None


@pytest.mark.parametrize("private", [b"", b"\x30\x00", bytes(64)])
def test_what_is_no_private_key_signs_nothing(private: bytes) -> None:
    with pytest.raises(LibcryptoError):
        libcrypto.sm2_sign(private, _MESSAGE)
