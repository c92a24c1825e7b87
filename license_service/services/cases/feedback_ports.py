"""What the use cases of ratings and complaints keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from license_service.domain.feedback import Feedback


@dataclass(frozen=True)
class StoredFeedback:
    """Hold a rating or complaint beside what people wrote, which no event repeats."""

    tenant: str
    version: int
    feedback: Feedback
    text: str
    answer: str = ""


class FeedbackTable(Protocol):
    """Keep ratings and complaints; saving needs the version that was read."""

    def add_feedback(self, stored: StoredFeedback) -> None: ...  # noqa: D102

    def feedback(self, tenant: str, identifier: str) -> StoredFeedback | None: ...  # noqa: D102

    def feedback_of(self, tenant: str, case_id: str) -> Sequence[StoredFeedback]:
        """Return what was said of a case, the first first."""

    def save_feedback(self, stored: StoredFeedback) -> None:
        """Save if nobody saved since `stored` was read.

        Raises:
            CaseStateError: if somebody did.
        """
