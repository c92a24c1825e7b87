"""The keys of a use, as the use cases see them: which sign, and which only verify what they signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from license_service.audit.note import NoteSigner, NoteVerifier


class KeyState(StrEnum):
    """Where a key stands; it never goes back."""

    ACTIVE = "active"
    VERIFY_ONLY = "verify-only"
    DESTROYED = "destroyed"
    """The private key is gone; what it signed still verifies."""


@dataclass(frozen=True)
class KeyRecord:
    """Hold what is known of a key; `verifier` is its verifier key, which stays when the private key goes."""

    id: str
    algorithm: str
    verifier: str
    created: datetime
    not_before: datetime
    not_after: datetime | None
    state: KeyState
    label: str = ""
    """Under which a PKCS#11 token holds the private part; empty: a file does."""


class LogKey(Protocol):
    """Hold the keys that sign checkpoints."""

    def signer(self) -> NoteSigner:
        """Return what signs with every active key, the oldest first."""
        ...

    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of every key that ever signed, those that still do first."""
        ...


class KeyRing(LogKey, Protocol):
    """Replace those keys."""

    def records(self) -> tuple[KeyRecord, ...]:
        """Return every key, the oldest first."""
        ...

    def draw(self, *, in_token: bool = False) -> NoteSigner:
        """Make a key that is not in the ring yet.

        Raises:
            ConfigurationError: if it should be in a token and there is none, or the token makes none.
        """
        ...

    def add(self, key: NoteSigner, now: datetime) -> KeyRecord:
        """Take a key into the ring: from now on it signs beside the others."""
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
