"""Judge files: what a process needs for it, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from license_service.clock import SystemClock
from license_service.errors import DocumentTooLargeError, LicenseServiceError
from license_service.services.verifying.fetched import NOTHING as NOTHING_FETCHED
from license_service.services.verifying.fetched import Fetched
from license_service.services.verifying.fetching import NOTHING, Fetching
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore


@dataclass(frozen=True)
class Judgement:
    """Hold the report on a file with what was fetched for it, or why there is none."""

    path: Path
    report: VerificationReport | None
    reason: str = ""
    fetched: Fetched = NOTHING_FETCHED
    token: str | None = None
    """What binds the verdict to the document, where somebody signs for it."""


@dataclass(frozen=True)
class Attesting:
    """Say with which key verdicts are signed, and for whom; each process reads the key itself."""

    key: Path
    issuer: str

    def token(self, report: VerificationReport, document: bytes, content: bytes | None) -> str | None:
        """Return a validation token; None where no known signer's signature was judged."""
        from license_service.adapters.token_key_files import load_token_key
        from license_service.services.verifying.validation_tokens import token_about
        from license_service.verification.validation_token import HASHES, data_digests

        key = load_token_key(self.key)
        data = data_digests(document, content, HASHES[key.algorithm].name)
        return token_about(report, data, key, self.issuer, SystemClock().now())


@dataclass(frozen=True)
class Judge:
    """Judge files under one policy, trust store, evidence and time."""

    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    moment: datetime
    presentation: Presentation
    fetching: Fetching = NOTHING
    attesting: Attesting | None = None

    def __call__(self, path: Path) -> Judgement:
        """Judge one file; one that cannot be read or is too large has no verdict."""
        try:
            return self.judge(path, path.read_bytes())
        except OSError as error:
            return Judgement(path, None, f"cannot read {path}: {error.strerror}")

    def named(self, identifier: str) -> Judgement:
        """Judge what the register has of an identifier; without a document there is no verdict."""
        name = Path(identifier)
        try:
            document = self.fetching.download(identifier)
        except LicenseServiceError as error:
            return Judgement(name, None, f"{identifier}: {error.code}: {error.detail}")
        judged = self.judge(name, document)
        return replace(judged, fetched=replace(judged.fetched, document=document))

    def judge(self, path: Path, document: bytes) -> Judgement:
        """Judge what a file holds, or a register under that name."""
        try:
            report, evidence = self.fetching.judge(
                document, self.policy, self.trust, self.evidence, self.moment, self.presentation
            )
        except DocumentTooLargeError as error:
            return Judgement(path, None, f"{path}: {error.detail}")
        content = self.presentation.content
        token = self.attesting.token(report, document, content) if self.attesting else None
        return Judgement(path, report, fetched=Fetched(evidence.beyond(self.evidence)), token=token)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and for a folder every file below it, in order of path."""
    return [file for path in paths for file in (_files_below(path) if path.is_dir() else [path])]


def _files_below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())
