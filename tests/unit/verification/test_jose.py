"""JOSE names are bound to keys: to one type, to one curve, to what the key itself says it is for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from license_service.demo.containers import sign_jws
from license_service.demo.issuer import samples
from license_service.demo.jose import public_jwk
from license_service.demo.keys import PrivateKey
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.certificates import read_public_key
from license_service.verification.crypto.jose import ALGORITHMS, decode_base64url, encode_base64url
from license_service.verification.crypto.jwk import parse_public_jwk
from license_service.verification.crypto.jws import parse_jws_signatures
from license_service.verification.document import FormatError
from license_service.verification.report import VerificationReport

Judge = Callable[..., VerificationReport]


def test_sm2_under_the_name_of_gmt_0125(pki: DemoPki, judge: Judge, now: datetime) -> None:
    name = "business-signer"
    details = next(sample.details for sample in samples(now) if sample.signer == name)
    data = sign_jws(details.fields(), pki[name], pki.chain(name), now)
    report = judge(data)
    assert (report.indication, report.signatures[0].algorithm) == ("TOTAL_PASSED", "SM2-SM3")
    assert json.loads(decode_base64url(data.split(b".")[0]))["alg"] == "SGD_SM3_SM2"
    altered = judge(data[:-8] + b"AAAAAAAA")
    assert (altered.indication, altered.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


@pytest.mark.parametrize(
    ("name", "curve", "digest", "width"),
    [
        ("ES256", ec.SECP256R1(), hashes.SHA256(), 32),
        ("ES384", ec.SECP384R1(), hashes.SHA384(), 48),
        ("ES512", ec.SECP521R1(), hashes.SHA512(), 66),
        ("ES256", ec.SECP256K1(), hashes.SHA256(), 32),
        ("ES256", ec.SECP384R1(), hashes.SHA256(), 48),
        ("ES384", ec.SECP521R1(), hashes.SHA384(), 66),
    ],
    ids=["P-256", "P-384", "P-521", "secp256k1", "ES256-P-384", "ES384-P-521"],
)
def test_a_name_is_bound_to_one_curve(
    name: str, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm, width: int
) -> None:
    key = ec.generate_private_key(curve)
    signed = encode_base64url(json.dumps({"alg": name}).encode()) + b"." + encode_base64url(b"{}")
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    data = signed + b"." + encode_base64url(r.to_bytes(width) + s.to_bytes(width))
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    expected = (name, curve.name) in {("ES256", "secp256r1"), ("ES384", "secp384r1"), ("ES512", "secp521r1")}
    assert _verifies(data, spki) is expected


def _verifies(data: bytes, spki: bytes) -> bool:
    try:
        (signature,) = parse_jws_signatures(data)
    except FormatError:
        return False
    return verify_signature(signature.value, spki) is SignatureOutcome.VALID


def _key(jwk: Mapping[str, Any]) -> str:
    """Return the type of a key, or the code that refuses it."""
    try:
        key = parse_public_jwk(jwk)
    except FormatError as error:
        return error.code
    assert read_public_key(key.spki)[0] == key.key_type
    return key.key_type


@pytest.fixture
def keys(pki: DemoPki) -> dict[str, PrivateKey]:
    signers = {"ec": "identity-signer", "sm2": "business-signer", "rsa": "health-signer"}
    return {family: pki[name].key for family, name in signers.items()}


@pytest.mark.parametrize(("family", "key_type"), [("ec", "EC-P256"), ("sm2", "SM2"), ("rsa", "RSA")])
def test_a_public_key_round_trips(family: str, key_type: str, keys: Mapping[str, PrivateKey]) -> None:
    key = parse_public_jwk(public_jwk(keys[family]))
    assert (key.spki, key.key_type) == (keys[family].spki(), key_type)
    assert key.algorithms == {known.name for known in ALGORITHMS.values() if known.key_type == key_type}


def test_an_ed25519_key_is_read() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    x = encode_base64url(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    assert _key({"kty": "OKP", "crv": "Ed25519", "x": x}) == "ED25519"
    assert _key({"kty": "OKP", "crv": "Ed25519", "x": x[:-3]}) == "JWK_MALFORMED"
    assert _key({"kty": "OKP", "crv": "Ed448", "x": x}) == "JWK_MALFORMED"


_EC_CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "benign": ({}, "EC-P256"),
    "what-it-is-for": ({"use": "sig", "key_ops": ["verify"], "alg": "ES256", "kid": "a"}, "EC-P256"),
    "private": ({"d": "AA"}, "JWK_PRIVATE"),
    "symmetric": ({"kty": "oct", "k": "AA"}, "JWK_PRIVATE"),
    "use-encryption": ({"use": "enc"}, "JWK_USE_REFUSED"),
    "use-null": ({"use": None}, "JWK_USE_REFUSED"),
    "ops-encryption": ({"key_ops": ["encrypt"]}, "JWK_USE_REFUSED"),
    "ops-text": ({"key_ops": "verify"}, "JWK_USE_REFUSED"),
    "alg-other-curve": ({"alg": "ES384"}, "JWK_ALGORITHM_MISMATCH"),
    "alg-rsa": ({"alg": "RS256"}, "JWK_ALGORITHM_MISMATCH"),
    "alg-none": ({"alg": "none"}, "JWK_ALGORITHM_MISMATCH"),
    "alg-null": ({"alg": None}, "JWK_ALGORITHM_MISMATCH"),
    "other-curve": ({"crv": "P-384"}, "JWK_MALFORMED"),
    "sm2-curve": ({"crv": "SM2-P-256"}, "JWK_MALFORMED"),
    "unknown-curve": ({"crv": "secp256k1"}, "JWK_MALFORMED"),
    "curve-list": ({"crv": ["P-256"]}, "JWK_MALFORMED"),
    "other-type": ({"kty": "RSA"}, "JWK_MALFORMED"),
    "off-the-curve": ({"x": "A" * 43}, "JWK_MALFORMED"),
    "short": ({"x": "AA"}, "JWK_MALFORMED"),
    "number": ({"x": 1}, "JWK_MALFORMED"),
    "not-ascii": ({"x": "证"}, "JWK_MALFORMED"),
    "padding": ({"x": "A" * 43 + "="}, "BASE64URL_MALFORMED"),
}


@pytest.mark.parametrize(("changes", "expected"), _EC_CHANGES.values(), ids=_EC_CHANGES.keys())
def test_an_elliptic_key(changes: dict[str, Any], expected: str, keys: Mapping[str, PrivateKey]) -> None:
    assert _key({**public_jwk(keys["ec"]), **changes}) == expected


@pytest.mark.parametrize("name", ["kty", "crv", "x", "y"])
def test_a_key_without_a_member_is_refused(name: str, keys: Mapping[str, PrivateKey]) -> None:
    jwk = public_jwk(keys["ec"])
    del jwk[name]
    assert _key(jwk) == "JWK_MALFORMED"


def test_an_rsa_key_that_is_weak_is_refused(keys: Mapping[str, PrivateKey]) -> None:
    jwk = public_jwk(keys["rsa"])
    assert _key({**jwk, "n": jwk["n"][:340]}) == "JWK_WEAK"
    assert _key({**jwk, "e": "AQ"}) == "JWK_MALFORMED"
    assert _key({**jwk, "e": "AAEAAQ"}) == "JWK_MALFORMED"
    # 65537^a modulo every small prime is what the faulty generator made (CVE-2017-15361).
    assert _key({**jwk, "n": encode_base64url(pow(65537, 129).to_bytes(259)).decode()}) == "JWK_WEAK"
