"""Ports: what the use cases need of the world. Each adapter passes the contract tests of its port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from license_service.audit.storage import HashStorage, Node
from license_service.services.accepting.bundle_ports import BundleTable
from license_service.services.accepting.license_use_ports import LicenseUseTable
from license_service.services.caller import Caller, IdempotencyClaim
from license_service.services.cases.credit_table import CreditTable
from license_service.services.cases.feedback_ports import FeedbackTable
from license_service.services.cases.report_ports import CaseEventTable
from license_service.services.erasing.dossiers import DossierTable
from license_service.services.following.figures import FailedAttempt, FollowUpFigures
from license_service.services.papers.ports import PaperTable
from license_service.services.proving.operator_events import AuditorTable
from license_service.services.proving.stamps import StampTable
from license_service.services.records import (
    BatchItem,
    ErasedVerification,
    FollowUp,
    IssuedKey,
    NewBatchItem,
    NewFollowUp,
    RegisteredEndpoint,
    StoredCase,
    StoredEvent,
    WebhookEndpoint,
)
from license_service.services.sharing.source_calls import SourceCallTable


class VerificationTable(Protocol):
    """Keep verification answers."""

    def add_verification(self, tenant: str, identifier: str, answer: dict[str, Any]) -> None: ...  # noqa: D102

    def verification(self, tenant: str, identifier: str) -> dict[str, Any] | None: ...  # noqa: D102

    def verifications(self, tenant: str, identifiers: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return by id those of some answers that are this tenant's."""

    def any_verification(self, identifier: str) -> dict[str, Any] | None:
        """Return an answer whoever it was given to: for operators alone."""

    def count_verifications(self) -> int:
        """Return how many answers of all tenants are kept."""

    def verifications_after(
        self, identifier: str, limit: int
    ) -> Sequence[dict[str, Any] | ErasedVerification]:
        """Return answers of all tenants in the order of their ids, from behind one; for operators alone."""


class CaseTable(Protocol):
    """Keep cases; saving needs the version that was read."""

    def add_case(self, stored: StoredCase) -> None: ...  # noqa: D102

    def case(self, tenant: str, case_id: str) -> StoredCase | None: ...  # noqa: D102

    def cases_after(self, identifier: str, limit: int) -> Sequence[StoredCase]:
        """Return cases of all tenants in the order of their ids, from behind one; for operators alone."""

    def lock_case(self, case_id: str) -> None:
        """Keep others from writing to a case until the transaction ends, without reading it."""

    def save_case(self, stored: StoredCase) -> None:
        """Save if nobody saved since `stored` was read.

        Raises:
            CaseStateError: if somebody did.
        """


class EventTable(Protocol):
    """Keep events; sequence numbers of a case have no gaps."""

    def next_seq(self, case_id: str) -> int: ...  # noqa: D102

    def add_events(self, *events: StoredEvent) -> None: ...  # noqa: D102

    def event(self, tenant: str, event_id: str) -> StoredEvent | None: ...  # noqa: D102

    def events_of(self, tenant: str, case_id: str) -> Sequence[StoredEvent]: ...  # noqa: D102


class LogTable(Protocol):
    """Keep the log: leaves are events that have an index."""

    def lock_log(self) -> None:
        """Wait until no other integrator works."""

    def unlogged_entries(self, limit: int) -> Sequence[tuple[str, bytes]]:
        """Return id and entry of committed events without an index, oldest first."""

    def count_unlogged(self, limit: int) -> int:
        """Count committed events without an index, up to a limit."""

    def set_leaves(self, event_ids: Sequence[str], begin: int) -> None:
        """Give events indexes in a row, the first of them `begin`."""

    def hashes(self) -> HashStorage: ...  # noqa: D102

    def add_hashes(self, nodes: Sequence[Node]) -> None:
        """Keep hashes as `hashes().write` does, many at once."""

    def add_checkpoint(self, size: int, note: str) -> None: ...  # noqa: D102

    def last_checkpoint(self) -> tuple[int, str] | None: ...  # noqa: D102

    def checkpoint_after(self, size: int, *, witnessed: bool = False) -> tuple[int, str] | None:
        """Return the smallest checkpoint of more than `size` entries, of those witnessed or of all."""

    def witnessed_checkpoint(self) -> tuple[int, str] | None:
        """Return the largest checkpoint that a quorum of witnesses has cosigned."""

    def save_checkpoint(self, size: int, note: str, *, witnessed: bool) -> None:
        """Keep what witnesses added to a checkpoint."""

    def witnesses(self) -> dict[str, tuple[int, str]]:
        """Return by name the size each witness last cosigned, and why it did not since; empty: it did."""

    def set_witness(self, name: str, size: int, problem: str) -> None: ...  # noqa: D102

    def logged_entries(self, begin: int, end: int) -> Sequence[bytes]:
        """Return the entries of logged events by index: fewer where the log ends before `end`."""

    def any_events_of(self, case_id: str) -> Sequence[StoredEvent]:
        """Return the events of a case, whoever's it is: for operators alone."""

    def logged_events(self, tenant: str, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return a tenant's events whose index in the log is above `after`, in its order."""

    def log_problem(self) -> str:
        """Return why nothing is signed; empty where all is well."""

    def set_log_problem(self, code: str) -> None: ...  # noqa: D102


class FollowUpTable(Protocol):
    """Keep follow-ups; leases are counted by the database's own clock."""

    def add_follow_ups(self, *new: NewFollowUp) -> list[str | None]:
        """Add some; return the id of each, or None where that occurrence exists."""

    def claim(self, now: datetime, lease_seconds: float, *, identifier: str | None = None) -> FollowUp | None:
        """Claim one that is due at `now`, not leased and not in a full lane; each claim gets a new token.

        Where the claim before it ended with its lease, that is kept as a failed attempt: `LEASE_ENDED`.
        """

    def complete(self, identifier: str, token: int) -> bool:
        """Complete if `token` is still current; False means another claim overtook this one."""

    def postpone(self, claim: FollowUp, next_at: datetime, error: str, now: datetime, *, dead: bool) -> bool:
        """Put back with the code of what went wrong, which is kept as an attempt, or to rest as dead."""

    def defer(self, claim: FollowUp, next_at: datetime, error: str) -> bool:
        """Put back what was not tried: that is no attempt."""

    def follow_ups(self, tenant: str | None, state: str | None, limit: int) -> Sequence[dict[str, Any]]:
        """Return so many follow-ups at most, the next first; None: of all tenants, in any state."""

    def follow_up(self, identifier: str) -> dict[str, Any] | None: ...  # noqa: D102

    def failed_attempts(self, identifier: str) -> Sequence[FailedAttempt]:
        """Return the attempts of a follow-up that failed, the first first."""

    def revive(self, identifier: str, now: datetime) -> bool: ...  # noqa: D102

    def figures(self, now: datetime, failures_since: datetime) -> FollowUpFigures: ...  # noqa: D102

    def note_breaker(self, target: str, open_until: datetime) -> None:
        """Tell other processes, for their figures alone, until when a target is not asked."""

    def overdue(self, now: datetime) -> int: ...  # noqa: D102


class IdempotencyTable(Protocol):
    """Keep answers of requests that are done once."""

    def stored_answer(self, tenant: str, claim: IdempotencyClaim) -> dict[str, Any] | None:
        """Return the stored answer.

        Raises:
            IdempotencyKeyReusedError: if the key was used for another payload.
            ErasedError: if what it told was erased.
        """

    def keep_answer(self, tenant: str, claim: IdempotencyClaim, answer: dict[str, Any], dossier: str) -> None:
        """Keep an answer, sealed in the dossier of whom it tells of; empty for one that names nobody.

        Raises:
            IdempotencyConflictError: if the same request is being done elsewhere.
        """


class KeyTable(Protocol):
    """Keep API keys by the digest of their secret."""

    def add_key(self, caller: Caller, name: str, digest: str, expires_at: datetime) -> None: ...  # noqa: D102

    def key(self, key_id: str) -> tuple[Caller, str, datetime] | None: ...  # noqa: D102

    def issued_keys(self) -> Sequence[IssuedKey]:
        """Return the keys of every tenant, by tenant and name: for operators alone."""

    def end_key(self, key_id: str, moment: datetime) -> bool:
        """Let a key end at a moment; tell whether there is one that lasted longer."""


class WebhookTable(Protocol):
    """Keep webhook endpoints."""

    def add_endpoint(self, endpoint: WebhookEndpoint) -> None: ...  # noqa: D102

    def endpoints_of(self, tenant: str) -> Sequence[WebhookEndpoint]: ...  # noqa: D102

    def endpoint(self, identifier: str) -> WebhookEndpoint | None: ...  # noqa: D102

    def registered_endpoints(self) -> Sequence[RegisteredEndpoint]:
        """Return the endpoints of every tenant, disabled ones too: for operators alone."""

    def disable_endpoint(self, identifier: str) -> None: ...  # noqa: D102

    def save_secrets(self, endpoint: WebhookEndpoint) -> None:
        """Keep which secrets an endpoint's webhooks are signed with."""


class BatchTable(Protocol):
    """Keep batches; a document is dropped once its verdict is kept."""

    def add_batch(self, tenant: str, batch_id: str, items: Sequence[NewBatchItem]) -> None: ...  # noqa: D102

    def batch_counts(self, tenant: str, batch_id: str) -> dict[str | None, int] | None:
        """Return how many items have each indication, None being those not judged yet."""

    def batch_items(self, batch_id: str, begin: int, end: int) -> Sequence[BatchItem]: ...  # noqa: D102

    def settle_batch_item(self, batch_id: str, position: int, verification_id: str, indication: str) -> None:
        """Name the verdict of an item and drop its document."""


class Transaction(
    VerificationTable,
    BatchTable,
    CaseTable,
    EventTable,
    LogTable,
    StampTable,
    AuditorTable,
    FollowUpTable,
    IdempotencyTable,
    KeyTable,
    WebhookTable,
    BundleTable,
    CaseEventTable,
    FeedbackTable,
    CreditTable,
    SourceCallTable,
    PaperTable,
    LicenseUseTable,
    DossierTable,
    Protocol,
):
    """All tables in one transaction: committed when left, rolled back when left by an exception."""


class Store(Protocol):
    """Open transactions."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Read what is committed, each statement by itself: for what takes but one, and writes nothing."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Begin one that may write.

        Raises:
            StoreUnavailableError: if the database does not answer.
        """
        ...

    def describe(self) -> dict[str, str]:
        """Say which engine it is and how it keeps what is committed.

        Raises:
            StoreUnavailableError: if the database does not answer.
        """
        ...


class RateLimiter(Protocol):
    """Count what a tenant asks for."""

    def wait_seconds(self, tenant: str) -> float:
        """Take one request of the tenant's allowance; return 0, or the seconds until there is one again."""
        ...


class Doorbell(Protocol):
    """Tell workers that a follow-up is due; may be lost."""

    def ring(self, follow_up_id: str) -> None:
        """Ring, and raise nothing."""

    def status(self) -> str:
        """Return `ok`, `down` or `none`."""
        ...


class LogPublication(Protocol):
    """Hold what the log told the world, outside the database."""

    def checkpoint(self) -> str | None:
        """Return the last published checkpoint, or None before the first."""
        ...

    def entries(self, size: int) -> Iterable[bytes]:
        """Return the first `size` published entries.

        Raises:
            AuditError: `TILE_MISSING`, or `BUNDLE_MALFORMED`.
        """
        ...

    def publish(self, files: Iterable[tuple[str, bytes]], size: int, checkpoint: str) -> None:
        """Publish files by path, then the checkpoint that needs them, unless a larger one is there."""
        ...

    def add_cosignatures(self, size: int, checkpoint: str) -> None:
        """Publish what witnesses added to the last checkpoint; nothing if it is no longer the last."""
        ...

    def add_stamp(self, size: int, token: bytes) -> None:
        """Publish a timestamp on the checkpoint of that size."""
        ...


class InputArchive(Protocol):
    """Keep bytes under their SHA-256."""

    def put(self, data: bytes) -> bool:
        """Keep an item; False where that failed, which is counted and logged and raises nothing."""
        ...

    def put_document(self, data: bytes) -> bool:
        """Keep a document, sealed; False as above."""
        ...

    def get(self, sha256: str) -> bytes | None:
        """Return an item or a document, None where it is missing or damaged."""
        ...

    def erase_documents(self, names: Iterable[str]) -> None:
        """Remove documents by their blind indexes; what is not there is no error.

        Raises:
            StoreUnavailableError: if one cannot be removed.
        """
        ...
