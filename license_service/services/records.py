"""What the store keeps and workers claim, as the use cases see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from license_service.domain.agent import Agent
from license_service.domain.application import Person
from license_service.domain.case import Case
from license_service.services.caller import Caller


@dataclass(frozen=True)
class StoredCase:
    """Hold a case with its tenant, its version, and who applies: kept apart from what is logged."""

    tenant: str
    case: Case
    version: int
    applicant: Person
    legal_person: Person | None
    salt: str
    other_party: Person | None = None
    acknowledged_by: Mapping[str, str] = field(default_factory=dict)
    """Who read and acknowledged the notice of each promise, by material."""
    agent: Agent | None = None


@dataclass(frozen=True)
class StoredEvent:
    """Hold an event row; `entry` is the exact bytes that the log hashes."""

    id: str
    tenant: str
    case_id: str | None
    seq: int | None
    kind: str
    entry: bytes
    created_at: datetime
    leaf_index: int | None = None


@dataclass(frozen=True)
class FollowUp:
    """Hold a claimed follow-up; only the holder of the current `token` may complete it."""

    id: str
    kind: str
    tenant: str
    subject: str
    occurrence: str
    due_at: datetime
    attempts: int
    token: int


@dataclass(frozen=True)
class NewFollowUp:
    """Ask for a follow-up, once for each (kind, subject, occurrence)."""

    tenant: str
    kind: str
    subject: str
    occurrence: str
    due_at: datetime
    lane: str = ""
    """What it shares with others, of which only some may run at once; empty: nothing."""


@dataclass(frozen=True)
class WebhookEndpoint:
    """Hold where a tenant wants its events, and the secrets that sign them: several while one is renewed."""

    id: str
    tenant: str
    url: str
    secret: str
    previous: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegisteredEndpoint:
    """Hold an endpoint, and whether anything is still sent there."""

    endpoint: WebhookEndpoint
    enabled: bool


@dataclass(frozen=True)
class IssuedKey:
    """Hold whom an API key names, what it is for, and when it ends."""

    caller: Caller
    name: str
    expires_at: datetime


@dataclass(frozen=True)
class WebhookAnswer:
    """Hold what a receiver said: a status, 0 where nothing answered, and its `Retry-After`."""

    status: int
    retry_after: str = ""


@dataclass(frozen=True)
class NewBatchItem:
    """Hold a document of a batch, or what names it, under the name its sender knows it by."""

    name: str
    content: bytes | None
    identifier: str | None = None


@dataclass(frozen=True)
class BatchItem:
    """Hold an item of a batch: its document until it is judged, then the id of its verdict.

    One that was presented by its identifier has no document.
    """

    position: int
    name: str
    content: bytes | None
    verification_id: str | None
    identifier: str | None = None
    erased: bool = False


@dataclass(frozen=True)
class ErasedVerification:
    """Stand for a verdict whose report was erased."""

    id: str
