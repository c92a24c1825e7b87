"""A key pinned by its kid: what its row says decides, and anything unusable stops start-up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.trust_files import load_trust
from license_service.demo import people
from license_service.demo.issuer import LicenseDetails, samples
from license_service.demo.jose import chain_header, public_jwk, sign_compact
from license_service.demo.keys import PrivateKey
from license_service.demo.pki import DemoPki
from license_service.errors import ConfigurationError
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import CheckName, Outcome, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SIGNER, _KID = "identity-signer", "police-2026"
_HEAD = (
    'version = 2\nenvironment = "test"\nsequence = 1\nissued_at = "2026-01-01T00:00:00Z"\npublishers = []\n'
    "anchors = []\n"
)
Load = Callable[..., TrustStore]
JudgeBy = Callable[[bytes, TrustStore], VerificationReport]


@pytest.fixture
def row() -> dict[str, Any]:
    return {
        "kid": _KID,
        "file": "police.jwk",
        "algorithm": "ES256",
        "issuer_code": people.PUBLIC_SECURITY.id,
        "issuer_name": people.PUBLIC_SECURITY.name,
        "license_types": [people.LEGAL_PERSON_ID],
        "valid_from": "2020-01-01T00:00:00Z",
        "valid_until": "2050-01-01T00:00:00Z",
        "source": "test",
    }


@pytest.fixture
def jwk(pki: DemoPki) -> bytes:
    return json.dumps(public_jwk(pki[_SIGNER].key)).encode()


@pytest.fixture
def load(tmp_path: Path, row: Mapping[str, Any], jwk: bytes) -> Load:
    """Return one call that loads a store of the rows, each over the same file."""

    def call(*rows: Mapping[str, Any], data: bytes = jwk) -> TrustStore:
        (tmp_path / "police.jwk").write_bytes(data)
        tables = [{"sha256": hashlib.sha256(data).hexdigest(), **table} for table in rows or (row,)]
        bodies = ("".join(f"{key} = {value!r}\n" for key, value in table.items()) for table in tables)
        text = _HEAD + "".join(f"[[keys]]\n{body}" for body in bodies)
        (tmp_path / "manifest.toml").write_text(text)
        return load_trust(tmp_path)

    return call


@pytest.fixture
def details(now: datetime) -> LicenseDetails:
    return next(sample.details for sample in samples(now) if sample.signer == _SIGNER)


@pytest.fixture
def judge_by(policy: VerificationPolicy, now: datetime) -> JudgeBy:
    return lambda data, store: verify(data, policy, store, Evidence(), now)


def _sign(details: LicenseDetails, key: PrivateKey, **header: object) -> bytes:
    return sign_compact({"kid": _KID, **header}, details.fields(), key)


def test_a_key_by_its_kid(load: Load, judge_by: JudgeBy, details: LicenseDetails, pki: DemoPki) -> None:
    report = judge_by(_sign(details, pki[_SIGNER].key), load())
    assert report.indication == "TOTAL_PASSED"
    (signature,) = report.signatures
    path, revocation = signature.check(CheckName.CERTIFICATE_PATH), signature.check(CheckName.REVOCATION)
    assert path is not None
    assert revocation is not None
    assert (path.outcome, path.detail) == (Outcome.PASSED, {"by": "kid", "kid": _KID})
    assert (revocation.outcome, revocation.detail) == (Outcome.PASSED, {"by": "manifest"})
    assert signature.signer is not None
    assert signature.signer.subject == f"O={people.PUBLIC_SECURITY.id}{people.PUBLIC_SECURITY.name}"


def test_a_key_in_der(load: Load, judge_by: JudgeBy, details: LicenseDetails, pki: DemoPki) -> None:
    key = pki[_SIGNER].key
    assert judge_by(_sign(details, key), load(data=key.spki())).indication == "TOTAL_PASSED"


@pytest.mark.parametrize("signer", ["business-signer", "health-signer"])
def test_keys_of_other_families(
    signer: str, load: Load, row: dict[str, Any], judge_by: JudgeBy, pki: DemoPki, now: datetime
) -> None:
    details = next(sample.details for sample in samples(now) if sample.signer == signer)
    row |= {
        "algorithm": {"business-signer": "SGD_SM3_SM2", "health-signer": "RS256"}[signer],
        "issuer_code": details.issuer.id,
        "license_types": ["*"],
    }
    data = json.dumps(public_jwk(pki[signer].key)).encode()
    report = judge_by(_sign(details, pki[signer].key), load(row, data=data))
    assert report.indication == "TOTAL_PASSED"


@pytest.mark.parametrize(
    ("change", "indication", "code"),
    [
        ({"kid": "another"}, "INDETERMINATE", "SIGNER_KEY_UNKNOWN"),
        ({"valid_until": "2021-01-01T00:00:00Z"}, "INDETERMINATE", "SIGNER_KEY_UNKNOWN"),
        ({"valid_from": "2049-01-01T00:00:00Z"}, "INDETERMINATE", "SIGNER_KEY_UNKNOWN"),
        ({"license_types": ["no-such-type"]}, "TOTAL_FAILED", "ISSUER_NOT_VOUCHED"),
        ({"issuer_code": people.FIRE_BRIGADE.id}, "TOTAL_FAILED", "ISSUER_NOT_VOUCHED"),
    ],
    ids=["unknown", "ended", "not-begun", "other-type", "other-issuer"],
)
def test_what_the_row_says_decides(
    change: dict[str, Any], indication: str, code: str, load: Load, row: dict[str, Any],
    judge_by: JudgeBy, details: LicenseDetails, pki: DemoPki,
) -> None:  # fmt: skip
    report = judge_by(_sign(details, pki[_SIGNER].key), load({**row, **change}))
    assert report.indication == indication
    assert code in report.codes()
    if indication == "INDETERMINATE":
        assert report.sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"


def test_another_key_under_the_kid_is_refused(
    load: Load, judge_by: JudgeBy, details: LicenseDetails, pki: DemoPki
) -> None:
    report = judge_by(_sign(details, pki["fire-signer"].key), load())
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


def test_another_algorithm_of_the_same_key_is_refused(
    load: Load, row: dict[str, Any], judge_by: JudgeBy, pki: DemoPki, now: datetime
) -> None:
    signer = "health-signer"
    details = next(sample.details for sample in samples(now) if sample.signer == signer)
    row |= {"issuer_code": details.issuer.id, "license_types": ["*"], "algorithm": "PS256"}
    data = json.dumps(public_jwk(pki[signer].key)).encode()
    report = judge_by(_sign(details, pki[signer].key), load(row, data=data))
    assert "SIGNATURE_INVALID" in report.codes()


def test_a_certificate_in_the_message_goes_before_its_kid(
    load: Load, judge_by: JudgeBy, details: LicenseDetails, pki: DemoPki
) -> None:
    stranger = pki["identity-stranger"]
    forged = _sign(details, stranger.key, **chain_header([stranger.certificate]))
    report = judge_by(forged, load())
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    # The pinned key signed this, but says it is somebody else's.
    borrowed = _sign(details, pki[_SIGNER].key, **chain_header([stranger.certificate]))
    assert judge_by(borrowed, load()).sub_indication == "SIG_CRYPTO_FAILURE"


_MEMBERS = {
    "kid", "file", "sha256", "algorithm", "issuer_code", "issuer_name", "license_types", "valid_from",
    "valid_until", "source",
}  # fmt: skip
_BAD_ROWS: dict[str, dict[str, Any]] = {
    "unknown-member": {"comment": "see below"},
    "purposes": {"purposes": ["license"]},
    "kid-path": {"kid": "../police"},
    "kid-too-long": {"kid": "a" * 65},
    "algorithm-none": {"algorithm": "none"},
    "algorithm-of-a-mac": {"algorithm": "HS256"},
    "algorithm-of-another-key": {"algorithm": "ES384"},
    "algorithm-list": {"algorithm": ["ES256"]},
    "issuer-without-check-character": {"issuer_code": people.PUBLIC_SECURITY.id[:-1] + "0"},
    "license-types-text": {"license_types": "*"},
    "other-digest": {"sha256": "00" * 32},
    "no-such-file": {"file": "none.jwk"},
    "outside": {"file": "../police.jwk"},
    "ends-before-it-begins": {"valid_until": "2019-01-01T00:00:00Z"},
    "time-without-offset": {"valid_from": "2020-01-01T00:00:00"},
}


@pytest.mark.parametrize("change", _BAD_ROWS.values(), ids=_BAD_ROWS.keys())
def test_a_bad_row_stops_start_up(change: dict[str, Any], load: Load, row: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        load({**row, **change})


@pytest.mark.parametrize("name", sorted(_MEMBERS - {"sha256"}))
def test_a_row_without_a_member_stops_start_up(name: str, load: Load, row: dict[str, Any]) -> None:
    del row[name]
    with pytest.raises(ConfigurationError):
        load(row)


@pytest.mark.parametrize("name", sorted(_MEMBERS))
def test_an_empty_member_stops_start_up(name: str, load: Load, row: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        load({**row, name: [] if name == "license_types" else ""})


def test_a_bad_key_stops_start_up(load: Load, jwk: bytes, pki: DemoPki) -> None:
    public = json.loads(jwk)
    key, other = pki[_SIGNER].key, pki["health-signer"].key
    for data in (
        b"",
        b"{}",
        json.dumps({**public, "d": public["x"]}).encode(),
        json.dumps({**public, "use": "enc"}).encode(),
        json.dumps({**public, "alg": "ES384"}).encode(),
        jwk[:-1] + b',"x":"AA"}',
        key.der,
        key.spki() + b"\x00",
        other.spki(),
        pki[_SIGNER].certificate,
    ):
        with pytest.raises(ConfigurationError):
            load(data=data)


def test_a_second_row_is_refused(load: Load, row: dict[str, Any]) -> None:
    for change in ({}, {"kid": "another"}):
        with pytest.raises(ConfigurationError):
            load(row, {**row, **change})


def test_the_digest_covers_keys(load: Load) -> None:
    store = load()
    (key,) = store.keys
    assert store.digest != TrustStore(store.anchors).digest
    changed = [
        replace(key, kid="another"),
        replace(key, spki=b"another"),
        replace(key, algorithm="ECDSA-SHA384"),
        replace(key, issuer_code=people.FIRE_BRIGADE.id),
        replace(key, license_types=("*",)),
        replace(key, not_before=key.not_before + timedelta(seconds=1)),
        replace(key, not_after=key.not_after + timedelta(seconds=1)),
    ]
    digests = {TrustStore(keys=(other,)).digest for other in changed}
    assert len({*digests, store.digest}) == len(changed) + 1
    assert TrustStore(keys=(changed[1], key)).digest == TrustStore(keys=(key, changed[1])).digest
