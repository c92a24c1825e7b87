"""What was fetched or handed over before verifying, as bytes.

Keeping them is what lets every verdict be computed again, bit for bit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property

KINDS = {
    "crl": "crls",
    "certificate": "certificates",
    "ocsp": "ocsp_responses",
    "status_list": "status_lists",
    "register_entry": "register_entries",
}
"""Member of `Evidence` that holds each kind of a listing."""


@dataclass(frozen=True)
class Evidence:
    """Hold each kind of evidence in one order: the digest knows no other."""

    crls: tuple[bytes, ...] = ()
    certificates: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()
    status_lists: tuple[bytes, ...] = ()
    register_entries: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:  # noqa: D105 - equal sets of items are equal evidence
        for item in fields(self):
            object.__setattr__(self, item.name, tuple(sorted(getattr(self, item.name))))

    @cached_property
    def listing(self) -> str:
        """Return the sorted digests of every item, each with its kind: what the digest is over."""
        items = [(kind, data) for kind, name in KINDS.items() for data in getattr(self, name)]
        lines = sorted(f"{kind} {hashlib.sha256(data).hexdigest()}\n" for kind, data in items)
        return "license-service/evidence/v1\n" + "".join(lines)

    @cached_property
    def digest(self) -> str:
        """Return `sha256:` over the listing."""
        return "sha256:" + hashlib.sha256(self.listing.encode()).hexdigest()

    def beyond(self, known: Evidence) -> Evidence:
        """Return what this evidence adds to `known`."""
        added = {
            item.name: tuple({*getattr(self, item.name)} - {*getattr(known, item.name)})
            for item in fields(self)
        }
        return Evidence(**added)

    def joined(self, more: Evidence) -> Evidence:
        """Return this evidence with what `more` adds to it."""
        both = {
            item.name: tuple({*getattr(self, item.name), *getattr(more, item.name)}) for item in fields(self)
        }
        return Evidence(**both)
