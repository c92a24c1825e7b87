"""The keys of a use, as the use cases see them: which sign, and which only verify what they signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from license_service.audit.note import NoteSigner, NoteVerifier


class KeyState(StrEnum):
    """Where a key stands; it never goes back."""

    ACTIVE = "active"
    VERIFY_ONLY = "verify-only"
    DESTROYED = "destroyed"
    """The private key is gone; what it signed still verifies."""


@dataclass(frozen=True)
class KeyRecord:
    """Hold what is known of a key; `verifier` stays when the private key goes.

    It is a verifier key (c2sp.org/signed-note), a JWK, or what names a secret and tells nothing of it.
    """

    id: str
    algorithm: str
    verifier: str
    created: datetime
    not_before: datetime
    not_after: datetime | None
    state: KeyState
    label: str = ""
    """Under which a PKCS#11 token holds the private part; empty: a file does."""


Statement = str | Mapping[str, Any]
"""What old and new keys signed: a signed note, or a JWS in its general JSON form (RFC 7515, 7.2.1)."""


@dataclass(frozen=True)
class NewKey:
    """Hold a key that is in no ring yet.

    `attest` returns a text as the keys it joins and itself signed it; None where keys of its use do not.
    """

    record: KeyRecord
    content: bytes = field(repr=False)
    attest: Callable[[str], Statement | None]


class LogKey(Protocol):
    """Hold the keys that sign checkpoints."""

    def signer(self) -> NoteSigner:
        """Return what signs with every active key, the oldest first."""
        ...

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of every key that ever signed, those that still do first."""
        ...


class KeyRing(Protocol):
    """Replace the keys of a use."""

    def records(self) -> tuple[KeyRecord, ...]:
        """Return every key, the oldest first."""
        ...

    def draw(self, now: datetime, *, in_token: bool = False) -> NewKey:
        """Make a key that is not in the ring yet.

        Raises:
            ConfigurationError: if it should be in a token and there is none, or the token makes none.
        """
        ...

    def add(self, new: NewKey) -> KeyRecord:
        """Take a key into the ring: from now on it signs, beside the others or before them."""
        ...

    def retire(self, identifier: str, now: datetime) -> KeyRecord:
        """Let an active key sign no more, unless it is the last.

        Raises:
            KeyStateError: if there is no such key, it is not active, or no other is.
        """
        ...

    def destroy(self, identifier: str) -> KeyRecord:
        """Remove the private part of a key that signs no more.

        Raises:
            KeyStateError: if there is no such key, or it still signs.
        """
        ...
