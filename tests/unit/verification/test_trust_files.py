"""A trust list that loads in part is a trust list nobody has approved: anything unusable is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.trust_files import load_evidence, load_trust
from license_service.demo.issuer import Twin
from license_service.demo.pki import DemoPki, manifest
from license_service.errors import ConfigurationError
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.trust import AnchorPurpose, TrustStore
from license_service.verification.verifier import verify

_MEMBERS = (
    "name", "file", "sha256", "purposes", "license_types", "issuers", "regions", "valid_from",
    "valid_until", "source",
)  # fmt: skip
_HEAD = (
    'version = 2\nenvironment = "test"\nsequence = 1\nissued_at = "2026-01-01T00:00:00Z"\npublishers = []\n'
)
_FILE = "health-certificate.pdf"  # its path ends at the RSA root

Write = Callable[..., Path]


@pytest.fixture
def table(pki: DemoPki) -> dict[str, Any]:
    return {
        "name": "rsa-root",
        "file": "rsa-root.cer",
        "sha256": hashlib.sha256(pki["rsa-root"].certificate).hexdigest(),
        "purposes": ["license"],
        "license_types": ["*"],
        "issuers": ["*"],
        "regions": ["*"],
        "valid_from": "2020-01-01T00:00:00Z",
        "valid_until": "2050-01-01T00:00:00Z",
        "source": "test",
    }


@pytest.fixture
def write(pki: DemoPki, tmp_path: Path) -> Write:
    def call(*tables: dict[str, Any], head: str = _HEAD) -> Path:
        directory = tmp_path / "trust"
        directory.mkdir(exist_ok=True)
        (directory / "rsa-root.cer").write_bytes(pki["rsa-root"].certificate)
        bodies = ("".join(f"{key} = {value!r}\n" for key, value in table.items()) for table in tables)
        text = head + "".join(f"[[anchors]]\n{body}" for body in bodies)
        (directory / "manifest.toml").write_text(text)
        return directory

    return call


def _refused(directory: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_trust(directory)
    assert refused.value.code == "configuration_invalid"


def test_complete(write: Write, table: dict[str, Any], pki: DemoPki) -> None:
    (anchor,) = load_trust(write(table)).anchors
    assert anchor.name == "rsa-root"
    assert anchor.certificate == pki["rsa-root"].certificate
    assert anchor.sha256 == table["sha256"]
    assert anchor.purposes == {AnchorPurpose.LICENSE}
    assert anchor.valid_from.isoformat() == "2020-01-01T00:00:00+00:00"


def test_the_demonstrations_manifest(trust: TrustStore) -> None:
    assert [anchor.name for anchor in trust.anchors] == ["sm2-root", "ec-root", "rsa-root"]


def test_the_digest_may_be_written_in_capitals(write: Write, table: dict[str, Any]) -> None:
    assert load_trust(write({**table, "sha256": table["sha256"].upper()})).anchors


@pytest.mark.parametrize("name", _MEMBERS)
def test_a_missing_member_is_refused(name: str, write: Write, table: dict[str, Any]) -> None:
    del table[name]
    _refused(write(table))


def test_an_unknown_member_is_refused(write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, "comment": "see below"}))


@pytest.mark.parametrize("name", _MEMBERS)
def test_an_empty_member_is_refused(name: str, write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, name: [] if isinstance(table[name], list) else ""}))


@pytest.mark.parametrize("digest", ["00" * 32, "", "sha256:", "ab", "g" * 64])
def test_another_digest_is_refused(digest: str, write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, "sha256": digest}))


def test_a_changed_certificate_is_refused(write: Write, table: dict[str, Any], pki: DemoPki) -> None:
    directory = write(table)
    (directory / "rsa-root.cer").write_bytes(pki["ec-root"].certificate)
    _refused(directory)


@pytest.mark.parametrize("tail", [b"\x00", b"\n", b"0\x00"])
def test_a_certificate_with_bytes_behind_it_is_refused(
    tail: bytes, write: Write, table: dict[str, Any], pki: DemoPki
) -> None:
    data = pki["rsa-root"].certificate + tail
    directory = write({**table, "sha256": hashlib.sha256(data).hexdigest()})
    (directory / "rsa-root.cer").write_bytes(data)
    _refused(directory)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\n", bytes(64)])
def test_what_is_no_certificate_is_refused(data: bytes, write: Write, table: dict[str, Any]) -> None:
    directory = write({**table, "sha256": hashlib.sha256(data).hexdigest()})
    (directory / "rsa-root.cer").write_bytes(data)
    _refused(directory)


@pytest.mark.parametrize("file", ["none.cer", ".", "rsa-root.cer/inner", "\\u0000.cer"])
def test_a_file_that_is_not_there_is_refused(file: str, write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, "file": file}))


def test_a_file_outside_the_folder_is_refused(
    write: Write, table: dict[str, Any], pki: DemoPki, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.cer"
    outside.write_bytes(pki["rsa-root"].certificate)
    for file in ("../outside.cer", str(outside), "x/../../outside.cer"):
        _refused(write({**table, "file": file}))


def test_a_manifest_that_is_not_there_is_refused(tmp_path: Path) -> None:
    _refused(tmp_path)
    _refused(tmp_path / "none")


@pytest.mark.parametrize(
    "head",
    [
        "",
        "version = 2\n",
        f"{_HEAD}extra = 1\n",
        f"{_HEAD}version = 2\n",
        "=",
        _HEAD.replace("version = 2", "version = 1"),
        _HEAD.replace("version = 2", "version = '2'"),
        _HEAD.replace('"test"', '"staging"'),
        _HEAD.replace("sequence = 1", "sequence = 0"),
        _HEAD.replace("sequence = 1", "sequence = true"),
        _HEAD.replace("T00:00:00Z", ""),
    ],
)
def test_another_head_is_refused(head: str, write: Write, table: dict[str, Any]) -> None:
    _refused(write(table, head=head))


@pytest.mark.parametrize(
    "body", ["", "anchors = 1\n", "anchors = 'rsa-root'\n", "anchors = [1]\n", "anchors = ['a']\n"]
)
def test_a_manifest_of_another_shape_is_refused(body: str, write: Write) -> None:
    _refused(write(head=f"{_HEAD}{body}"))


def test_a_manifest_in_another_encoding_is_refused(write: Write, table: dict[str, Any]) -> None:
    directory = write(table)
    path = directory / "manifest.toml"
    path.write_bytes(path.read_text().encode("utf-16"))
    _refused(directory)


@pytest.mark.parametrize("purpose", ["", "License", "licence", "server"])
def test_an_unknown_purpose_is_refused(purpose: str, write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, "purposes": ["license", purpose]}))


@pytest.mark.parametrize("name", ["purposes", "license_types", "issuers"])
def test_a_text_in_place_of_a_list_is_refused(name: str, write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, name: "license"}))
    _refused(write({**table, name: "*"}))


@pytest.mark.parametrize("name", ["valid_from", "valid_until"])
@pytest.mark.parametrize("value", ["soon", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", 1])
def test_a_time_without_an_offset_is_refused(
    name: str, value: object, write: Write, table: dict[str, Any]
) -> None:
    _refused(write({**table, name: value}))


def test_a_life_that_ends_before_it_begins_is_refused(write: Write, table: dict[str, Any]) -> None:
    _refused(write({**table, "valid_from": table["valid_until"], "valid_until": table["valid_from"]}))


def test_a_second_row_for_a_certificate_widens_nothing(
    write: Write, table: dict[str, Any], samples_dir: Path, policy: VerificationPolicy, evidence: Evidence,
    now: datetime,
) -> None:  # fmt: skip
    ended = {**table, "valid_until": "2021-01-01T00:00:00Z"}
    current = {**table, "name": "rsa-root-narrow", "license_types": ["no-such-type"]}
    try:
        store = load_trust(write(ended, current))
    except ConfigurationError:
        return  # refusing two rows for one certificate is as good
    report = verify((samples_dir / Twin.GENUINE / _FILE).read_bytes(), policy, store, evidence, now)
    assert "ISSUER_NOT_VOUCHED" in report.codes()


def test_an_anchor_serves_within_its_life_only(write: Write, table: dict[str, Any]) -> None:
    store = load_trust(write(table))
    (anchor,) = store.anchors
    second = timedelta(seconds=1)
    inside, outside = (
        (anchor.valid_from, anchor.valid_until),
        (anchor.valid_from - second, anchor.valid_until + second),
    )
    assert [bool(store.for_purpose(AnchorPurpose.LICENSE, at)) for at in inside] == [True, True]
    assert [bool(store.for_purpose(AnchorPurpose.LICENSE, at)) for at in outside] == [False, False]
    assert not store.for_purpose(AnchorPurpose.SEAL_MAKER, anchor.valid_from)


@pytest.mark.parametrize(
    ("change", "indication", "code"),
    [
        ({}, "TOTAL_PASSED", None),
        ({"valid_until": "2021-01-01T00:00:00Z"}, "INDETERMINATE", "NO_CERTIFICATE_CHAIN"),
        ({"valid_from": "2049-01-01T00:00:00Z"}, "INDETERMINATE", "NO_CERTIFICATE_CHAIN"),
        ({"purposes": ["timestamp", "seal-maker"]}, "INDETERMINATE", "NO_CERTIFICATE_CHAIN"),
        ({"license_types": ["no-such-type"]}, "TOTAL_FAILED", "ISSUER_NOT_VOUCHED"),
        ({"issuers": ["no-such-issuer"]}, "TOTAL_FAILED", "ISSUER_NOT_VOUCHED"),
        ({"regions": ["9999*"]}, "TOTAL_PASSED", None),
        ({"regions": ["4312*"]}, "TOTAL_FAILED", "ISSUER_NOT_VOUCHED"),
    ],
    ids=[
        "benign",
        "expired",
        "not-begun",
        "other-purpose",
        "other-type",
        "other-issuer",
        "same-region",
        "other-region",
    ],
)
def test_what_the_manifest_says_decides(
    change: dict[str, Any], indication: str, code: str | None, write: Write, table: dict[str, Any],
    samples_dir: Path, policy: VerificationPolicy, evidence: Evidence, now: datetime,
) -> None:  # fmt: skip
    store = load_trust(write({**table, **change}))
    report = verify((samples_dir / Twin.GENUINE / _FILE).read_bytes(), policy, store, evidence, now)
    assert report.indication == indication
    assert code is None or code in report.codes()


@pytest.mark.parametrize(("days", "code"), [(400, None), (401, "TRUST_LIST_STALE")])
def test_a_list_that_is_too_old_decides_nothing(
    days: int, code: str | None, write: Write, table: dict[str, Any],
    samples_dir: Path, policy: VerificationPolicy, evidence: Evidence, now: datetime,
) -> None:  # fmt: skip
    store = replace(load_trust(write(table)), issued_at=now - timedelta(days=days))
    report = verify((samples_dir / Twin.GENUINE / _FILE).read_bytes(), policy, store, evidence, now)
    assert report.indication == ("INDETERMINATE" if code else "TOTAL_PASSED")
    assert report.codes() == ((code,) if code else ())


def test_the_digest_tells_stores_apart_and_not_their_order(pki: DemoPki, trust: TrustStore) -> None:
    assert manifest(pki).count("[[anchors]]") == 3
    assert replace(trust, anchors=trust.anchors[::-1]).digest == trust.digest
    assert replace(trust, anchors=trust.anchors[:2]).digest != trust.digest
    assert replace(trust, sequence=2).digest != trust.digest
    assert TrustStore().digest != trust.digest


def test_evidence_of_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert load_evidence(tmp_path / "none") == Evidence()


def test_evidence_holds_every_crl_and_certificate(pki: DemoPki, evidence: Evidence, tmp_path: Path) -> None:
    assert set(evidence.crls) == set(pki.crls.values())
    assert set(evidence.certificates) == {pki[f"{name}-intermediate"].certificate for name in ("sm2", "ec")}
    (tmp_path / "notes.txt").write_text("not evidence")
    assert load_evidence(tmp_path) == Evidence()


def test_the_digest_of_evidence_does_not_depend_on_order(evidence: Evidence) -> None:
    turned = Evidence(evidence.crls[::-1], evidence.certificates[::-1])
    assert turned.digest == evidence.digest
    assert Evidence(evidence.crls[1:], evidence.certificates).digest != evidence.digest
    # The same bytes as another kind are other evidence.
    assert Evidence(evidence.certificates, evidence.crls).digest != evidence.digest
