"""SM2 of Tongsuo: prehashed values and certificates, with keys named in both ways that CAs write."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem, x509

from license_service.verification.checks.certificate import check_certificate_path
from license_service.verification.checks.context import SignatureContext
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.paths import PathResult, PathStatus, build_path
from license_service.verification.document import ParsedDocument, ParsedSignature, SignedValue
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS
from license_service.verification.report import Check, DocumentFormat, Outcome, SignatureKind
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "sm2"
_MOMENT = datetime(2026, 9, 1, tzinfo=UTC)
_FILES = {
    # file: how many certificates it holds
    "sm2-cert.pem": 1, "sm2-chain-ca.crt": 2, "sm2-client_enc.crt": 1, "sm2-client_sign.crt": 1,
    "sm2-client_sign_expire.crt": 1, "sm2-first-crt.pem": 1, "sm2-leaf.crt": 1, "sm2-noza-cert.pem": 1,
    "sm2-noza-root-cert.pem": 1, "sm2-root-cert.pem": 1, "sm2-server_sign.crt": 1,
}  # fmt: skip
_SIGNED_BY = {
    # leaf: file of the root and of the intermediates
    "sm2-client_sign.crt": "sm2-chain-ca.crt",
    "sm2-client_enc.crt": "sm2-chain-ca.crt",
    "sm2-server_sign.crt": "sm2-chain-ca.crt",
    "sm2-first-crt.pem": "sm2-root-cert.pem",
}
_SIGNERS = [name for name in _SIGNED_BY if "enc" not in name]

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no sm2 folder")


def _certificates(name: str) -> list[bytes]:
    return [der for _, _, der in pem.unarmor((_VECTORS / "certs" / name).read_bytes(), multiple=True)]


def _path(leaf: str, authority: str, moment: datetime = _MOMENT) -> PathResult:
    root, *others = _certificates(authority)
    return build_path(_certificates(leaf)[0], others, [root], moment)


def _signature_of(certificate: bytes) -> SignedValue:
    parsed = x509.Certificate.load(certificate)
    return SignedValue(parsed["tbs_certificate"].dump(), parsed["signature_value"].native, "SM2-SM3")


def _holds(leaf: str, authority: bytes) -> bool:
    value = _signature_of(_certificates(leaf)[0])
    return verify_signature(value, read_certificate(authority).spki) is SignatureOutcome.VALID


def _path_check(leaf: str, policy: VerificationPolicy) -> Check:
    root, *others = _certificates(_SIGNED_BY[leaf])
    anchor = TrustAnchor(
        "root", root, frozenset({AnchorPurpose.LICENSE}), ("*",), ("*",), ("*",),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC), "Tongsuo",
    )  # fmt: skip
    certificate = _certificates(leaf)[0]
    signature = ParsedSignature(
        0, SignatureKind.CMS, _signature_of(certificate), certificate, other_certificates=tuple(others)
    )
    document = ParsedDocument(DocumentFormat.CMS, (signature,), None)
    trust = TrustStore((anchor,))
    return check_certificate_path(
        SignatureContext(signature, document, policy, trust, Evidence(), _MOMENT, AS_IS)
    )


def test_every_file_is_there() -> None:
    on_disk = {path.name for path in (_VECTORS / "certs").iterdir()}
    assert on_disk == set(_FILES)
    assert {name: len(_certificates(name)) for name in on_disk} == _FILES


@pytest.mark.parametrize("name", _FILES)
def test_every_certificate_is_read(name: str) -> None:
    assert {read_certificate(der).key_type for der in _certificates(name)} == {"SM2"}


def test_prehashed_values_hold_and_their_twins_do_not() -> None:
    suite: dict[str, Any] = json.loads((_VECTORS / "verify_prehashed.json").read_text())
    _, _, spki = pem.unarmor(suite["public_key_pem"].encode())
    assert [test["result"] for test in suite["tests"]] == ["valid", "valid"]
    for test in suite["tests"]:
        digest, signature = bytes.fromhex(test["digest"]), bytes.fromhex(test["signature"])
        assert libcrypto.sm2_verify_prehashed(spki, digest, signature)
        assert not libcrypto.sm2_verify_prehashed(spki, digest[:-1] + bytes([digest[-1] ^ 1]), signature)


@pytest.mark.parametrize("leaf", _SIGNERS)
def test_a_path_leads_to_the_root(leaf: str) -> None:
    path = _path(leaf, _SIGNED_BY[leaf])
    assert path.status is PathStatus.FOUND
    assert path.anchor == _certificates(_SIGNED_BY[leaf])[0]


@pytest.mark.parametrize("leaf", _SIGNERS)
def test_no_path_leads_to_another_root(leaf: str) -> None:
    other = "sm2-root-cert.pem" if leaf.endswith(".crt") else "sm2-chain-ca.crt"
    assert _path(leaf, other).status is PathStatus.NOT_FOUND


def test_a_leaf_whose_issuer_is_not_there_has_no_path() -> None:
    assert _path("sm2-leaf.crt", "sm2-chain-ca.crt").status is PathStatus.NOT_FOUND


def test_the_expired_one_is_expired() -> None:
    expired, alive = (
        read_certificate(_certificates(name)[0])
        for name in ("sm2-client_sign_expire.crt", "sm2-client_sign.crt")
    )
    assert expired.not_after < _MOMENT < alive.not_after
    assert expired.spki == alive.spki
    assert _path("sm2-client_sign_expire.crt", "sm2-chain-ca.crt").status is PathStatus.INVALID


def test_the_encryption_certificate_must_not_sign(policy: VerificationPolicy) -> None:
    refused = _path_check("sm2-client_enc.crt", policy)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, "KEY_USAGE_REFUSED")
    assert _path_check("sm2-client_sign.crt", policy).outcome is Outcome.PASSED


@pytest.mark.parametrize("leaf", ["sm2-noza-cert.pem", "sm2-noza-root-cert.pem"])
def test_a_signature_without_z_fails_under_the_default_id(leaf: str) -> None:
    (authority,) = _certificates("sm2-noza-root-cert.pem")
    assert not _holds(leaf, authority)
    # The same authority's key holds where Z was used, so the key is not why.
    assert _holds(leaf.replace("-noza", ""), authority)
    assert _holds(leaf.replace("-noza", ""), _certificates("sm2-root-cert.pem")[0])
