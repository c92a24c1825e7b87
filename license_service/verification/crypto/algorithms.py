"""Verify one signature value: the algorithm is bound to the key, never to what a header says."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from license_service.verification.crypto import sm2
from license_service.verification.crypto.ecdsa_encoding import is_strict_der, raw_to_der
from license_service.verification.document import SignedValue

_SM2_WIDTH = 32
_SM2_POINT = 65
_SM2_KEY_PREFIXES = frozenset(
    {
        # SubjectPublicKeyInfo up to and with the octet that says "uncompressed"
        bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004"),
        # Some CAs name the curve as the algorithm too.
        bytes.fromhex("305a301406082a811ccf5501822d06082a811ccf5501822d03420004"),
    }
)
_CACHED_KEYS = 512
_KNOWN_SIGNATURES = 512
_LARGEST_KNOWN = 64 * 1024
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA1": hashes.SHA1(),  # noqa: S303 - verified so that the report can say it holds; policy refuses it
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_NIST_CURVES = ("secp256r1", "secp384r1", "secp521r1")


class SignatureOutcome(StrEnum):
    """What verifying a signature value can say."""

    VALID = "valid"
    INVALID = "invalid"
    MALFORMED = "malformed"
    KEY_MISMATCH = "key_mismatch"
    UNSUPPORTED_ALGORITHM = "unsupported_algorithm"


def verify_signature(value: SignedValue, spki: bytes) -> SignatureOutcome:
    """Verify `value` under a SubjectPublicKeyInfo; raises nothing, whatever the bytes."""
    family, _, digest = value.algorithm.rpartition("-")
    verifier = _VERIFIERS.get(family or digest)
    return SignatureOutcome.UNSUPPORTED_ALGORITHM if verifier is None else verifier(value, spki, digest)


_known_outcome = lru_cache(maxsize=_KNOWN_SIGNATURES)(verify_signature)


def verify_signature_once(value: SignedValue, spki: bytes) -> SignatureOutcome:
    """Verify what comes again and again, such as a seal's own signature, once for each distinct question."""
    small = len(value.data) + len(value.signature) <= _LARGEST_KNOWN
    return _known_outcome(value, spki) if small else verify_signature(value, spki)


def _verify_sm2(value: SignedValue, spki: bytes, digest: str) -> SignatureOutcome:
    if digest != "SM3":
        return SignatureOutcome.UNSUPPORTED_ALGORITHM
    # Clause: GM/T 0009-2012, 7.1: points are uncompressed. Libraries differ in what else they read.
    if spki[: 1 - _SM2_POINT] not in _SM2_KEY_PREFIXES:
        return SignatureOutcome.KEY_MISMATCH
    der = _der(value, _SM2_WIDTH)
    if der is None:
        return SignatureOutcome.MALFORMED
    return _outcome(holds=sm2.provider().verify(spki, value.data, der))


def _verify_ecdsa(value: SignedValue, spki: bytes, digest: str) -> SignatureOutcome:
    key, hash_ = _public_key(spki), _HASHES.get(digest)
    if hash_ is None:
        return SignatureOutcome.UNSUPPORTED_ALGORITHM
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _NIST_CURVES:
        return SignatureOutcome.KEY_MISMATCH
    der = _der(value, (key.key_size + 7) // 8)
    if der is None:
        return SignatureOutcome.MALFORMED
    return _attempt(lambda: key.verify(der, value.data, ec.ECDSA(hash_)))


def _verify_rsa(value: SignedValue, spki: bytes, digest: str) -> SignatureOutcome:
    return _rsa(value, spki, digest, lambda _: padding.PKCS1v15())


def _verify_rsa_pss(value: SignedValue, spki: bytes, digest: str) -> SignatureOutcome:
    # Salt as long as the digest: what RFC 7518 prescribes and RFC 4055 recommends.
    return _rsa(value, spki, digest, lambda hash_: padding.PSS(padding.MGF1(hash_), hash_.digest_size))


def _verify_ed25519(value: SignedValue, spki: bytes, _digest: str) -> SignatureOutcome:
    key = _public_key(spki)
    if not isinstance(key, ed25519.Ed25519PublicKey):
        return SignatureOutcome.KEY_MISMATCH
    return _attempt(lambda: key.verify(value.signature, value.data))


def _rsa(
    value: SignedValue,
    spki: bytes,
    digest: str,
    pad: Callable[[hashes.HashAlgorithm], padding.AsymmetricPadding],
) -> SignatureOutcome:
    key, hash_ = _public_key(spki), _HASHES.get(digest)
    if hash_ is None:
        return SignatureOutcome.UNSUPPORTED_ALGORITHM
    if not isinstance(key, rsa.RSAPublicKey):
        return SignatureOutcome.KEY_MISMATCH
    return _attempt(lambda: key.verify(value.signature, value.data, pad(hash_), hash_))


_VERIFIERS: dict[str, Callable[[SignedValue, bytes, str], SignatureOutcome]] = {
    "SM2": _verify_sm2,
    "ECDSA": _verify_ecdsa,
    "RSA": _verify_rsa,
    "RSA-PSS": _verify_rsa_pss,
    "ED25519": _verify_ed25519,
}


@lru_cache(maxsize=_CACHED_KEYS)
def _public_key(spki: bytes) -> object:
    try:
        return load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _der(value: SignedValue, width: int) -> bytes | None:
    if value.encoding == "raw":
        return raw_to_der(value.signature, width)
    return value.signature if is_strict_der(value.signature) else None


def _attempt(verify: Callable[[], None]) -> SignatureOutcome:
    try:
        verify()
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return SignatureOutcome.INVALID
    return SignatureOutcome.VALID


def _outcome(*, holds: bool) -> SignatureOutcome:
    return SignatureOutcome.VALID if holds else SignatureOutcome.INVALID
