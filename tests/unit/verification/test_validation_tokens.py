"""A validation token holds for one document and one key; whatever is changed, it says why it does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from license_service.adapters.token_key_files import FileTokenKey, load_token_key
from license_service.services.verifying.validation_tokens import sign_token, token_about
from license_service.verification.canonical import canonical_json
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.jose import decode_base64url, encode_base64url
from license_service.verification.crypto.jwk import PublicJwk, parse_public_jwk
from license_service.verification.document import FormatError
from license_service.verification.report import Indication, VerificationReport
from license_service.verification.validation_token import HASHES, data_digests, open_token

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
_ALGORITHMS = ("ES256", "EdDSA", "SGD_SM3_SM2")
_FILES = ("business-license.ofd", "health-certificate.pdf", "legal-person-id.jws")


def _private(algorithm: str) -> bytes:
    if algorithm == "SGD_SM3_SM2":
        return libcrypto.generate_sm2_key()
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate().private_bytes(*_PEM)
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*_PEM)


@pytest.fixture
def key_of(tmp_path: Path) -> Callable[[str], FileTokenKey]:
    def make(algorithm: str) -> FileTokenKey:
        path = tmp_path / f"{algorithm}-{len(list(tmp_path.iterdir()))}"
        path.touch(mode=0o600)
        path.write_bytes(_private(algorithm))
        return load_token_key(path)

    return make


def _token(report: VerificationReport, document: bytes, key: FileTokenKey) -> str:
    data = data_digests(document, None, HASHES[key.algorithm].name)
    token = token_about(report, data, key, "https://issuer.example", _NOW)
    assert token is not None
    return token


def _public(key: FileTokenKey) -> PublicJwk:
    return parse_public_jwk(key.public_jwk())


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
@pytest.mark.parametrize("name", _FILES)
def test_it_tells_the_verdict_on_its_document(
    name: str, algorithm: str, samples_dir: Path, judge: Any, key_of: Any
) -> None:
    document, key = (samples_dir / "genuine" / name).read_bytes(), key_of(algorithm)
    report = judge(document)
    found = open_token(_token(report, document, key).encode(), _public(key))
    found.require_about(document)
    assert found.indication is Indication.TOTAL_PASSED
    assert found.issued_at == _NOW
    assert found.extension["evidence"] == report.evidence_digest


def test_a_bad_verdict_is_told_too(samples_dir: Path, judge: Any, key_of: Any) -> None:
    document, key = (samples_dir / "self-made-ca" / _FILES[0]).read_bytes(), key_of("ES256")
    found = open_token(_token(judge(document), document, key).encode(), _public(key))
    found.require_about(document)
    assert found.indication is Indication.INDETERMINATE


@pytest.fixture
def issued(samples_dir: Path, judge: Any, key_of: Any) -> tuple[bytes, dict[str, Any], FileTokenKey]:
    document, key = (samples_dir / "genuine" / _FILES[0]).read_bytes(), key_of("ES256")
    payload = _token(judge(document), document, key).split(".")[1]
    return document, json.loads(decode_base64url(payload.encode())), key


def _signed(payload: Mapping[str, Any], key: FileTokenKey, **header: object) -> bytes:
    if not header:
        return sign_token(payload, key).encode()
    protected = {"alg": key.algorithm, "typ": "JWT", **header}
    signed = b".".join(encode_base64url(canonical_json(part)) for part in (protected, payload))
    return signed + b"." + encode_base64url(key.sign(signed))


def _refusal(act: Callable[[], object]) -> str:
    with pytest.raises(FormatError) as refused:
        act()
    return refused.value.code


def test_another_document_or_signature_is_refused(
    issued: tuple[bytes, dict[str, Any], FileTokenKey], samples_dir: Path
) -> None:
    document, payload, key = issued
    token = open_token(_signed(payload, key), _public(key))
    token.require_about(document)
    other = (samples_dir / "genuine" / _FILES[1]).read_bytes()
    assert _refusal(lambda: token.require_about(other)) == "SVT_DOCUMENT_MISMATCH"
    assert _refusal(lambda: token.require_about(document + b"\n")) == "SVT_DOCUMENT_MISMATCH"
    assert _refusal(lambda: replace(token, signatures=token.signatures * 2).require_about(document)) == (
        "SVT_SIGNATURE_COUNT"
    )


@pytest.mark.parametrize(
    ("part", "member", "code"),
    [
        ("sig_ref", "sig_hash", "SVT_SIGNATURE_MISMATCH"),
        ("sig_ref", "sb_hash", "SVT_SIGNED_BYTES_MISMATCH"),
        ("signer_cert_ref", "ref", "SVT_CERTIFICATE_MISMATCH"),
        ("signer_cert_ref", "type", "SVT_CERTIFICATE_MISMATCH"),
    ],
)
def test_each_binding_is_recomputed(
    part: str, member: str, code: str, issued: tuple[bytes, dict[str, Any], FileTokenKey]
) -> None:
    document, payload, key = issued
    row = payload["sig_val_claims"]["sig"][0][part]
    row[member] = ["AAAA"] if member == "ref" else "AAAA"
    token = open_token(_signed(payload, key), _public(key))
    assert _refusal(lambda: token.require_about(document)) == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"crit": ["exp"]}, "JWS_CRITICAL_UNKNOWN"),
        ({"typ": "jose"}, "SVT_TYPE_REFUSED"),
        ({"cty": "JWT"}, "SVT_TYPE_REFUSED"),
        ({"alg": "none"}, "JWS_ALGORITHM_REFUSED"),
        ({"alg": "EdDSA"}, "SVT_ALGORITHM_REFUSED"),
        ({"alg": "SGD_SM3_SM2"}, "SVT_ALGORITHM_REFUSED"),
    ],
)
def test_a_header_cannot_say_otherwise(
    header: dict[str, Any], code: str, issued: tuple[bytes, dict[str, Any], FileTokenKey]
) -> None:
    _, payload, key = issued
    assert open_token(_signed(payload, key, kid="any"), _public(key)).issuer == payload["iss"]
    assert _refusal(lambda: open_token(_signed(payload, key, **header), _public(key))) == code


def test_another_key_and_altered_claims_are_refused(
    issued: tuple[bytes, dict[str, Any], FileTokenKey], key_of: Any
) -> None:
    _, payload, key = issued
    signed = _signed(payload, key)
    assert _refusal(lambda: open_token(signed, _public(key_of("ES256")))) == "SVT_SIGNATURE_INVALID"
    assert _refusal(lambda: open_token(signed, _public(key_of("EdDSA")))) == "SVT_ALGORITHM_REFUSED"
    payload["sig_val_claims"]["ext"]["indication"] = "INDETERMINATE"
    header, _, value = signed.split(b".")
    altered = b".".join((header, encode_base64url(canonical_json(payload)), value))
    assert _refusal(lambda: open_token(altered, _public(key))) == "SVT_SIGNATURE_INVALID"


def _more(place: Callable[[dict[str, Any]], dict[str, Any]], **members: object) -> Any:
    return lambda payload: place(payload).update(members)


def _claims(payload: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = payload["sig_val_claims"]
    return found


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_more(lambda p: p, exp=1), "SVT_CLAIMS_MALFORMED"),
        (_more(lambda p: p, iat="now"), "JWT_TIME_MALFORMED"),
        (_more(_claims, ver="2.0"), "SVT_PROFILE_UNKNOWN"),
        (_more(_claims, profile="XML"), "SVT_PROFILE_UNKNOWN"),
        (_more(_claims, hash_algo=HASHES["EdDSA"].uri), "SVT_HASH_MISMATCH"),
        (_more(_claims, sig=[]), "SVT_CLAIMS_MALFORMED"),
        (_more(_claims, sig={}), "SVT_CLAIMS_MALFORMED"),
        (_more(_claims, withdrawn="yes"), "SVT_CLAIMS_MALFORMED"),
        (_more(lambda p: _claims(p)["ext"], indication="PERHAPS"), "SVT_CLAIMS_MALFORMED"),
        (_more(lambda p: _claims(p)["sig"][0]["sig_val"][0], res="MAYBE"), "SVT_CLAIMS_MALFORMED"),
        (lambda p: p.pop("jti"), "SVT_CLAIMS_MALFORMED"),
    ],
)
def test_claims_of_another_shape_are_refused(
    change: Callable[[dict[str, Any]], object],
    code: str,
    issued: tuple[bytes, dict[str, Any], FileTokenKey],
) -> None:
    _, payload, key = issued
    change(payload)
    assert _refusal(lambda: open_token(_signed(payload, key), _public(key))) == code


def test_a_verdict_on_nobodys_signature_gets_none(judge: Any, key_of: Any) -> None:
    key = key_of("ES256")
    assert token_about(judge(b"%PDF-1.7"), {}, key, "https://issuer.example", _NOW) is None
