"""Verify many documents as one job that workers share out.

One transaction keeps the documents and a follow-up for each handful; then the answer goes out. A worker
judges a handful outside the database and keeps all its verdicts in one transaction, under its token.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from license_service.clock import Clock
from license_service.domain.obligation import FollowUpKind
from license_service.errors import NotFoundError
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.ports import Doorbell, Store, Transaction
from license_service.services.records import BatchItem, FollowUp, NewBatchItem, NewFollowUp
from license_service.services.verifying.verifications import Verifier, keep_verification
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport

_HANDFUL = 5
"""Documents of one follow-up: the worst takes 5 s, a register 20 s, and a lease is 30 s."""
_PAGE = 50


class BatchService:
    """Answer `/v1/verifications/batches`, and judge what workers claim."""

    def __init__(self, store: Store, clock: Clock, verifier: Verifier, doorbell: Doorbell) -> None:
        self._store = store
        self._clock = clock
        self._verifier = verifier
        self._doorbell = doorbell

    def open(self, caller: Caller, items: Sequence[NewBatchItem], claim: IdempotencyClaim) -> dict[str, Any]:
        """Keep a batch and share it out; return its progress.

        Raises:
            ForbiddenError: without the scope.
            InvalidRequestError: if a license is named and there is no register.
            IdempotencyKeyReusedError: if the claim's key came with another payload.
        """
        caller.require(Scope.VERIFY)
        if any(item.identifier for item in items):
            self._verifier.fetching.require_register()
        batch_id, now = uuid.uuid4().hex, self._clock.now()
        with self._store.begin() as tx:
            stored = tx.stored_answer(caller.tenant, claim)
            if stored is not None:
                return stored
            tx.add_batch(caller.tenant, batch_id, items)
            due = _share_out(tx, caller.tenant, batch_id, items, now)
            answer = _progress(batch_id, {None: len(items)})
            tx.keep_answer(caller.tenant, claim, answer, batch_id)
        for identifier in due:
            self._doorbell.ring(identifier)
        return answer

    def progress(self, caller: Caller, batch_id: str) -> dict[str, Any]:
        """Return how far a batch is.

        Raises:
            NotFoundError: if this tenant has none of that id.
        """
        caller.require(Scope.VERIFY)
        with self._store.read() as tx:
            counts = tx.batch_counts(caller.tenant, batch_id)
        if counts is None:
            raise NotFoundError("no such batch")
        return _progress(batch_id, counts)

    def results(self, caller: Caller, batch_id: str) -> Iterator[str]:
        """Return the verdicts there are as JSON lines, in the order the documents were sent.

        Raises:
            NotFoundError: if this tenant has no batch of that id.
        """
        size = self.progress(caller, batch_id)["total"]
        return self._lines(caller.tenant, batch_id, size)

    def judge(self, claimed: FollowUp) -> Sequence[tuple[BatchItem, VerificationReport]]:
        """Judge the documents of a follow-up that have no verdict yet."""
        batch_id, begin = _subject(claimed)
        with self._store.read() as tx:
            items = tx.batch_items(batch_id, begin, begin + _HANDFUL)
        now = self._clock.now()
        waiting = (
            item for item in items[: _length(items)] if item.verification_id is None and not item.erased
        )
        return [
            (item, self._verifier(item.content, now, Presentation(identifier=item.identifier)))
            for item in waiting
        ]

    def _lines(self, tenant: str, batch_id: str, size: int) -> Iterator[str]:
        for begin in range(0, size, _PAGE):
            with self._store.read() as tx:
                items = tx.batch_items(batch_id, begin, begin + _PAGE)
                lines = [_line(tx, tenant, item) for item in items if item.verification_id is not None]
            yield from lines


def keep_verdicts(
    tx: Transaction,
    claimed: FollowUp,
    judged: Sequence[tuple[BatchItem, VerificationReport]],
    now: datetime,
) -> None:
    """Keep the verdicts of a follow-up and drop its documents."""
    batch_id, _ = _subject(claimed)
    for item, report in judged:
        answer = keep_verification(tx, claimed.tenant, report, now)
        tx.settle_batch_item(batch_id, item.position, answer["id"], report.indication)


def _length(items: Sequence[NewBatchItem | BatchItem]) -> int:
    """Return how many of the next items make a handful: one that a register has to give is alone."""
    documents = takewhile(lambda item: item.identifier is None, items[:_HANDFUL])
    return max(1, len(list(documents)))


def _begins(items: Sequence[NewBatchItem]) -> Iterator[int]:
    begin = 0
    while begin < len(items):
        yield begin
        begin += _length(items[begin : begin + _HANDFUL])


def _share_out(
    tx: Transaction, tenant: str, batch_id: str, items: Sequence[NewBatchItem], now: datetime
) -> list[str]:
    subjects = (f"{batch_id}.{begin}" for begin in _begins(items))
    kind = FollowUpKind.BATCH_VERIFICATION
    added = tx.add_follow_ups(*(NewFollowUp(tenant, kind, subject, "1", now) for subject in subjects))
    return [identifier for identifier in added if identifier is not None]


def _subject(claimed: FollowUp) -> tuple[str, int]:
    batch_id, begin = claimed.subject.split(".")
    return batch_id, int(begin)


def _progress(batch_id: str, counts: dict[str | None, int]) -> dict[str, Any]:
    total, waiting = sum(counts.values()), counts.get(None, 0)
    indications = {name: count for name, count in sorted(counts.items(), key=str) if name is not None}
    return {
        "id": batch_id,
        "state": "running" if waiting else "complete",
        "total": total,
        "done": total - waiting,
        "indications": indications,
    }


def _line(tx: Transaction, tenant: str, item: BatchItem) -> str:
    if item.erased:
        return json.dumps({"index": item.position, "id": item.verification_id, "erased": True})
    answer = tx.verification(tenant, item.verification_id or "")
    return json.dumps({"index": item.position, "name": item.name, **(answer or {})}, ensure_ascii=False)
