"""A witness: remember the last checkpoint of each log, and cosign only what extends it.

It knows nothing of this service but its public key, so that another office can run it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from license_service.audit.checkpoint import Checkpoint
from license_service.audit.note import Cosigner, NoteVerifier
from license_service.audit.witness import judge_submission, parse_submission
from license_service.clock import Clock


class WitnessMemory(Protocol):
    """Keep one checkpoint for each origin."""

    def advance(self, origin: str, judge: Callable[[Checkpoint | None], Checkpoint]) -> None:
        """Put what `judge` makes of the checkpoint kept in its place, on disk, while nobody else does.

        What `judge` raises leaves everything as it was.
        """
        ...


class WitnessService:
    """Answer `POST /add-checkpoint`."""

    def __init__(
        self,
        memory: WitnessMemory,
        cosigners: Callable[[], Sequence[Cosigner]],
        logs: Sequence[NoteVerifier],
        clock: Clock,
    ) -> None:
        self._memory = memory
        self._cosigners = cosigners
        self._logs = logs
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature line of each active key; the checkpoint is on disk by then.

        Raises:
            AuditError: as `parse_submission` and `judge_submission`.
        """
        submission = parse_submission(body)
        self._memory.advance(submission.origin, lambda seen: judge_submission(submission, seen, self._logs))
        seconds = int(self._clock.now().timestamp())
        return "".join(cosigner.cosign(submission.text, seconds) for cosigner in self._cosigners())
