"""What the use cases of bundles keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class StoredBundleApplication:
    """Hold an application for a bundle.

    `body` says what became of each matter, by codes and ids. `handed_in` is what the applicant gave, with
    names: it is kept while a matter waits for a result, and is empty from then on, since each case keeps
    its own.
    """

    id: str
    tenant: str
    version: int
    body: dict[str, Any]
    handed_in: dict[str, Any]


class BundleTable(Protocol):
    """Keep applications for bundles; saving needs the version that was read."""

    def add_bundle_application(self, stored: StoredBundleApplication) -> None: ...  # noqa: D102

    def bundle_application(self, tenant: str, identifier: str) -> StoredBundleApplication | None: ...  # noqa: D102

    def bundle_applications_after(self, identifier: str, limit: int) -> Sequence[StoredBundleApplication]:
        """Return applications of all tenants in the order of their ids, from behind one, for operators."""

    def save_bundle_application(self, stored: StoredBundleApplication) -> None:
        """Save if nobody saved since `stored` was read.

        Raises:
            CaseStateError: if somebody did.
        """
