"""Evidence bundles: some entries of a log, with all that proves them, in one file.

Members of the tar, in this order:

    manifest.json                       what the bundle claims to hold
    checkpoints/<size>                  signed and cosigned, smallest first
    consistency/<old>-<new>             hashes, one a line, for each pair that follows on
    stamps/<size>                       timestamp tokens on checkpoints, where there are any
    inputs/<SHA-256>                    what the entries were computed from, where that comes along
    runs/<begin>-<end>.proof            hashes that lead from the run to the last checkpoint's root
    runs/<begin>-<end>.entries          the entries, each behind its length in two bytes (c2sp.org/tlog-tiles)

Nothing in it is believed: the manifest only says what must be found. Which key may speak for the log, and
how many witnesses are enough, is in the auditor's own policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

from license_service.audit.encoding import decode_base64, encode_base64
from license_service.audit.errors import AuditError

BUNDLE_TAG = "license-service/evidence-bundle/v1"
SECOND_TAG = "license-service/evidence-bundle/v2"
"""The second also has timestamps and inputs; what has neither is written as the first."""
MANIFEST = "manifest.json"
MANIFEST_BYTES = 16 << 20
"""A case of 100,000 events, each in a run of its own, needs 3 MiB."""
NOTE_BYTES = 64 << 10
STAMP_BYTES = 64 << 10
PROOF_BYTES = 8 << 10
"""128 hashes of 45 characters: a run in a tree of 2^64 leaves needs no more."""
_HASH_BYTES = 32
_SHA256 = re.compile("[0-9a-f]{64}")
_LARGEST = 1 << 63

Run = tuple[int, int]
"""Index of the first entry, and of the one behind the last."""


@dataclass(frozen=True)
class Manifest:
    """Hold what a bundle claims: each member of it is compared with what the bundle proves."""

    origin: str
    case: str | None
    checkpoints: tuple[int, ...]
    runs: tuple[Run, ...]
    policies: tuple[str, ...]
    """Digests of the verification policies that the entries name, sorted."""
    stamps: tuple[int, ...] = ()
    """Sizes of the checkpoints that have a timestamp."""
    inputs: tuple[str, ...] = ()
    """SHA-256 of each input, in hex, sorted."""
    index: str = ""
    """Which of the inputs says what the others are for."""

    def encode(self) -> bytes:
        """Return the one spelling of it."""
        members = {
            "case": self.case,
            "checkpoints": list(self.checkpoints),
            "format": SECOND_TAG if self.stamps or self.inputs else BUNDLE_TAG,
            "origin": self.origin,
            "policies": list(self.policies),
            "runs": [list(run) for run in self.runs],
            **({"stamps": list(self.stamps)} if self.stamps else {}),
            **({"index": self.index, "inputs": list(self.inputs)} if self.inputs else {}),
        }
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest: checkpoints grow, runs follow on without touching, the last checkpoint covers them.

    Raises:
        AuditError: `BUNDLE_MALFORMED`.
    """
    try:
        members = json.loads(data)
        manifest = Manifest(
            members["origin"],
            members["case"],
            tuple(members["checkpoints"]),
            tuple((begin, end) for begin, end in members["runs"]),
            tuple(members["policies"]),
            tuple(members.get("stamps", ())),
            tuple(members.get("inputs", ())),
            members.get("index", ""),
        )
        same = manifest.encode() == data
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AuditError("BUNDLE_MALFORMED", "manifest") from error
    if not same or not _is_sound(manifest):
        raise AuditError("BUNDLE_MALFORMED", "manifest")
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    bounds = [bound for run in manifest.runs for bound in run]
    numbers = [*bounds, *manifest.checkpoints, *manifest.stamps]
    if not manifest.runs or not manifest.checkpoints or {type(number) for number in numbers} != {int}:
        return False
    if manifest.case is None and len(manifest.runs) > 1:
        return False
    texts = (manifest.origin, manifest.case or "", manifest.index, *manifest.policies, *manifest.inputs)
    if not all(isinstance(text, str) for text in texts):
        return False
    grows = _grows(bounds) and _grows(manifest.checkpoints) and bounds[0] >= 0 < manifest.checkpoints[0]
    within = bounds[-1] <= manifest.checkpoints[-1] < _LARGEST
    stamped = _grows(manifest.stamps) and set(manifest.stamps) <= set(manifest.checkpoints)
    return grows and within and stamped and _is_listed(manifest)


def _is_listed(manifest: Manifest) -> bool:
    """Tell whether each input is named by a digest, once, and the index is one of them."""
    inputs, index = manifest.inputs, manifest.index
    ordered = all(map(_SHA256.fullmatch, inputs)) and list(inputs) == sorted(set(inputs))
    return ordered and (index in inputs if inputs else index == "")


def _grows(numbers: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def checkpoint_name(size: int) -> str:
    """Return the name of a checkpoint's member."""
    return f"checkpoints/{size}"


def consistency_name(old: int, new: int) -> str:
    """Return the name of a consistency proof's member."""
    return f"consistency/{old}-{new}"


def stamp_name(size: int) -> str:
    """Return the name of a timestamp's member."""
    return f"stamps/{size}"


def input_name(sha256: str) -> str:
    """Return the name of an input's member."""
    return f"inputs/{sha256}"


def run_name(run: Run, kind: str) -> str:
    """Return the name of a run's `proof` or `entries`."""
    return f"runs/{run[0]}-{run[1]}.{kind}"


def encode_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return hashes in base64, one a line."""
    return "".join(f"{encode_base64(value)}\n" for value in hashes).encode()


def decode_hashes(data: bytes) -> list[bytes]:
    """Read hashes.

    Raises:
        AuditError: `BUNDLE_MALFORMED`.
    """
    try:
        *lines, last = data.decode().split("\n")
        hashes = [decode_base64(line) for line in lines]
    except ValueError as error:
        raise AuditError("BUNDLE_MALFORMED", "proof") from error
    if last or any(len(value) != _HASH_BYTES for value in hashes):
        raise AuditError("BUNDLE_MALFORMED", "proof")
    return hashes


def split_entries(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield entries out of chunks that end anywhere.

    Raises:
        AuditError: `BUNDLE_MALFORMED` if the last entry is cut.
    """
    return chain.from_iterable(_split_chunks(chunks))


def _split_chunks(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = b""
    for chunk in chunks:
        data, place, entries = rest + chunk, 0, []
        size = len(data)
        while (begin := place + 2) <= size and (end := begin + (data[place] << 8 | data[place + 1])) <= size:
            entries.append(data[begin:end])
            place = end
        yield entries
        rest = data[place:]
    if rest:
        raise AuditError("BUNDLE_MALFORMED", "entries end within one")


def policies_of(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the digests of the verification policies that entries name."""
    named = [data for entry in entries if isinstance(data := entry.get("data"), dict) and "policy" in data]
    return {data["policy"] for data in named if isinstance(data["policy"], str)}
