"""Trust anchors: who may vouch for which licenses, and from when to when."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property


class AnchorPurpose(StrEnum):
    """What an anchor's certificates may be used for."""

    LICENSE = "license"
    SEAL_MAKER = "seal-maker"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True)
class TrustAnchor:
    """Trust a root certificate for named purposes, license types and issuers, for a time.

    `license_types` and `issuers` are shell-style patterns over the type code and the issuer code;
    an empty tuple vouches for nothing, `*` for all: absence never widens trust.
    """

    name: str
    certificate: bytes
    purposes: frozenset[AnchorPurpose]
    license_types: tuple[str, ...]
    issuers: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    source: str

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the certificate in lower-case hex."""
        return hashlib.sha256(self.certificate).hexdigest()

    def serves(self, purpose: AnchorPurpose, moment: datetime) -> bool:
        """Tell whether the anchor may be used for `purpose` at `moment`."""
        return purpose in self.purposes and self.valid_from <= moment <= self.valid_until

    def vouches_for(self, type_code: str, issuer_code: str) -> bool:
        """Tell whether licenses of this type from this issuer may rest on the anchor."""
        return _matches(self.license_types, type_code) and _matches(self.issuers, issuer_code)


@dataclass(frozen=True)
class TrustStore:
    """Hold the anchors in order of digest; an empty store makes every sound document INDETERMINATE."""

    anchors: tuple[TrustAnchor, ...] = ()

    def __post_init__(self) -> None:  # noqa: D105 - equal sets of anchors are equal stores
        object.__setattr__(self, "anchors", tuple(sorted(self.anchors, key=lambda anchor: anchor.sha256)))

    def for_purpose(self, purpose: AnchorPurpose, moment: datetime) -> tuple[TrustAnchor, ...]:
        """Return the anchors that may be used for `purpose` at `moment`."""
        return tuple(anchor for anchor in self.anchors if anchor.serves(purpose, moment))

    @cached_property
    def listing(self) -> str:
        """Return a canonical description of every anchor: what the digest is over."""
        rows = [_describe(anchor) for anchor in self.anchors]
        return json.dumps({"tag": "license-service/trust/v2", "anchors": rows}, sort_keys=True)

    @cached_property
    def digest(self) -> str:
        """Return `sha256:` over the listing."""
        return "sha256:" + hashlib.sha256(self.listing.encode()).hexdigest()


def _describe(anchor: TrustAnchor) -> dict[str, object]:
    # The name is in reports, so two stores that differ by it alone do not give the same bytes.
    return {
        "name": anchor.name,
        "sha256": anchor.sha256,
        "purposes": sorted(anchor.purposes),
        "license_types": list(anchor.license_types),
        "issuers": list(anchor.issuers),
        "valid_from": anchor.valid_from.isoformat(),
        "valid_until": anchor.valid_until.isoformat(),
    }


def _matches(patterns: tuple[str, ...], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)
