"""What may be said of a case in codes, and the rule by which it must be answered: data with a legal basis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from license_service.domain.deadlines import Period


class FeedbackKind(StrEnum):
    """What was said."""

    RATING = "rating"
    COMPLAINT = "complaint"


class Channel(StrEnum):
    """Where it was said."""

    ONLINE = "online"
    WINDOW = "window"
    KIOSK = "kiosk"
    SMS = "sms"
    HOTLINE_12345 = "hotline-12345"


@dataclass(frozen=True)
class Said:
    """Hold what was said in codes; a complaint has no score."""

    kind: FeedbackKind
    channel: Channel
    reasons: tuple[str, ...]
    score: int | None = None


@dataclass(frozen=True)
class FeedbackReason:
    """Name a reason by its code."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class AnswerRule:
    """Say within what time an answer is due, and by what right it is asked for."""

    within: Period
    basis: str


@dataclass(frozen=True)
class FeedbackRule:
    """Hold one version of the rule; a rating of at most `bad_at_most` is bad."""

    version: str
    effective_from: date
    effective_until: date | None
    basis: str
    bad_at_most: int
    bad_rating: AnswerRule
    complaint: AnswerRule
    reasons: tuple[FeedbackReason, ...]
    code: str = "feedback"
    """The same for all: no two are in effect on one day."""

    def in_effect(self, on: date) -> bool:
        """Tell whether this version applies on a day; `effective_until` is the last such day."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)

    def answer_due(self, said: Said) -> AnswerRule | None:
        """Return by which rule an answer is due; None for a rating that is not bad."""
        if said.kind is FeedbackKind.COMPLAINT:
            return self.complaint
        return self.bad_rating if (said.score or 0) <= self.bad_at_most else None
