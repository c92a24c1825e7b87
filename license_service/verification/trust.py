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
    """Hold the anchors; an empty store is legal and makes every sound document INDETERMINATE."""

    anchors: tuple[TrustAnchor, ...] = ()

    def for_purpose(self, purpose: AnchorPurpose, *moments: datetime) -> tuple[TrustAnchor, ...]:
        """Return the anchors that may be used for `purpose` at any of `moments`."""
        return tuple(a for a in self.anchors if any(a.serves(purpose, moment) for moment in moments))

    @cached_property
    def digest(self) -> str:
        """Return `sha256:` over a canonical description of every anchor, in order of digest."""
        rows = sorted((_describe(anchor) for anchor in self.anchors), key=lambda row: str(row["sha256"]))
        body = json.dumps({"tag": "license-service/trust/v1", "anchors": rows}, sort_keys=True)
        return "sha256:" + hashlib.sha256(body.encode()).hexdigest()


def _describe(anchor: TrustAnchor) -> dict[str, object]:
    return {
        "sha256": anchor.sha256,
        "purposes": sorted(anchor.purposes),
        "license_types": list(anchor.license_types),
        "issuers": list(anchor.issuers),
        "valid_from": anchor.valid_from.isoformat(),
        "valid_until": anchor.valid_until.isoformat(),
    }


def _matches(patterns: tuple[str, ...], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)
