"""What the log of uses needs of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class LicenseUse:
    """Hold one use of a license for a case.

    `holders` are blind indexes, never ids; `operator` is the API key that asked, `officer` who it names;
    `materials` are those it was found to serve, none where it served nothing.
    """

    id: str
    tenant: str
    case_id: str
    matter_code: str
    verification_id: str
    license_identifier: str
    type_code: str
    issuer_code: str
    holders: tuple[str, ...]
    materials: tuple[str, ...]
    purpose: str
    operator: str
    officer: str
    mode: str
    used_at: datetime
    erased: bool = False
    """Whether the case was erased: then identifier and purpose are empty."""


class LicenseUseTable(Protocol):
    """Keep uses of licenses; nothing in it is ever changed."""

    def add_license_uses(self, *uses: LicenseUse) -> None: ...  # noqa: D102

    def uses_of_holder(
        self, tenant: str, holder: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, LicenseUse]]:
        """Return uses of a holder's licenses, newest first, with their positions, from below one."""

    def uses_of_issuer(
        self, tenant: str, issuer_code: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, LicenseUse]]:
        """Return uses of an issuer's licenses, likewise."""
