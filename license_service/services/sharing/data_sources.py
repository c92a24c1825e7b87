"""The port to data sources of other authorities: what they are asked, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class SourceUse(StrEnum):
    """What a source may be asked for: whether a promise was kept, or whether it holds what a paper says."""

    CHECK = "check"
    DATA = "data"


class Says(StrEnum):
    """What a source says of what it was asked; whatever goes wrong is undetermined."""

    YES = "yes"
    NO = "no"
    UNDETERMINED = "undetermined"


class Undecided(StrEnum):
    """Why a source decided nothing; append-only, each with a sentence in `domain/messages/sources.py`."""

    NOT_DECLARED = "SOURCE_NOT_DECLARED"
    INCOMPLETE = "QUESTION_INCOMPLETE"
    NOT_ASKED = "SOURCE_NOT_ASKED"
    SILENT = "SOURCE_SILENT"
    UNREADABLE = "SOURCE_UNREADABLE"
    WORD_UNKNOWN = "SOURCE_WORD_UNKNOWN"
    STALE = "SOURCE_STALE"
    CONTRADICTORY = "SOURCE_CONTRADICTORY"


@dataclass(frozen=True)
class Question:
    """Hold the values that may be sent, by our names (`applicant.id`); `key` names the request."""

    source: str
    use: SourceUse
    values: Mapping[str, str]
    key: str


@dataclass(frozen=True)
class SourceAnswer:
    """Hold what a source said, the digest of the bytes it said it with, and how long it took.

    `reason` says why it is undetermined, `as_of` how old the source's own data is.
    """

    says: Says
    reason: Undecided | None = None
    digest: str = ""
    as_of: datetime | None = None
    milliseconds: int = 0


@dataclass(frozen=True)
class SourceDescription:
    """Say of a source whose it is, what it is asked for and by what names, and how its answers are read."""

    name: str
    title_zh: str
    title_en: str
    owner: str
    uses: frozenset[SourceUse]
    query: Mapping[str, str]
    answer: Mapping[str, Any]
    max_age_days: float | None


class SourceClient(Protocol):
    """Ask the sources that the operator declared."""

    def ask(self, question: Question, seconds: float) -> SourceAnswer:
        """Return what a source says within its own time and `seconds`; raises nothing."""
        ...

    def described(self) -> Sequence[SourceDescription]:
        """Return every source, by name."""
        ...
