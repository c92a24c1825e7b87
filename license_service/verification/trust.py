"""Trust anchors and keys: who may vouch for which licenses, and from when to when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property

_AREA = slice(2, 8)


class AnchorPurpose(StrEnum):
    """What an anchor's certificates may be used for."""

    LICENSE = "license"
    SEAL_MAKER = "seal-maker"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True)
class TrustAnchor:
    """Trust a root certificate for named purposes, license types, issuers and regions, for a time.

    `license_types`, `issuers` and `regions` are shell-style patterns over the type code, the issuer's
    USCC and the area in it; an empty tuple vouches for nothing, `*` for all: absence never widens trust.
    """

    name: str
    certificate: bytes
    purposes: frozenset[AnchorPurpose]
    license_types: tuple[str, ...]
    issuers: tuple[str, ...]
    regions: tuple[str, ...]
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
        """Tell whether licenses of this type from this issuer may rest on the anchor.

        Clause: GB 32100-2015, 4 (characters 3 to 8 of a USCC are the area of registration, GB/T 2260).
        """
        return (
            _matches(self.license_types, type_code)
            and _matches(self.issuers, issuer_code)
            and _matches(self.regions, issuer_code[_AREA])
        )


class Environment(StrEnum):
    """Where a trust list may be used; a test authority is never trusted in production."""

    PRODUCTION = "production"
    TEST = "test"


@dataclass(frozen=True)
class TrustedKey:
    """Trust a bare public key, found by its `kid`, for one issuer and some license types, for a time.

    It is withdrawn by ending or removing its row: nobody else can revoke it. `algorithm` is the one
    canonical name it verifies.
    """

    kid: str
    spki: bytes
    key_type: str
    key_bits: int
    algorithm: str
    issuer_code: str
    issuer_name: str
    license_types: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    source: str

    @property
    def organization(self) -> str:
        """Return the issuer as a seal certificate names it: USCC and name in one text."""
        return f"{self.issuer_code}{self.issuer_name}"

    def vouches_for(self, type_code: str, issuer_code: str) -> bool:
        """Tell whether licenses of this type from this issuer may rest on the key."""
        return issuer_code == self.issuer_code and _matches(self.license_types, type_code)


@dataclass(frozen=True)
class TrustStore:
    """Hold anchors and keys in one order; an empty store makes every sound document INDETERMINATE.

    `sequence` counts the lists of a publisher, `issued_at` says how old this one is; `publishers` are
    the verifier keys that may sign the next one; none: whoever could sign this one.
    """

    anchors: tuple[TrustAnchor, ...] = ()
    keys: tuple[TrustedKey, ...] = ()
    environment: Environment = Environment.PRODUCTION
    sequence: int = 0
    issued_at: datetime | None = None
    publishers: tuple[str, ...] = ()

    def is_stale(self, moment: datetime, longest: timedelta) -> bool:
        """Tell whether the list is older at `moment` than a policy allows."""
        return self.issued_at is not None and moment - self.issued_at > longest

    def key(self, kid: str, moment: datetime) -> TrustedKey | None:
        """Return the key called `kid` if it is trusted at `moment`."""
        return next((k for k in self.keys if k.kid == kid and k.not_before <= moment <= k.not_after), None)

    def __post_init__(self) -> None:  # noqa: D105 - equal sets of anchors and keys are equal stores
        object.__setattr__(self, "anchors", tuple(sorted(self.anchors, key=lambda anchor: anchor.sha256)))
        object.__setattr__(self, "keys", tuple(sorted(self.keys, key=lambda k: (k.kid, k.spki))))

    def for_purpose(self, purpose: AnchorPurpose, *moments: datetime) -> tuple[TrustAnchor, ...]:
        """Return the anchors that may be used for `purpose` at any of `moments`."""
        return tuple(a for a in self.anchors if any(a.serves(purpose, moment) for moment in moments))

    @cached_property
    def listing(self) -> str:
        """Return a canonical description of the list, its anchors and keys: what the digest is over."""
        content: dict[str, object] = {
            "tag": "license-service/trust/v2",
            "environment": self.environment,
            "sequence": self.sequence,
            "issued_at": self.issued_at.isoformat() if self.issued_at else None,
            "anchors": [_describe(anchor) for anchor in self.anchors],
            "keys": [_describe_key(key) for key in self.keys],
        }
        return json.dumps(content, sort_keys=True)

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
        "regions": list(anchor.regions),
        "valid_from": anchor.valid_from.isoformat(),
        "valid_until": anchor.valid_until.isoformat(),
    }


def _describe_key(key: TrustedKey) -> dict[str, object]:
    return {
        "kid": key.kid,
        "sha256": hashlib.sha256(key.spki).hexdigest(),
        "key_type": key.key_type,
        "key_bits": key.key_bits,
        "algorithm": key.algorithm,
        "issuer_code": key.issuer_code,
        "issuer_name": key.issuer_name,
        "license_types": list(key.license_types),
        "not_before": key.not_before.isoformat(),
        "not_after": key.not_after.isoformat(),
    }


def _in_order(rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: str(row["sha256"]))


def _matches(patterns: tuple[str, ...], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)
