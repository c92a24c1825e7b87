"""Port: credit records by blind index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from license_service.domain.credit import CreditRecord


class CreditTable(Protocol):
    """Keep credit records; none is ever deleted."""

    def add_credit_record(self, tenant: str, record: CreditRecord) -> None: ...  # noqa: D102

    def credit_record(self, tenant: str, identifier: str) -> CreditRecord | None:
        """Return a record, which nobody else changes until the transaction ends."""

    def credit_records_of(self, tenant: str, subject: str) -> Sequence[CreditRecord]:
        """Return every record of a blind index, the oldest first."""

    def save_credit_record(self, tenant: str, record: CreditRecord) -> None:
        """Save a record that was read in this transaction."""
