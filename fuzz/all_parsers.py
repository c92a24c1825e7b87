"""Fuzz every parser for FUZZ_SECONDS each, two at a time; exit 1 if any input failed.

Inputs that reach new code, and those that failed, are kept in `var/fuzz`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz.targets import parsers, seeds

_OUT = Path("var/fuzz")


def fuzz(name: str, seconds: str) -> bool:
    """Fuzz one parser in a process of its own; tell whether every input was fine."""
    corpus = _OUT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds(name):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    (_OUT / f"{name}.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "fuzz.one_parser", name, seconds, str(corpus)]
    with (_OUT / f"{name}.log").open("wb") as log:
        done = subprocess.run(command, stdout=log, stderr=log, check=False)
    measured = _OUT / f"{name}.json"
    figures = measured.read_text() if measured.exists() else f"nothing measured, see {log.name}"
    print(f"{name:12} {'ok' if done.returncode == 0 else 'FAILED'} {figures}", flush=True)
    return done.returncode == 0


def main() -> None:
    """Fuzz what is named on the command line, or everything."""
    seconds = os.environ.get("FUZZ_SECONDS", "600")
    names = sys.argv[1:] or list(parsers())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sys.exit(0 if all(list(pool.map(lambda name: fuzz(name, seconds), names))) else 1)


if __name__ == "__main__":
    main()
