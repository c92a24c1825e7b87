"""Each genuine sample passes; each twin, which differs by one lie, is refused with the stated code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from license_service.demo.issuer import Sample, Twin, expected_verdict, samples, twins_of
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import Outcome, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SAMPLES = samples(datetime(2026, 1, 1, tzinfo=UTC))  # only for the names; files are made at run time
_FILES = [expected_verdict(sample, twin).file for sample in _SAMPLES for twin in twins_of(sample)]
_GENUINE = [f"{Twin.GENUINE}/{sample.file}" for sample in _SAMPLES]

_REPORT_KEYS = {
    "sha256", "format", "indication", "sub_indication", "license", "signatures", "validation_time",
    "policy", "trust", "evidence", "findings", "finding_details", "presentation", "software",
}  # fmt: skip
_SIGNATURE_KEYS = {
    "index", "kind", "indication", "sub_indication", "signer", "signing_time", "algorithm", "checks",
}  # fmt: skip
_LICENSE_KEYS = {
    "identifier", "number", "type_code", "name", "holders", "issuer", "issuer_code", "valid_from",
    "valid_until", "fields",
}  # fmt: skip

_COMMON = {
    "format", "signature_value", "certificate_path", "certificate_validity", "revocation", "algorithms",
    "license_binding",
}  # fmt: skip
_SEAL = {"references", "data_hash", "seal_signature", "signer_in_seal", "seal_validity", "coverage"}
_CHECKS = {
    "business-license.ofd": _COMMON | _SEAL,
    "health-certificate.pdf": _COMMON | {"data_hash", "coverage"},
    "legal-person-id.jws": _COMMON,
    "fire-safety.cms": _COMMON | {"data_hash"},
}
_SUB_INDICATIONS = {
    Twin.WRONG_HOLDER: "SIG_CONSTRAINTS_FAILURE",
    Twin.EXPIRED: "SIG_CONSTRAINTS_FAILURE",
    Twin.REVOKED: "REVOKED",
    Twin.SELF_MADE_CA: "NO_CERTIFICATE_CHAIN_FOUND",
    Twin.SIGNER_NOT_IN_SEAL: "SIG_CONSTRAINTS_FAILURE",
}

Judge = Callable[..., VerificationReport]


@pytest.fixture(scope="module")
def expected(samples_dir: Path) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in json.loads((samples_dir / "expected.json").read_text())}


def test_expected_lists_every_file(expected: dict[str, dict[str, Any]], samples_dir: Path) -> None:
    on_disk = {f"{path.parent.name}/{path.name}" for path in samples_dir.glob("*/*")}
    assert expected.keys() == on_disk == set(_FILES)
    assert len(_FILES) == 25


@pytest.mark.parametrize("file", _FILES)
def test_verdict(file: str, judge: Judge, samples_dir: Path, expected: dict[str, dict[str, Any]]) -> None:
    row = expected[file]
    report = judge((samples_dir / file).read_bytes(), row["holder"])
    assert report.indication == row["indication"]
    if row["code"] is not None:
        assert row["code"] in report.codes()


@pytest.mark.parametrize("file", [file for file in _FILES if file not in _GENUINE])
def test_a_twin_breaks_one_rule(
    file: str, judge: Judge, samples_dir: Path, expected: dict[str, dict[str, Any]]
) -> None:
    row = expected[file]
    report = judge((samples_dir / file).read_bytes(), row["holder"])
    allowed = {row["code"]}
    if row["twin"] == Twin.SELF_MADE_CA:
        allowed |= {"REVOCATION_UNKNOWN"}  # no path, so no CRL to ask
        allowed |= {"SEAL_MAKER_UNKNOWN"} if file.endswith(".ofd") else set()
    assert set(report.codes()) == allowed


@pytest.mark.parametrize("file", [file for file in _FILES if Path(file).parent.name in _SUB_INDICATIONS])
def test_sub_indication(
    file: str, judge: Judge, samples_dir: Path, expected: dict[str, dict[str, Any]]
) -> None:
    report = judge((samples_dir / file).read_bytes(), expected[file]["holder"])
    assert report.sub_indication == _SUB_INDICATIONS[Twin(expected[file]["twin"])]


@pytest.mark.parametrize("file", _GENUINE)
def test_every_check_of_a_genuine_sample_passes(
    file: str, judge: Judge, samples_dir: Path, expected: dict[str, dict[str, Any]]
) -> None:
    report = judge((samples_dir / file).read_bytes(), expected[file]["holder"])
    assert report.sub_indication is None
    assert report.codes() == ()
    (signature,) = report.signatures
    assert {check.name.value for check in signature.checks} == _CHECKS[Path(file).name]
    assert {check.outcome for check in signature.checks} == {Outcome.PASSED}
    assert {check.code for check in signature.checks} == {"OK"}


@pytest.mark.parametrize("file", _GENUINE)
def test_a_genuine_sample_is_indeterminate_without_anchors(
    file: str, samples_dir: Path, policy: VerificationPolicy, evidence: Evidence, now: datetime
) -> None:
    report = verify((samples_dir / file).read_bytes(), policy, TrustStore(), evidence, now)
    assert report.indication == "INDETERMINATE"
    assert "NO_CERTIFICATE_CHAIN" in report.codes()


@pytest.mark.parametrize("file", _GENUINE)
def test_a_genuine_sample_is_indeterminate_without_crls(
    file: str, samples_dir: Path, policy: VerificationPolicy, trust: TrustStore, now: datetime
) -> None:
    report = verify((samples_dir / file).read_bytes(), policy, trust, Evidence(), now)
    assert report.indication == "INDETERMINATE"
    assert "REVOCATION_UNKNOWN" in report.codes()


@pytest.mark.parametrize("file", _FILES)
def test_json_shape(file: str, judge: Judge, samples_dir: Path, expected: dict[str, dict[str, Any]]) -> None:
    report = judge((samples_dir / file).read_bytes(), expected[file]["holder"])
    body = json.loads(json.dumps(report.to_json()))
    assert body.keys() == _REPORT_KEYS
    assert body["policy"].keys() == {"id", "version", "digest"}
    assert body["trust"].keys() == body["evidence"].keys() == {"digest"}
    assert len(body["signatures"]) == 1
    for signature in body["signatures"]:
        assert signature.keys() == _SIGNATURE_KEYS
        assert signature["signer"].keys() == {"subject", "issuer", "serial"}
        assert all(
            check.keys() == {"name", "outcome", "code", "clause", "detail"} for check in signature["checks"]
        )
    assert body["license"].keys() == _LICENSE_KEYS
    assert all(holder.keys() == {"name", "id", "id_type"} for holder in body["license"]["holders"])


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample.file)
def test_license_is_read_from_the_signed_bytes(sample: Sample, judge: Judge, samples_dir: Path) -> None:
    license_ = judge((samples_dir / Twin.GENUINE / sample.file).read_bytes()).license
    details = sample.details
    assert license_ is not None
    assert (license_.type_code, license_.number, license_.name) == (
        details.type_code,
        details.number,
        details.name,
    )
    assert [holder.id for holder in license_.holders] == [details.holder.id]
    assert (license_.issuer, license_.issuer_code) == (details.issuer.name, details.issuer.id)
    assert (license_.valid_until is None) == (details.valid_until is None)


@pytest.mark.parametrize("file", _GENUINE)
def test_equal_arguments_give_equal_reports(file: str, judge: Judge, samples_dir: Path) -> None:
    data = (samples_dir / file).read_bytes()
    assert judge(data).to_json() == judge(data).to_json()


def test_a_report_is_no_truth_value(judge: Judge) -> None:
    report = judge(b"")
    with pytest.raises(TypeError):
        bool(report)
