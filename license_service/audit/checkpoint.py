"""Checkpoints: what a log states of itself, as the text of a signed note.

Clause: c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from license_service.audit.encoding import decode_base64, encode_base64
from license_service.audit.errors import AuditError
from license_service.audit.note import COSIGNATURE, NoteVerifier, OpenedNote, read_note

_HASH_BYTES = 32
_CHECKPOINT_LINES = 3


@dataclass(frozen=True)
class Checkpoint:
    """Hold what a checkpoint states: the log, its size and its root."""

    origin: str
    size: int
    root: bytes


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the three lines of a checkpoint."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the lines of a checkpoint; extension lines are passed over.

    Raises:
        AuditError: `CHECKPOINT_MALFORMED`.
    """
    lines = text.split("\n")
    if lines.pop() or not all(lines):
        raise AuditError("CHECKPOINT_MALFORMED")
    try:
        origin, size, root = lines[:_CHECKPOINT_LINES]
        checkpoint = Checkpoint(origin, int(size), decode_base64(root))
    except ValueError as error:
        raise AuditError("CHECKPOINT_MALFORMED") from error
    if str(checkpoint.size) != size or len(checkpoint.root) != _HASH_BYTES or checkpoint.size < 0:
        raise AuditError("CHECKPOINT_MALFORMED")
    return checkpoint


def open_checkpoint(note: str, verifiers: Sequence[NoteVerifier]) -> Checkpoint:
    """Open a note and read the checkpoint in it; a key named as its origin must have signed it.

    Raises:
        AuditError: as `read_note` and `parse_checkpoint`, or `CHECKPOINT_ORIGIN_UNKNOWN`.
    """
    return checkpoint_of(read_note(note, verifiers))


def checkpoint_of(opened: OpenedNote) -> Checkpoint:
    """Read the checkpoint of an opened note; a log's key named as its origin must have signed it.

    Otherwise a witness, whose key is known too, could speak for the log.

    Raises:
        AuditError: as `parse_checkpoint`, or `CHECKPOINT_ORIGIN_UNKNOWN`.
    """
    checkpoint = parse_checkpoint(opened.text)
    if not any(s.name == checkpoint.origin and s.kind != COSIGNATURE for s in opened.signers):
        raise AuditError("CHECKPOINT_ORIGIN_UNKNOWN")
    return checkpoint
