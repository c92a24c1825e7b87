"""SD-JWTs of the reference implementation read as it reads them, and it reads ours as we do."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from asn1crypto import pem
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from license_service.demo.credentials import bind_key, issue_credential
from license_service.demo.jose import public_jwk
from license_service.demo.keys import KeyFamily, PrivateKey, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.jws import parse_compact
from license_service.verification.formats.sd_jwt import parse_sd_jwt
from license_service.verification.formats.sd_jwt.disclosures import disclose

_AUDIENCE, _NONCE = "urn:example:approval-system", "n-0S6_WzA2Mj"
_CLAIMS: dict[object, Any] = {
    # SDObj marks what is hidden: a claim, one inside an object, the object itself, elements of arrays
    "vct": "urn:example:type",
    SDObj("ZZBH"): "999900000000003",
    SDObj("address"): {SDObj("city"): "示例市", "street": "示例路 1 号"},
    "scope": ["food", SDObj("drink"), SDObj("tea")],
    "deep": [{SDObj("a"): 1}, [SDObj(2), 3]],
}


@pytest.fixture(scope="module")
def keys() -> tuple[PrivateKey, PrivateKey]:
    return generate_key(KeyFamily.EC), generate_key(KeyFamily.EC)


def _private(key: PrivateKey) -> JWK:
    return JWK.from_pem(pem.armor("PRIVATE KEY", key.der))


@pytest.fixture
def issued(keys: tuple[PrivateKey, PrivateKey]) -> str:
    holder = JWK(**public_jwk(keys[1]))
    header = {"typ": "dc+sd-jwt"}
    issuer = SDJWTIssuer(
        deepcopy(_CLAIMS), _private(keys[0]), holder, add_decoy_claims=True, extra_header_parameters=header
    )
    return str(issuer.sd_jwt_issuance)


_SHOWN: dict[str, Any] = {
    "nothing": {},
    "all": True,
    "one-claim": {"ZZBH": True},
    "inside": {"address": {"city": True}},
    "an-object-alone": {"address": True},
    "elements": {"scope": [None, True, False], "deep": [{"a": True}, [True, None]]},
}


@pytest.mark.parametrize("shown", _SHOWN.values(), ids=_SHOWN.keys())
def test_what_the_reference_presents(shown: Any, issued: str, keys: tuple[PrivateKey, PrivateKey]) -> None:
    holder = SDJWTHolder(issued)
    holder.create_presentation(shown, _NONCE, _AUDIENCE, _private(keys[1]))
    presented = str(holder.sd_jwt_presentation)
    issuer = JWK(**public_jwk(keys[0]))
    expected = SDJWTVerifier(presented, lambda *_: issuer, _AUDIENCE, _NONCE).get_verified_payload()

    token, *texts, binding = presented.encode().split(b"~")
    payload = json.loads(parse_compact(token).payload)
    payload.pop("_sd_alg")
    assert disclose(payload, texts, "SHA256") == expected
    (signature,) = parse_sd_jwt(presented.encode()).signatures
    assert verify_signature(signature.value, keys[0].spki()) is SignatureOutcome.VALID
    proof = signature.key_binding
    assert proof is not None
    assert proof.token is not None
    assert proof.holder_key is not None
    assert verify_signature(proof.token.value, proof.holder_key.spki) is SignatureOutcome.VALID
    assert (proof.token.audience, proof.token.nonce) == (_AUDIENCE, _NONCE)
    assert proof.token.presentation.actual == proof.token.presentation.expected
    assert parse_compact(binding).value == proof.token.value


def test_the_reference_reads_ours(keys: tuple[PrivateKey, PrivateKey], pki: DemoPki, now: datetime) -> None:
    signer, name = pki["identity-signer"], "identity-signer"
    claims = {"vct": "urn:example:type", "iss": "https://police.example", "ZZBH": "1", "ZZMC": "示例"}
    credential = issue_credential(claims, ("ZZBH", "ZZMC"), signer, pki.chain(name), holder=keys[1])
    presented = bind_key(credential.present(("ZZMC",)), keys[1], _AUDIENCE, _NONCE, now).decode()
    issuer = JWK(**public_jwk(signer.key))
    found = SDJWTVerifier(presented, lambda *_: issuer, _AUDIENCE, _NONCE).get_verified_payload()
    assert found == {
        "vct": claims["vct"],
        "iss": claims["iss"],
        "ZZMC": claims["ZZMC"],
        "cnf": {"jwk": public_jwk(keys[1])},
    }
