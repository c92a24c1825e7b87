"""The one message catalogue: what a clerk or an applicant reads for each code.

One file a subject. A code without a sentence fails the build (`tests/unit/domain/test_messages.py`).
"""

from __future__ import annotations

from license_service.domain.messages import (
    bundles,
    certificates,
    cms,
    credentials,
    jose,
    licenses,
    materials,
    packages,
    pdf,
    seals,
    signatures,
    sources,
    status,
    timestamps,
    tokens,
)
from license_service.domain.messages.message import COMPARE, Ask, Message

__all__ = ["CATALOGUE", "SUBJECTS", "Ask", "Message", "message"]

SUBJECTS = (
    signatures,
    timestamps,
    seals,
    certificates,
    licenses,
    status,
    packages,
    pdf,
    cms,
    jose,
    credentials,
    tokens,
    materials,
    bundles,
    sources,
)

CATALOGUE: dict[str, Message] = {
    code: text for subject in SUBJECTS for code, text in subject.MESSAGES.items()
}


def message(code: str) -> Message:
    """Return the sentence for a code; for one of a later version, a sentence that names it."""
    unknown = Message(f"核验未通过（{code}）。", f"The verification did not pass ({code}).", COMPARE)
    return CATALOGUE.get(code, unknown)
