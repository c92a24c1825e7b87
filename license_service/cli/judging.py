"""Judge many files with every core, in the order given and with bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from license_service.errors import DocumentTooLargeError, LicenseServiceError
from license_service.services.fetched import NOTHING as NOTHING_FETCHED
from license_service.services.fetched import Fetched
from license_service.services.fetching import NOTHING, Fetching
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore

_CHUNK = 16
"""Files handed to a process at once: fewer cost more in handing over than in judging."""
_AHEAD = 4
"""Chunks waiting for each process; what is judged and not yet told is bounded by it."""


@dataclass(frozen=True)
class Judgement:
    """Hold the report on a file with what was fetched for it, or why there is none."""

    path: Path
    report: VerificationReport | None
    reason: str = ""
    fetched: Fetched = NOTHING_FETCHED


@dataclass(frozen=True)
class Judge:
    """Judge files under one policy, trust store, evidence and time."""

    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    moment: datetime
    presentation: Presentation
    fetching: Fetching = NOTHING

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
        return Judgement(path, report, fetched=Fetched(evidence.beyond(self.evidence)))


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and for a folder every file below it, in order of path."""
    return [file for path in paths for file in (_files_below(path) if path.is_dir() else [path])]


def judge_all(judge: Judge, paths: Sequence[Path], jobs: int) -> Iterator[Judgement]:
    """Yield a judgement for each path in order; `jobs` 0 means one process for each core."""
    processes = jobs or os.cpu_count() or 1
    if processes == 1 or len(paths) <= _CHUNK:
        yield from map(judge, paths)
        return
    with ProcessPoolExecutor(processes, initializer=_start, initargs=(judge,)) as pool:
        waiting: deque[Future[list[Judgement]]] = deque()
        for begin in range(0, len(paths), _CHUNK):
            waiting.append(pool.submit(_judge_chunk, paths[begin : begin + _CHUNK]))
            if len(waiting) > processes * _AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


_JUDGES: list[Judge] = []
"""The judge of a child process: handed over once, not with every chunk."""


def _start(judge: Judge) -> None:
    _JUDGES[:] = [judge]


def _judge_chunk(paths: Sequence[Path]) -> list[Judgement]:
    return [_JUDGES[0](path) for path in paths]


def _files_below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())
