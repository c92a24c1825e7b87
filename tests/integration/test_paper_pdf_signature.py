"""Signed PDF papers, judged by the service's own verifier."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from license_service.adapters.paper_key_ring import PaperKeyRing
from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.clock import SystemClock
from license_service.demo.people import COMPANY
from license_service.errors import ConfigurationError, KeyStateError
from license_service.services.caller import Scope
from license_service.settings import Settings
from license_service.verification.crypto.jose import decode_base64url
from license_service.verification.report import CheckName, Outcome, VerificationReport

Judge = Callable[..., VerificationReport]


def _certificate(key: ec.EllipticCurvePublicKey, now: datetime) -> bytes:
    """Return a certificate and its issuer's, in PEM."""
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("示例县机关", "示例根")
    ]
    issuer = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = []
    for name, public in zip(names, (key, issuer.public_key()), strict=True):
        builder = x509.CertificateBuilder(names[1], name, public, x509.random_serial_number())
        life = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        if public is key:
            life = life.add_extension(usage, critical=True)
        made.append(life.sign(issuer, SHA256()).public_bytes(Encoding.PEM))
    return b"".join(made)


def _paper(settings: Settings) -> bytes:
    return _printed(build(settings))


def _printed(app: App) -> bytes:
    client = create_app(app.services).test_client()
    token = app.services.keys.create("county", "test", tuple(Scope))
    headers = {"Authorization": f"Bearer {token}"}
    body = {
        "matter_code": "food-business-license-new",
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
    }
    case = client.post("/v1/cases", json=body, headers={**headers, "Idempotency-Key": "k"}).json
    assert case is not None
    path = f"/v1/cases/{case['id']}/papers/correction_notice"
    answer = client.get(path, headers={**headers, "Accept": "application/pdf"})
    return bytes(answer.data)


def _ring(settings: Settings) -> PaperKeyRing:
    return PaperKeyRing(settings.private_dir, SystemClock())


def _points(ring: PaperKeyRing) -> list[bytes]:
    """Return what a certificate of each key has in it, in a PDF's hexadecimal."""
    points = [decode_base64url(json.loads(record.verifier)["x"].encode()) for record in ring.records()]
    return [point.hex().encode() for point in points]


@pytest.fixture
def certified(settings: Settings, tmp_path: Path, now: datetime) -> Settings:
    file = tmp_path / "paper.pem"
    file.write_bytes(_certificate(_ring(settings).newest().public_key(), now))
    return replace(settings, paper_certificates=str(file))


def _outcomes(report: VerificationReport) -> dict[CheckName, Outcome]:
    (signature,) = report.signatures
    return {check.name: check.outcome for check in signature.checks}


def test_a_signed_paper_holds_and_one_changed_byte_does_not(certified: Settings, judge: Judge) -> None:
    paper = _paper(certified)
    held = (CheckName.SIGNATURE_VALUE, CheckName.DATA_HASH, CheckName.COVERAGE, CheckName.ALGORITHMS)
    found = _outcomes(judge(paper))
    assert {name: found[name] for name in held} == dict.fromkeys(held, Outcome.PASSED)
    assert found[CheckName.CERTIFICATE_PATH] is not Outcome.PASSED  # nobody here trusts its issuer
    at = paper.index(b"/Title") + 12
    changed = paper[:at] + bytes([paper[at] ^ 1]) + paper[at + 1 :]
    assert _outcomes(judge(changed))[CheckName.DATA_HASH] is Outcome.FAILED


def test_a_certificate_of_the_new_key_takes_the_old_ones_place_while_the_service_runs(
    certified: Settings, judge: Judge, now: datetime
) -> None:
    app, ring, file = build(certified), _ring(certified), Path(certified.paper_certificates)
    old, new = ring.records()[0].id, app.rotations["paper"].rotate()
    before = _printed(app)
    assert _outcomes(judge(before))[CheckName.SIGNATURE_VALUE] is Outcome.PASSED
    with pytest.raises(KeyStateError):
        app.rotations["paper"].retire(old)
    file.write_bytes(_certificate(ring.newest().public_key(), now))
    app.rotations["paper"].retire(old)
    after = _printed(app)
    assert _outcomes(judge(after))[CheckName.SIGNATURE_VALUE] is Outcome.PASSED
    assert [point in before.lower() for point in _points(ring)] == [True, False]
    assert [point in after.lower() for point in _points(ring)] == [False, True]
    with pytest.raises(KeyStateError):
        app.rotations["paper"].retire(new.id)


def test_without_a_certificate_a_paper_is_not_signed(settings: Settings, judge: Judge) -> None:
    assert judge(_paper(settings)).signatures == ()


@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_a_certificate_that_is_none_or_of_another_key_stops_the_start(
    settings: Settings, tmp_path: Path, now: datetime, content: bytes | None
) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "other.pem").write_bytes(_certificate(other, now) if content is None else content)
    with pytest.raises(ConfigurationError):
        build(replace(settings, paper_certificates=str(tmp_path / "other.pem")))


@pytest.mark.parametrize("url", ["", "license.example", "https://license.example/"])
def test_an_address_that_is_no_base_stops_the_start(settings: Settings, url: str) -> None:
    with pytest.raises(ConfigurationError):
        build(replace(settings, public_url=url))
