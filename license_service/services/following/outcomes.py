"""How an attempt of a follow-up ends, other than by being done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from license_service.services.ports import Transaction

Effect = Callable[[Transaction, datetime], None]
"""What is recorded, in the transaction that completes the follow-up."""


class RetryLaterError(Exception):
    """Put the follow-up back; `code` says why, and whoever was asked may say not to come before a moment."""

    def __init__(self, code: str, not_before: datetime | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.not_before = not_before


class DeferError(Exception):
    """Put back what was not tried until a moment; `code` says why, and no attempt is spent."""

    def __init__(self, code: str, until: datetime) -> None:
        super().__init__(code)
        self.code = code
        self.until = until


def nothing(_tx: Transaction, _now: datetime) -> None:
    """Record nothing but the completion."""
