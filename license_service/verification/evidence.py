"""What was fetched or handed over before verifying: CRLs, certificates and status lists, as bytes.

Keeping them is what lets every verdict be computed again, bit for bit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property


@dataclass(frozen=True)
class Evidence:
    """Hold CRLs, intermediate certificates and status lists in one order: the digest knows no other."""

    crls: tuple[bytes, ...] = ()
    certificates: tuple[bytes, ...] = ()
    status_lists: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:  # noqa: D105 - equal sets of items are equal evidence
        for item in fields(self):
            object.__setattr__(self, item.name, tuple(sorted(getattr(self, item.name))))

    @cached_property
    def listing(self) -> str:
        """Return the sorted digests of every item, each with its kind: what the digest is over."""
        items = [("crl", c) for c in self.crls] + [("certificate", c) for c in self.certificates]
        items += [("status_list", token) for token in self.status_lists]
        lines = sorted(f"{kind} {hashlib.sha256(data).hexdigest()}\n" for kind, data in items)
        return "license-service/evidence/v1\n" + "".join(lines)

    @cached_property
    def digest(self) -> str:
        """Return `sha256:` over the listing."""
        return "sha256:" + hashlib.sha256(self.listing.encode()).hexdigest()
