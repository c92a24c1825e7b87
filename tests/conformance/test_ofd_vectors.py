"""Signed OFD packages of ofdrw: every signature agrees on every step that was computed independently."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from license_service.clock import SHANGHAI
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.evidence import Evidence
from license_service.verification.formats.ofd import parse_ofd
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import CheckName, Indication, SignatureReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "ofd"
_KINDS = {"SESv4": "ses-v4", "PKCS7 1.2.156.10197.6.1.4.2.2": "gbt35275", "raw r,s": "sm2-bare"}
_MOMENT = datetime(2026, 9, 1, tzinfo=UTC)  # after the latest signing time of all

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no ofd folder")


def _expected() -> dict[str, Any]:
    path = _VECTORS / "expected.json"
    return dict(json.loads(path.read_text())) if path.is_file() else {}


_EXPECTED = _expected()
_ROWS = [(name, row) for name, entry in _EXPECTED.items() for row in entry["signatures"]]
_IDS = [f"{name}-{row['index']}" for name, row in _ROWS]


def _report(name: str, index: int, policy: VerificationPolicy, moment: datetime = _MOMENT) -> SignatureReport:
    report = verify((_VECTORS / name).read_bytes(), policy, TrustStore(), Evidence(), moment)
    assert len(report.signatures) == len(_EXPECTED[name]["signatures"])
    return report.signatures[index]


def _outcome(signature: SignatureReport, name: str) -> str | None:
    check = signature.check(CheckName(name))
    return None if check is None else check.outcome.value


def _stated(value: object, *, signer_known: bool = True) -> str | None:
    if value is None:
        return None
    if not signer_known:
        return "undetermined"
    return "passed" if value else "failed"


def _claimed(text: str) -> datetime:
    """Read the four ways the rows write a time; one without an offset is Chinese time."""
    if text.endswith("Z") and "-" not in text:
        text = f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}Z"
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def test_all_are_there() -> None:
    assert {path.name for path in _VECTORS.glob("*.ofd")} == set(_EXPECTED)
    assert (len(_EXPECTED), len(_ROWS)) == (8, 10)
    for name, entry in _EXPECTED.items():
        assert hashlib.sha256((_VECTORS / name).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_structure(name: str, row: dict[str, Any], policy: VerificationPolicy) -> None:
    signature = _report(name, row["index"], policy)
    assert signature.kind == _KINDS[row["kind"]]
    assert signature.algorithm == "SM2-SM3"
    (parsed,) = (s for s in parse_ofd((_VECTORS / name).read_bytes()).signatures if s.index == row["index"])
    assert parsed.value.encoding == row["sig_encoding"]
    assert parsed.references is not None
    assert len(parsed.references) == row["references"]
    assert {reference.algorithm for reference in parsed.references} == {"SM3"}


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_references(name: str, row: dict[str, Any], policy: VerificationPolicy) -> None:
    check = _report(name, row["index"], policy).check(CheckName.REFERENCES)
    assert check is not None
    assert check.detail["mismatched"] == row["digest_mismatch"]
    assert check.detail["missing"] == row["missing"]
    holds = not row["digest_mismatch"] and not row["missing"]
    assert check.outcome == _stated(holds)
    assert check.code == ("OK" if holds else "REFERENCE_MISMATCH")


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_signature_and_digests(name: str, row: dict[str, Any], policy: VerificationPolicy) -> None:
    signature = _report(name, row["index"], policy)
    in_file = row["kind"] != "raw r,s"  # a bare value names no signer, so nothing can be said of it
    assert _outcome(signature, "signature_value") == _stated(row["signature_ok"], signer_known=in_file)
    assert _outcome(signature, "data_hash") == _stated(row["data_hash_ok"])


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_seal(name: str, row: dict[str, Any], policy: VerificationPolicy) -> None:
    signature = _report(name, row["index"], policy)
    assert _outcome(signature, "seal_signature") == _stated(row.get("seal_signature_ok"))
    assert _outcome(signature, "signer_in_seal") == _stated(row.get("signer_cert_in_seal_list"))
    then = _report(name, row["index"], policy, _claimed(row["sign_time"]))
    assert _outcome(then, "seal_validity") == _stated(row.get("seal_valid_at_sign_time"))
    (parsed,) = (s for s in parse_ofd((_VECTORS / name).read_bytes()).signatures if s.index == row["index"])
    if "seal_id" not in row:
        assert parsed.seal is None
        return
    assert parsed.seal is not None
    assert (parsed.seal.id, parsed.seal.name) == (row["seal_id"], row["seal_name"])
    assert [parsed.seal.valid_from, parsed.seal.valid_until] == [
        datetime.fromisoformat(text) for text in row["seal_create_start_end"][1:]
    ]
    check = signature.check(CheckName.SEAL_VALIDITY)
    assert check is not None
    if row["seal_valid_at_sign_time"]:  # by now it has ended, and none of them is stamped
        assert check.code == ("SEAL_EXPIRED_SINCE" if parsed.seal.valid_until < _MOMENT else "OK")


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_signer_and_time(name: str, row: dict[str, Any], policy: VerificationPolicy) -> None:
    signature = _report(name, row["index"], policy)
    if row["kind"] == "raw r,s":
        assert signature.signer is None
        return
    assert signature.signer is not None
    common_name = row["signer"].split(",")[0].removeprefix("Common Name: ")
    assert f"CN={common_name}" in signature.signer.subject
    assert signature.signing_time == _claimed(row["sign_time"])
    check = signature.check(CheckName.CERTIFICATE_VALIDITY)
    assert check is not None
    alive = check.code != "CERTIFICATE_NOT_VALID_AT_SIGNING"
    assert alive is row["cert_valid_at_sign_time"]
    assert check.detail["not_before"][:10] == row["cert_not_before"]
    assert check.detail["not_after"][:10] == row["cert_not_after"]


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_verdict(name: str, row: dict[str, Any], policy: VerificationPolicy) -> None:
    signature = _report(name, row["index"], policy)
    assert signature.indication is not Indication.TOTAL_PASSED  # nobody's root is trusted
    if row["expected_crypto"] == "FAIL":
        assert signature.indication is Indication.TOTAL_FAILED
        assert signature.sub_indication == row["expected_subindication"]


def test_the_uncovered_root_is_named(policy: VerificationPolicy) -> None:
    check = _report("root-file-uncovered.ofd", 0, policy).check(CheckName.COVERAGE)
    assert check is not None
    assert check.code == "UNCOVERED_PARTS"
    assert "OFD.xml" in check.detail["uncovered"]


def test_signed_after_expiry_is_refused(policy: VerificationPolicy) -> None:
    signature = _report("signed-after-expiry.ofd", 0, policy)
    codes = {check.code for check in signature.checks}
    assert {"CERTIFICATE_NOT_VALID_AT_SIGNING", "SEAL_EXPIRED"} <= codes
    assert signature.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize(("name", "row"), _ROWS, ids=_IDS)
def test_the_value_holds_over_exactly_its_bytes(name: str, row: dict[str, Any]) -> None:
    parsed = parse_ofd((_VECTORS / name).read_bytes()).signatures[row["index"]]
    certificate = parsed.signer_certificate or _external_signer()
    spki, value = read_certificate(certificate).spki, parsed.value
    assert (verify_signature(value, spki) is SignatureOutcome.VALID) is row["signature_ok"]
    longer = replace(value, data=value.data + b"\x00")
    assert verify_signature(longer, spki) is SignatureOutcome.INVALID


def _external_signer() -> bytes:
    """Return the certificate of the bare signature, which another file of the same signer holds."""
    other = parse_ofd((_VECTORS / "whole-package-protected.ofd").read_bytes()).signatures[0]
    assert other.signer_certificate is not None
    return other.signer_certificate
