"""Verify folders of mixed files with one core and with two, and see what memory they take.

`memory` is the peak of 10,000 files over that of 1,000, in one process: what grows with the number of files
would show. Every tenth file has its end cut off, so that refusals are in it too.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.verification_rate import documents_of, pki_of_one_seal
from license_service.clock import SystemClock
from license_service.demo.issuer import samples
from license_service.demo.pki import DemoPki, save_pki

_FEW, _MANY = 1_000, 10_000
_ROUNDS = 3
_POLLED_SECONDS = 0.02


def write_files(pki: DemoPki, folder: Path, count: int) -> None:
    """Write as many different files of all formats, every tenth with its end cut off."""
    folder.mkdir()
    kinds = samples(SystemClock().now())
    for sample in kinds:
        for number, document in enumerate(documents_of(pki, sample, count // len(kinds))):
            content = document[:-20] if number % 10 == 0 else document
            (folder / f"{number}-{sample.file}").write_bytes(content)


def verify(root: Path, folder: Path, jobs: int) -> tuple[float, int]:
    """Run `license-service verify` over a folder; return seconds and the peak of memory in kB."""
    command = [sys.executable, "-m", "license_service.cli", "verify", "--csv", f"--jobs={jobs}"]
    command += [f"--trust={root / 'trust'}", f"--evidence={root / 'evidence'}", str(folder)]
    began, peak = time.monotonic(), 0
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: S603 - our own command
    while process.poll() is None:
        peak = peak_of(process.pid) or peak
        time.sleep(_POLLED_SECONDS)
    if process.returncode != 1:
        raise RuntimeError("some files must fail")
    return time.monotonic() - began, peak


def peak_of(pid: int) -> int:
    """Return the peak of a process's memory so far in kB; `ru_maxrss` would count this one's, too."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def main() -> None:
    """Print files a second with one process and two, and memory with few files and many."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        pki = pki_of_one_seal(SystemClock().now())
        save_pki(pki, root)
        write_files(pki, root / "few", _FEW)
        write_files(pki, root / "many", _MANY)
        one = min(verify(root, root / "many", 1) for _ in range(_ROUNDS))
        two = min(verify(root, root / "many", 2) for _ in range(_ROUNDS))
        few = min(verify(root, root / "few", 1) for _ in range(_ROUNDS))
    print(f"files/s: one process {_MANY / one[0]:.0f}, two {_MANY / two[0]:.0f}, ratio {one[0] / two[0]:.2f}")
    print(f"memory: {_FEW} files {few[1]} kB, {_MANY} files {one[1]} kB, ratio {one[1] / few[1]:.2f}")


if __name__ == "__main__":
    main()
