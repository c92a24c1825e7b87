"""Verify receipts and whole log exports, offline, with public keys alone.

A receipt is `c2sp.org/tlog-proof@v1` text. An export is JSON Lines: a header, the entries in order, and
checkpoints over them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from license_service.audit.checkpoint import Checkpoint
from license_service.audit.encoding import decode_base64, encode_base64
from license_service.audit.entry import decode_entry
from license_service.audit.errors import AuditError
from license_service.audit.frontier import Frontier
from license_service.audit.merkle import leaf_hash
from license_service.audit.policy import TrustPolicy
from license_service.audit.proofs import verify_inclusion

RECEIPT_TAG = "c2sp.org/tlog-proof@v1"
EXPORT_TAG = "license-service/log-export/v1"
_HASH_BYTES = 32

CaseNumber = tuple[object, object]
"""The case of an entry, and its number therein; None twice where it is of no case."""


@dataclass(frozen=True)
class Receipt:
    """Hold a parsed receipt; `note` is the signed checkpoint.

    `extra` names the event for whoever files receipts. Nothing proves it: the proof is about the entry.
    """

    index: int
    proof: tuple[bytes, ...]
    note: str
    extra: bytes = b""


@dataclass
class LogState:
    """Hold what an export has shown so far."""

    checked: int = 0
    frontier: Frontier = field(default_factory=Frontier)
    sequences: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return how many entries were shown."""
        return self.frontier.size


def format_receipt(receipt: Receipt) -> str:
    """Write a receipt as text."""
    extra = f"extra {encode_base64(receipt.extra)}\n" if receipt.extra else ""
    hashes = "".join(f"{encode_base64(value)}\n" for value in receipt.proof)
    return f"{RECEIPT_TAG}\n{extra}index {receipt.index}\n{hashes}\n{receipt.note}"


def parse_receipt(text: str) -> Receipt:
    """Read a receipt.

    Raises:
        AuditError: `RECEIPT_MALFORMED`.
    """
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != RECEIPT_TAG:
        raise AuditError("RECEIPT_MALFORMED")
    named = lines[1:2] and lines[1].startswith("extra ")
    rest = lines[2:] if named else lines[1:]
    try:
        extra = decode_base64(lines[1].removeprefix("extra ")) if named else b""
        label, number = rest[0].split(" ")
        proof = tuple(map(decode_base64, rest[1:]))
        index = int(number)
    except (ValueError, IndexError) as error:
        raise AuditError("RECEIPT_MALFORMED") from error
    if label != "index" or str(index) != number or any(len(value) != _HASH_BYTES for value in proof):
        raise AuditError("RECEIPT_MALFORMED")
    return Receipt(index, proof, note, extra)


def verify_receipt(text: str, entry: bytes, policy: TrustPolicy) -> Checkpoint:
    """Verify that `entry` is in the log that signed the receipt's checkpoint, seen by enough witnesses.

    Raises:
        AuditError: saying what does not hold.
    """
    receipt = parse_receipt(text)
    checkpoint = policy.open(receipt.note)
    verify_inclusion(receipt.index, checkpoint.size, leaf_hash(entry), receipt.proof, checkpoint.root)
    return checkpoint


def verify_export(lines: Iterable[str], policy: TrustPolicy) -> LogState:
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
            _take_checkpoint(state, row, policy)
    if state.checked == 0 or state.checked != state.size:
        raise AuditError("EXPORT_INCOMPLETE", index=state.checked)
    return state


def _take_entry(state: LogState, row: dict[str, object]) -> None:
    if not _is_number(row.get("index"), state.size):
        raise AuditError("INDEX_GAP", index=state.size)
    try:
        data = decode_base64(str(row["entry"]))
        entry = decode_entry(data)
    except (AuditError, ValueError) as error:
        raise AuditError("ENTRY_MALFORMED", index=state.size) from error
    take_sequences(state.sequences, [number_of(entry)], state.size)
    state.frontier.append(data)


def number_of(entry: Mapping[str, object]) -> CaseNumber:
    """Return the case of an entry and its number therein."""
    return entry.get("case"), entry.get("seq")


def take_sequences(
    sequences: dict[str, int], numbers: Iterable[CaseNumber], begin: int, *, whole: bool = True
) -> None:
    """Follow the numbers of each case: a gap is an event left out. Not `whole`: a case may begin anywhere.

    Raises:
        AuditError: `SEQUENCE_GAP`.
    """
    for index, (case, sequence) in enumerate(numbers, begin):
        if not isinstance(case, str):
            continue
        expected = sequences.get(case, 0) + 1
        if type(sequence) is int and (sequence == expected or (not whole and sequence > expected == 1)):
            sequences[case] = sequence
        else:
            raise AuditError("SEQUENCE_GAP", case, index=index)


def _take_checkpoint(state: LogState, row: dict[str, object], policy: TrustPolicy) -> None:
    checkpoint = policy.open(str(row.get("checkpoint", "")))
    if checkpoint.size > state.size:
        raise AuditError("EXPORT_INCOMPLETE", index=state.size)
    if checkpoint.size < state.size:
        raise AuditError("CHECKPOINT_MISPLACED", index=state.checked)
    if checkpoint.root != state.frontier.root():
        raise AuditError("ROOT_MISMATCH", index=state.checked)
    state.checked = checkpoint.size


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
