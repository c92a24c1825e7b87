"""What a log and a witness say to each other, and when a witness cosigns.

Clause: c2sp.org/tlog-witness, add-checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from license_service.audit.checkpoint import Checkpoint, checkpoint_of
from license_service.audit.encoding import decode_base64, encode_base64
from license_service.audit.errors import AuditError
from license_service.audit.note import NoteVerifier, read_note
from license_service.audit.proofs import verify_consistency

_MOST_HASHES = 63
_HASH_BYTES = 32
_LARGEST_SIZE = 2**63 - 1
"""What a 64-bit column holds."""


class SizeConflictError(AuditError):
    """Refuse a submission that does not begin where the witness is; `size` is where that is."""

    def __init__(self, code: str, size: int) -> None:
        super().__init__(code)
        self.size = size


@dataclass(frozen=True)
class Submission:
    """Hold a request: the size the witness is thought to be at, a proof from there, and the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def origin(self) -> str:
        """Return the log that the checkpoint claims to be of."""
        return self.note.partition("\n")[0]

    @property
    def text(self) -> str:
        """Return the checkpoint without its signatures: what is cosigned."""
        return text_of(self.note)


def text_of(note: str) -> str:
    """Return what a note's signatures are over."""
    return note.rpartition("\n\n")[0] + "\n"


def format_submission(submission: Submission) -> bytes:
    """Write a request's body."""
    hashes = "".join(f"{encode_base64(value)}\n" for value in submission.proof)
    return f"old {submission.old}\n{hashes}\n{submission.note}".encode()


def parse_submission(body: bytes) -> Submission:
    """Read a request's body.

    Raises:
        AuditError: `SUBMISSION_MALFORMED`.
    """
    try:
        head, separator, note = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        label, number = first.split(" ")
        old, proof = int(number), tuple(map(decode_base64, lines))
    except ValueError as error:
        raise AuditError("SUBMISSION_MALFORMED") from error
    exact = label == "old" and str(old) == number and old >= 0
    sound = len(proof) <= _MOST_HASHES and all(len(value) == _HASH_BYTES for value in proof)
    if not separator or not exact or not sound:
        raise AuditError("SUBMISSION_MALFORMED")
    return Submission(old, proof, note)


def judge_submission(
    submission: Submission, seen: Checkpoint | None, logs: Sequence[NoteVerifier]
) -> Checkpoint:
    """Return the checkpoint a witness may cosign, having seen `seen` of this log last.

    Raises:
        SizeConflictError: `SIZE_CONFLICT` or `ROOT_CONFLICT`.
        AuditError: `ORIGIN_UNKNOWN`, `OLD_SIZE_TOO_LARGE`, `CONSISTENCY_PROOF_INVALID`, or as `read_note` and
            `checkpoint_of`.
    """
    verifiers = [log for log in logs if log.name == submission.origin]
    if not verifiers:
        raise AuditError("ORIGIN_UNKNOWN")
    checkpoint = checkpoint_of(read_note(submission.note, verifiers))
    if checkpoint.size > _LARGEST_SIZE:
        raise AuditError("SUBMISSION_MALFORMED", "no log is so large")
    if submission.old > checkpoint.size:
        raise AuditError("OLD_SIZE_TOO_LARGE")
    size = seen.size if seen else 0
    if submission.old != size:
        raise SizeConflictError("SIZE_CONFLICT", size)
    if seen and size == checkpoint.size and seen.root != checkpoint.root:
        raise SizeConflictError("ROOT_CONFLICT", size)
    _require_extension(submission, seen, checkpoint)
    return checkpoint


def _require_extension(submission: Submission, seen: Checkpoint | None, checkpoint: Checkpoint) -> None:
    if submission.old or checkpoint.size == 0:
        old_root = seen.root if seen else checkpoint.root
        verify_consistency(submission.old, checkpoint.size, old_root, checkpoint.root, submission.proof)
    elif submission.proof:
        raise AuditError("CONSISTENCY_PROOF_INVALID", "anything extends nothing")


def own_line(text: str, answer: str, verifier: NoteVerifier) -> str:
    """Return the line of a witness's answer that is its cosignature over `text`.

    One is enough: an answer of many would fill the checkpoint up.

    Raises:
        AuditError: as `read_note`, if there is none or one does not hold.
    """
    read_note(f"{text}\n{answer}", [verifier])
    mark = f"\u2014 {verifier.name} "
    return next(line for line in answer.splitlines(keepends=True) if _is_by(line, mark, verifier.key_id))


def _is_by(line: str, mark: str, key_id: bytes) -> bool:
    return line.startswith(mark) and decode_base64(line.removeprefix(mark).strip()).startswith(key_id)
