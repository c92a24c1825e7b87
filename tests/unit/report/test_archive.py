"""The archive gives back what was put in, whole or not at all, and its failures stop no verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from license_service.adapters.archive_folder import ArchiveFolder, DocumentSeal
from license_service.adapters.envelope import Algorithm
from license_service.services.blind_index import BlindIndex
from license_service.services.verifying.archive import (
    InputKeeper,
    InputMissingError,
    archived_document,
    archived_evidence,
    archived_policy,
    archived_trust,
)
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.trust import TrustStore

_DOCUMENT = b"document"


@pytest.fixture
def archive(tmp_path: Path) -> ArchiveFolder:
    seal = DocumentSeal(bytes(32), Algorithm.AES_256_GCM, BlindIndex(bytes(32)))
    return ArchiveFolder(tmp_path / "archive", seal)


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _failures() -> float:
    return REGISTRY.get_sample_value("license_service_archive_failures_total") or 0


def _files(tmp_path: Path) -> Iterator[Path]:
    return (path for path in tmp_path.rglob("*") if path.is_file())


@given(items=st.lists(st.binary(max_size=40), max_size=5))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_is_given_back(items: list[bytes], archive: ArchiveFolder) -> None:
    assert all(archive.put(item) for item in items * 2)
    assert [archive.get(_name(item)) for item in items] == items


@pytest.mark.parametrize("name", ["", "0" * 64, "../../etc/passwd", "0" * 63 + "/", "A" * 64])
def test_what_was_not_put_is_not_there(name: str, archive: ArchiveFolder) -> None:
    assert archive.get(name) is None


def test_a_damaged_item_is_not_given_back(archive: ArchiveFolder, tmp_path: Path) -> None:
    archive.put(_DOCUMENT)
    (path,) = _files(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"Document")
    assert archive.get(_name(_DOCUMENT)) is None


def test_a_failure_is_counted_and_raises_nothing(archive: ArchiveFolder, tmp_path: Path) -> None:
    name = _name(_DOCUMENT)
    (tmp_path / "archive" / name[:2]).write_bytes(b"in the way")
    before = _failures()
    assert archive.put(_DOCUMENT) is False
    assert _failures() == before + 1
    assert archive.get(name) is None


def test_the_inputs_of_a_verdict_come_back_with_their_digests(
    archive: ArchiveFolder, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence
) -> None:
    InputKeeper(archive, documents=False).keep(_DOCUMENT, policy, trust, evidence, AS_IS)
    assert archived_policy(archive, policy.digest) == policy
    found = archived_trust(archive, trust.digest)
    assert found.digest == trust.digest
    assert [a.certificate for a in found.anchors] == [a.certificate for a in trust.anchors]
    assert archived_evidence(archive, evidence.digest) == evidence
    with pytest.raises(InputMissingError):
        archived_document(archive, _name(_DOCUMENT))


def test_empty_inputs_come_back_too(archive: ArchiveFolder, policy: VerificationPolicy) -> None:
    InputKeeper(archive, documents=False).keep(_DOCUMENT, policy, TrustStore(), Evidence(), AS_IS)
    assert archived_trust(archive, TrustStore().digest) == TrustStore()
    assert archived_evidence(archive, Evidence().digest) == Evidence()


def test_documents_and_their_contents_are_kept_where_the_operator_chose_to(
    archive: ArchiveFolder, policy: VerificationPolicy
) -> None:
    keeper = InputKeeper(archive, documents=True)
    keeper.keep(_DOCUMENT, policy, TrustStore(), Evidence(), Presentation(content=b"content"))
    assert archived_document(archive, _name(_DOCUMENT)) == _DOCUMENT
    assert archived_document(archive, _name(b"content")) == b"content"


def test_inputs_that_lost_a_part_are_not_given_back(
    archive: ArchiveFolder, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, tmp_path: Path
) -> None:
    InputKeeper(archive, documents=False).keep(_DOCUMENT, policy, trust, evidence, AS_IS)
    for item in (evidence.crls[0], trust.anchors[0].certificate, policy.text.encode()):
        next(path for path in _files(tmp_path) if path.name == _name(item)).unlink()
    with pytest.raises(InputMissingError):
        archived_policy(archive, policy.digest)
    with pytest.raises(InputMissingError):
        archived_trust(archive, trust.digest)
    with pytest.raises(InputMissingError):
        archived_evidence(archive, evidence.digest)


def test_new_evidence_is_kept_when_it_comes(
    archive: ArchiveFolder, policy: VerificationPolicy, evidence: Evidence
) -> None:
    keeper = InputKeeper(archive, documents=False)
    for current in (Evidence(), evidence):
        keeper.keep(_DOCUMENT, policy, TrustStore(), current, AS_IS)
    assert archived_evidence(archive, evidence.digest) == evidence
