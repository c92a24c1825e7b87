"""What proving costs: a bundle verified beside a bare SHA-256 re-hash, and proofs as the log grows.

`ratio` is the verifier's rate over that of hashing the same entries into a Merkle tree with nothing else
done: what reading, canonical form and case numbers cost. The million is verified by the single file that
auditors get, in a process of its own, so its memory is the verifier's alone.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from math import log2
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.audit import log
from license_service.audit.bundle import MANIFEST, Manifest, checkpoint_name, run_name
from license_service.audit.bundle_tar import BundleWriter
from license_service.audit.checkpoint import Checkpoint, format_checkpoint
from license_service.audit.entry import encode_entry
from license_service.audit.frontier import Frontier
from license_service.audit.merkle import leaf_hash
from license_service.audit.note import NoteSigner
from license_service.audit.policy import trusting
from license_service.audit.storage import HashStorage
from license_service.audit.tiles import bundle_bytes
from license_service.audit.verify import Receipt, format_receipt
from license_service.audit.verify_bundle import verify_bundle
from license_service.cli.verifier_file import write_verifier

_SIGNER = NoteSigner("log.example/bench", Ed25519PrivateKey.generate())
_COMPARED, _ROUNDS, _EVENTS_A_CASE, _PAGE = 50_000, 8, 10, 1000
_PROOFS, _HASH = 2000, 32
_MEASURED = """
import runpy, sys
sys.argv.pop(0)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    status = open("/proc/self/status").read()
    sys.stderr.write(status.split("VmHWM:")[1].split()[0])
"""
"""The child says its own peak: what `getrusage` says of children begins with a copy of their parent."""


def entry(index: int) -> bytes:
    """Return an event as the service logs it: 10 of each case."""
    case, seq = divmod(index, _EVENTS_A_CASE)
    return encode_entry(
        {
            "id": f"{index:032x}",
            "kind": "obligation.settled",
            "time": "2026-01-05T01:02:03.456789Z",
            "data": {"obligation": f"{case:032x}.1", "outcome": "kept", "by": "follow-up"},
            "case": f"{case:032x}",
            "seq": seq + 1,
        }
    )


def pages(size: int) -> Iterator[list[bytes]]:
    """Yield the entries of a log."""
    for begin in range(0, size, _PAGE):
        yield [entry(index) for index in range(begin, min(begin + _PAGE, size))]


def write_bundle(path: Path, size: int) -> None:
    """Write a bundle of a whole log."""
    frontier, length = Frontier(), 0
    for page in pages(size):
        length += len(bundle_bytes(page))
        for item in page:
            frontier.append(item)
    note = _note(size, frontier.root())
    manifest = Manifest(_SIGNER.name, None, (size,), ((0, size),), ()).encode()
    with path.open("wb") as file:
        tar = BundleWriter(file)
        for name, data in (
            (MANIFEST, manifest),
            (checkpoint_name(size), note),
            (run_name((0, size), "proof"), b""),
        ):
            tar.add(name, len(data), [data])
        tar.add(run_name((0, size), "entries"), length, map(bundle_bytes, pages(size)))
        tar.end()


def _note(size: int, root: bytes) -> bytes:
    return _SIGNER.sign(format_checkpoint(Checkpoint(_SIGNER.name, size, root))).encode()


def bare_seconds(items: list[bytes]) -> float:
    """Hash entries into a tree, from a list, by the shortest code there is."""
    sha = hashlib.sha256
    began = time.process_time()
    level = [sha(b"\x00" + item).digest() for item in items]
    while len(level) > 1:
        joined = [sha(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = joined + level[len(joined) * 2 :]
    return time.process_time() - began


def verify_seconds(bundle: bytes) -> float:
    """Verify a bundle."""
    policy = trusting([_SIGNER.verifier])
    began = time.process_time()
    verify_bundle(io.BytesIO(bundle), policy)
    return time.process_time() - began


def compare(size: int, folder: Path) -> None:
    """Print entries a second of both; rounds alternate, so that what else the machine does hits both."""
    path, items = folder / "compared.tar", [item for page in pages(size) for item in page]
    write_bundle(path, size)
    bundle = path.read_bytes()
    rounds = [(bare_seconds(items), verify_seconds(bundle)) for _ in range(_ROUNDS)]
    bare, verified = (_ROUNDS * size / sum(seconds) for seconds in zip(*rounds, strict=True))
    print(f"entries/s  bare {bare:,.0f}  verified {verified:,.0f}  ratio {verified / bare:.2f}")


def alone(size: int, folder: Path) -> tuple[float, float]:
    """Return seconds and MiB of the single file verifying a log of `size`."""
    verifier, policy, path = folder / "verify.py", folder / "policy", folder / f"{size}.tar"
    write_verifier(verifier)
    policy.write_text(f"log {_SIGNER.verifier}\nquorum none\n")
    write_bundle(path, size)
    began = time.monotonic()
    command = [sys.executable, "-c", _MEASURED, str(verifier), str(path), "--policy", str(policy)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - files of ours
    return time.monotonic() - began, int(done.stderr) / 1024


class PackedStorage(HashStorage):
    """Keep hashes of each level in one row of bytes: ten million leaves take 640 MB."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = []

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        return bytes(self._levels[level][_HASH * index : _HASH * index + _HASH])

    def write(self, level: int, index: int, value: bytes) -> None:
        """Keep the hash of the next complete subtree of a level."""
        if level == len(self._levels):
            self._levels.append(bytearray())
        if len(self._levels[level]) != _HASH * index:
            raise ValueError(f"level {level} has not {index} hashes")
        self._levels[level] += value


def proofs(largest: int) -> Iterator[tuple[int, int, int, float]]:
    """Yield for growing logs: size, hashes of the longest proof, bytes of its receipt, microseconds."""
    storage, size, wanted = PackedStorage(), 0, 1000
    while wanted <= largest:
        while size < wanted:
            size = log.append(storage, size, leaf_hash(b"%d" % size))
        note = _note(size, log.root(storage, size)).decode()
        step = max(1, size // _PROOFS)
        began = time.process_time()
        built = [log.inclusion_proof(storage, index, size) for index in range(0, size, step)]
        spent = (time.process_time() - began) / len(built)
        longest = max(built, key=len)
        receipt = format_receipt(Receipt(size - 1, tuple(longest), note, b"0" * 32))
        yield size, len(longest), len(receipt.encode()), spent * 1e6
        wanted *= 10


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=1_000_000, help="entries of the largest bundle")
    parser.add_argument("--proofs", type=int, default=10_000_000, help="entries of the largest log of proofs")
    chosen = parser.parse_args()
    largest = chosen.largest
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(min(_COMPARED, largest), folder)
        for size in (largest // 100, largest):
            seconds, peak = alone(size, folder)
            print(f"single file  {size:>9,} entries  {seconds:6.1f} s  {peak:5.0f} MiB")
    print("  log size  hashes  a hash for log2  receipt bytes  build us  us for log2")
    for size, hashes, length, spent in proofs(chosen.proofs):
        bits = log2(size)
        print(
            f"{size:>10,}  {hashes:6}  {hashes / bits:15.2f}  {length:13}  {spent:8.1f}  {spent / bits:11.2f}"
        )


if __name__ == "__main__":
    main()
