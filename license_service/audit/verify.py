"""Verify receipts and whole log exports, offline, with public keys alone.

A receipt is `c2sp.org/tlog-proof@v1` text. An export is JSON Lines: a header, the entries in order, and
checkpoints over them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from license_service.audit import log
from license_service.audit.checkpoint import Checkpoint, NoteVerifier, open_checkpoint
from license_service.audit.entry import decode_entry
from license_service.audit.errors import AuditError
from license_service.audit.merkle import leaf_hash
from license_service.audit.proofs import verify_inclusion
from license_service.audit.storage import MemoryStorage

RECEIPT_TAG = "c2sp.org/tlog-proof@v1"
EXPORT_TAG = "license-service/log-export/v1"
_HASH_BYTES = 32


@dataclass(frozen=True)
class Receipt:
    """Hold a parsed receipt; `note` is the signed checkpoint."""

    index: int
    proof: tuple[bytes, ...]
    note: str


@dataclass
class LogState:
    """Hold what an export has shown so far."""

    size: int = 0
    checked: int = 0
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    sequences: dict[str, int] = field(default_factory=dict)


def format_receipt(receipt: Receipt) -> str:
    """Write a receipt as text."""
    hashes = "".join(f"{base64.b64encode(value).decode()}\n" for value in receipt.proof)
    return f"{RECEIPT_TAG}\nindex {receipt.index}\n{hashes}\n{receipt.note}"


def parse_receipt(text: str) -> Receipt:
    """Read a receipt.

    Raises:
        AuditError: `RECEIPT_MALFORMED`.
    """
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != RECEIPT_TAG:
        raise AuditError("RECEIPT_MALFORMED")
    rest = lines[2:] if lines[1:2] and lines[1].startswith("extra ") else lines[1:]
    try:
        label, number = rest[0].split(" ")
        proof = tuple(base64.b64decode(line, validate=True) for line in rest[1:])
        index = int(number)
    except (ValueError, IndexError, binascii.Error) as error:
        raise AuditError("RECEIPT_MALFORMED") from error
    if label != "index" or str(index) != number or any(len(value) != _HASH_BYTES for value in proof):
        raise AuditError("RECEIPT_MALFORMED")
    return Receipt(index, proof, note)


def verify_receipt(text: str, entry: bytes, verifiers: Sequence[NoteVerifier]) -> Checkpoint:
    """Verify that `entry` is in the log that signed the receipt's checkpoint.

    Raises:
        AuditError: saying what does not hold.
    """
    receipt = parse_receipt(text)
    checkpoint = open_checkpoint(receipt.note, verifiers)
    verify_inclusion(receipt.index, checkpoint.size, leaf_hash(entry), receipt.proof, checkpoint.root)
    return checkpoint


def verify_export(lines: Iterable[str], verifiers: Sequence[NoteVerifier]) -> LogState:
    """Verify an export: gapless indexes, every checkpoint, and gapless sequence numbers of each case.

    Raises:
        AuditError: with the first bad index; `EXPORT_INCOMPLETE` where no checkpoint covers the end.
    """
    state = LogState()
    rows = iter(lines)
    if _row(next(rows, "")).get("format") != EXPORT_TAG:
        raise AuditError("EXPORT_MALFORMED", "header")
    for line in rows:
        row = _row(line)
        if "entry" in row:
            _take_entry(state, row)
        else:
            _take_checkpoint(state, row, verifiers)
    if state.checked == 0 or state.checked != state.size:
        raise AuditError("EXPORT_INCOMPLETE", index=state.checked)
    return state


def _take_entry(state: LogState, row: dict[str, object]) -> None:
    if not _is_number(row.get("index"), state.size):
        raise AuditError("INDEX_GAP", index=state.size)
    try:
        data = base64.b64decode(str(row["entry"]), validate=True)
        entry = decode_entry(data)
    except (AuditError, ValueError) as error:
        raise AuditError("ENTRY_MALFORMED", index=state.size) from error
    _take_sequence(state, entry)
    state.size = log.append(state.storage, state.size, leaf_hash(data))


def _take_sequence(state: LogState, entry: dict[str, object]) -> None:
    case, sequence = entry.get("case"), entry.get("seq")
    if not isinstance(case, str):
        return
    expected = state.sequences.get(case, 0) + 1
    if not _is_number(sequence, expected):
        raise AuditError("SEQUENCE_GAP", case, index=state.size)
    state.sequences[case] = expected


def _take_checkpoint(state: LogState, row: dict[str, object], verifiers: Sequence[NoteVerifier]) -> None:
    checkpoint = open_checkpoint(str(row.get("checkpoint", "")), verifiers)
    if checkpoint.size > state.size:
        raise AuditError("EXPORT_INCOMPLETE", index=state.size)
    if checkpoint.root != log.root(state.storage, checkpoint.size):
        raise AuditError("ROOT_MISMATCH", index=state.checked)
    state.checked = max(state.checked, checkpoint.size)


def _is_number(value: object, expected: int) -> bool:
    # In Python 1.0 and True equal 1; in the log they are other bytes.
    return type(value) is int and value == expected


def _row(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise AuditError("EXPORT_MALFORMED") from error
    if not isinstance(row, dict):
        raise AuditError("EXPORT_MALFORMED")
    return row
