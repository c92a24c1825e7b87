"""Algorithms of CMS agree wherever they are named, and SM2 is read under each of its names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from license_service.demo.certificates import Identity, Life, Subject, issue
from license_service.demo.cms import signed_data, signer_info
from license_service.demo.issuer import LicenseDetails
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.report import VerificationReport

Judge = Callable[..., VerificationReport]
Change = Callable[[Any], object]

_RSA_PSS = "1.2.840.113549.1.1.10"


@pytest.fixture
def rsa_signer(pki: DemoPki, details: LicenseDetails, now: datetime) -> Identity:
    """Return a signer of the same unit with the key of another: RSA keys take long to make."""
    subject = Subject("fire-safety", f"{details.issuer.id}{details.issuer.name}")
    return issue(subject, pki["health-signer"].key, pki["rsa-root"], Life.around(now))


@pytest.fixture
def sm2_signer(pki: DemoPki, details: LicenseDetails, now: datetime) -> Identity:
    subject = Subject("fire-safety", f"{details.issuer.id}{details.issuer.name}")
    return issue(subject, generate_key(KeyFamily.SM2), pki["sm2-intermediate"], Life.around(now))


def _codes(report: VerificationReport) -> tuple[str, ...]:
    assert (report.indication == "TOTAL_PASSED") is (report.codes() == ())
    return report.codes()


def _pss(info: Any, signer: Identity, mgf: str = "sha256", salt: int = 32, stated: int | None = None) -> Any:
    info["signature_algorithm"] = {
        "algorithm": _RSA_PSS,
        "parameters": {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mgf}},
            "salt_length": salt if stated is None else stated,
        },
    }
    key = load_der_private_key(signer.key.der, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    mask = padding.MGF1(getattr(hashes, mgf.upper())())
    data = info["signed_attrs"].untag().dump()
    info["signature"] = key.sign(data, padding.PSS(mask, salt), hashes.SHA256())
    return info


def test_every_parameter_of_pss_agrees(judge: Judge, body: bytes, rsa_signer: Identity, at: datetime) -> None:
    chain = (rsa_signer.certificate,)

    def codes(**parameters: Any) -> set[str]:
        info = _pss(signer_info(body, rsa_signer, at), rsa_signer, **parameters)
        return set(judge(signed_data(body, [info], chain)).codes())

    assert codes() == set()
    assert "CMS_DIGEST_ALGORITHM_MISMATCH" in codes(mgf="sha512")
    assert "CMS_PSS_PARAMETERS_REFUSED" in codes(salt=20)
    assert codes(stated=20) == {"CMS_PSS_PARAMETERS_REFUSED"}


@pytest.mark.parametrize(
    "change",
    [
        lambda signed: signed["signer_infos"][0].__setitem__("digest_algorithm", {"algorithm": "sha384"}),
        lambda signed: signed.__setitem__("digest_algorithms", [{"algorithm": "sha512"}]),
        lambda signed: signed["signer_infos"][0].__setitem__(
            "signature_algorithm", {"algorithm": "sha384_ecdsa"}
        ),
    ],
    ids=["signer", "declared", "signature"],
)
def test_digest_algorithms_agree_everywhere(
    change: Change, judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = cms.ContentInfo.load(signed_data(body, [signer_info(body, fire, at)], chain))
    assert _codes(judge(info.dump(force=True))) == ()
    change(info["content"])
    assert "CMS_DIGEST_ALGORITHM_MISMATCH" in judge(info.dump(force=True)).codes()


@pytest.mark.parametrize("algorithm", ["1.2.156.10197.1.501", "1.2.156.10197.1.301.1", "1.2.156.10197.1.301"])
def test_sm2_under_each_of_its_names(
    algorithm: str, judge: Judge, pki: DemoPki, body: bytes, sm2_signer: Identity, at: datetime
) -> None:
    info = signer_info(body, sm2_signer, at)
    info["signature_algorithm"] = {"algorithm": algorithm}
    chain = (sm2_signer.certificate, pki["sm2-intermediate"].certificate)
    report = judge(signed_data(body, [info], chain))
    assert _codes(report) == ()
    assert report.signatures[0].algorithm == "SM2-SM3"
    info["digest_algorithm"] = {"algorithm": "sha256"}
    assert judge(signed_data(body, [info], chain)).indication == "TOTAL_FAILED"


def test_sm2_with_the_identifiers_of_gm_t_0010(
    judge: Judge, pki: DemoPki, body: bytes, sm2_signer: Identity, at: datetime
) -> None:
    info = signer_info(body, sm2_signer, at, content_type="1.2.156.10197.6.1.4.2.1")
    chain = (sm2_signer.certificate, pki["sm2-intermediate"].certificate)
    data = signed_data(body, [info], chain, content_type="1.2.156.10197.6.1.4.2.1")
    assert _codes(judge(data)) == ()
    altered = data.replace(b"999900000000004", b"999900000000005")
    assert _codes(judge(altered)) == ("DATA_HASH_MISMATCH",)
