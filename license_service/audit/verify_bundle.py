"""Verify an evidence bundle in one pass, with memory that does not grow with it.

1. Open every checkpoint under the auditor's policy; prove that each extends the one before. Where the auditor
   pinned timestamp authorities, open every stamp; times must not run backwards as the log grows.
2. Hash every input.
3. For each run, hash every entry and lead the run to the root of the last checkpoint, comparing with every
   checkpoint on the way: the first that differs bounds where the first bad entry is.
4. Follow the numbers of each case, and collect the policies that entries name.
5. Compare what was found with what the manifest claims.

What the entries say may be computed again by an observer, who is given the inputs and each entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import Any, BinaryIO, Protocol

from license_service.audit.bundle import (
    MANIFEST,
    MANIFEST_BYTES,
    NOTE_BYTES,
    PROOF_BYTES,
    STAMP_BYTES,
    Manifest,
    Run,
    checkpoint_name,
    consistency_name,
    decode_hashes,
    input_name,
    parse_manifest,
    policies_of,
    run_name,
    split_entries,
    stamp_name,
)
from license_service.audit.bundle_tar import BundleReader
from license_service.audit.checkpoint import Checkpoint
from license_service.audit.entry import decode_entry
from license_service.audit.erasure import erasures
from license_service.audit.errors import AuditError
from license_service.audit.forms import Outline, outline_entries
from license_service.audit.frontier import RunVerifier
from license_service.audit.merkle import leaf_hashes
from license_service.audit.policy import TrustPolicy
from license_service.audit.proofs import verify_consistency
from license_service.audit.stamps import StampAuthority, open_stamp
from license_service.audit.verify import number_of, take_sequences
from license_service.audit.witness import text_of

_BATCH = 256
"""Entries taken at once; a power of two, so that batches are subtrees."""


Extent = tuple[int, int]
"""Where in the file an input begins, and how many bytes it has."""


class EntryObserver(Protocol):
    """Look at a bundle while it is verified, and say at its end what it thinks."""

    def begin(self, manifest: Manifest, inputs: Mapping[str, Extent]) -> None:
        """Take note of the inputs, by SHA-256."""

    def entry(self, index: int, entry: Mapping[str, Any]) -> None:
        """Look at an entry; that it is the one that was logged is known only at the end."""

    def end(self) -> None:
        """Judge.

        Raises:
            AuditError: saying what does not hold.
        """


@dataclass
class BundleState:
    """Hold what a bundle has shown."""

    manifest: Manifest
    observer: EntryObserver | None = None
    checkpoints: list[Checkpoint] = field(default_factory=list)
    entries: int = 0
    sequences: dict[str, int] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)
    erased: dict[str, int] = field(default_factory=dict)
    """Where in the log it is said of what that it was erased."""
    stamps: list[tuple[int, datetime]] = field(default_factory=list)
    """Size and time of each stamp that a pinned authority made."""

    @property
    def existed_by(self) -> datetime | None:
        """Return the earliest time at which somebody else has seen a log with every entry of the bundle."""
        return next((time for size, time in self.stamps if size >= self.manifest.runs[-1][1]), None)


def verify_bundle(
    file: BinaryIO,
    policy: TrustPolicy,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    authorities: Sequence[StampAuthority] = (),
    observer: EntryObserver | None = None,
) -> BundleState:
    """Verify a bundle; `progress` is told how many entries are done, and of how many.

    Whoever pins timestamp authorities asks for a stamp over all entries.

    Raises:
        AuditError: saying what does not hold, with the first bad index where one is known.
    """
    reader = BundleReader(file)
    state = BundleState(parse_manifest(reader.member(MANIFEST, MANIFEST_BYTES)), observer)
    notes = _take_checkpoints(reader, state, policy)
    _take_stamps(reader, state, notes, authorities)
    inputs = _take_inputs(reader, state.manifest)
    if observer is not None:
        observer.begin(state.manifest, inputs)
    expected = sum(end - begin for begin, end in state.manifest.runs)
    for run in state.manifest.runs:
        _take_run(reader, state, run, lambda: progress(state.entries, expected))
    reader.end()
    _compare_claims(state)
    if observer is not None:
        observer.end()
    return state


def _take_checkpoints(reader: BundleReader, state: BundleState, policy: TrustPolicy) -> dict[int, str]:
    notes = {}
    for size in state.manifest.checkpoints:
        notes[size] = reader.member(checkpoint_name(size), NOTE_BYTES).decode(errors="surrogateescape")
        checkpoint = policy.open(notes[size])
        if (checkpoint.size, checkpoint.origin) != (size, state.manifest.origin):
            raise AuditError("MANIFEST_MISMATCH", f"checkpoint {size}")
        state.checkpoints.append(checkpoint)
    for old, new in pairwise(state.checkpoints):
        proof = decode_hashes(reader.member(consistency_name(old.size, new.size), PROOF_BYTES))
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    return notes


def _take_stamps(
    reader: BundleReader, state: BundleState, notes: Mapping[int, str], authorities: Sequence[StampAuthority]
) -> None:
    for size in state.manifest.stamps:
        token = reader.member(stamp_name(size), STAMP_BYTES)
        if authorities:
            state.stamps.append((size, open_stamp(token, text_of(notes[size]), authorities)))
    if any(earlier > later for (_, earlier), (_, later) in pairwise(state.stamps)):
        raise AuditError("STAMPS_DISORDERED")
    if authorities and state.existed_by is None:
        raise AuditError("STAMP_MISSING")


def _take_inputs(reader: BundleReader, manifest: Manifest) -> dict[str, Extent]:
    found = {}
    for sha256 in manifest.inputs:
        chunks, hasher, size = reader.stream(input_name(sha256)), hashlib.sha256(), 0
        place = reader.place()
        for chunk in chunks:
            hasher.update(chunk)
            size += len(chunk)
        if hasher.hexdigest() != sha256:
            raise AuditError("INPUT_MISMATCH", sha256, index=manifest.runs[0][0])
        found[sha256] = (place, size)
    return found


def _take_run(reader: BundleReader, state: BundleState, run: Run, progress: Callable[[], None]) -> None:
    begin, end = run
    proof = decode_hashes(reader.member(run_name(run, "proof"), PROOF_BYTES))
    verifier = RunVerifier(begin, end, state.checkpoints[-1].size, proof)
    roots = {c.size: c.root for c in state.checkpoints if begin < c.size <= end}
    frontier, sound = verifier.frontier, begin
    entries = split_entries(reader.stream(run_name(run, "entries")))
    while batch := list(islice(entries, _room(frontier.size, end, roots))):
        _take_batch(state, batch, frontier.size)
        frontier.extend(leaf_hashes(batch))
        if frontier.size in roots:
            _require_root(frontier.root(), roots[frontier.size], sound)
            sound = frontier.size
        if frontier.size < end:
            progress()
    if next(entries, None) is not None:
        raise AuditError("MANIFEST_MISMATCH", "more entries than the run has", index=end)
    if frontier.size != end:
        raise AuditError("BUNDLE_INCOMPLETE", "fewer entries than the run has", index=frontier.size)
    _require_root(verifier.complete(), state.checkpoints[-1].root, sound)
    progress()


def _room(size: int, end: int, roots: Mapping[int, bytes]) -> int:
    """Return how many entries to take at once: to the next checkpoint, and at most to the next full batch."""
    full = size - size % _BATCH + _BATCH
    return min([full, end, *(cut for cut in roots if cut > size)]) - size


def _take_batch(state: BundleState, batch: Sequence[bytes], begin: int) -> None:
    outline = outline_entries(batch) if state.observer is None else None
    if outline is not None:
        _follow(state, outline, begin)
        return
    for index, data in enumerate(batch, begin):
        try:
            entry = decode_entry(data)
        except AuditError as error:
            raise AuditError("ENTRY_MALFORMED", index=index) from error
        _follow(state, Outline([number_of(entry)], policies_of([entry])), index)
        state.erased.update(erasures([entry], index))
        if state.observer is not None:
            state.observer.entry(index, entry)


def _follow(state: BundleState, outline: Outline, begin: int) -> None:
    whole = state.manifest.case is not None or state.manifest.runs[0][0] == 0
    take_sequences(state.sequences, outline.numbers, begin, whole=whole)
    state.policies.update(outline.policies)
    state.entries += len(outline.numbers)


def _require_root(found: bytes, signed: bytes, sound: int) -> None:
    if found != signed:
        raise AuditError("ROOT_MISMATCH", index=sound)


def _compare_claims(state: BundleState) -> None:
    if tuple(sorted(state.policies)) != state.manifest.policies:
        raise AuditError("MANIFEST_MISMATCH", "policies")
    case = state.manifest.case
    if case is not None and set(state.sequences) != {case}:
        raise AuditError("MANIFEST_MISMATCH", "entries of another case")
