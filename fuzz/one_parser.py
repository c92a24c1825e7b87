"""Fuzz one parser in this process: `python -m fuzz.one_parser NAME SECONDS CORPUS`.

An input fails that raises anything but FormatError, opens a socket, or takes more than its time or memory.
What the worst inputs took is written to `CORPUS/../NAME.json`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import NoReturn

import atheris

with atheris.instrument_imports(include=["license_service.verification"]):
    from fuzz.targets import parsers
    from license_service.verification.document import FormatError

MAX_SECONDS = 5
MAX_BYTES = 512 * 1024 * 1024
_LARGEST_INPUT = 64 * 1024
_WRITTEN_EVERY = 250


class Meter:
    """Run a parser on inputs, and keep what the worst of them took."""

    def __init__(self, name: str, out: Path) -> None:
        self._parse, self._out = parsers()[name], out
        self._base = _peak()
        self.inputs, self.refused, self.worst, self.sockets = 0, 0, 0.0, 0

    def __call__(self, data: bytes) -> None:
        """Parse one input; anything but an answer or a refusal ends the run."""
        begin = time.process_time()
        try:
            self._parse(data)
        except FormatError:
            self.refused += 1
        took = time.process_time() - begin
        self.inputs, self.worst = self.inputs + 1, max(self.worst, took)
        if self.inputs % _WRITTEN_EVERY == 0:
            self.write()  # the fuzzer leaves without saying goodbye
        if took > MAX_SECONDS or self.sockets or _peak() - self._base > MAX_BYTES:
            raise AssertionError(f"{took:.1f} s, {self.sockets} sockets, {_peak() - self._base} bytes")

    def audit(self, event: str, _arguments: tuple[object, ...]) -> None:
        """Count sockets, which no parser may open."""
        if event.startswith("socket."):
            self.sockets += 1

    def write(self) -> None:
        """Write what was measured."""
        grown = (_peak() - self._base) // (1024 * 1024)
        figures = {"inputs": self.inputs, "refused": self.refused, "worst_seconds": round(self.worst, 3)}
        self._out.write_text(json.dumps({**figures, "grown_mb": grown, "sockets": self.sockets}))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _limit() -> None:
    """Bound address space and CPU, so that a runaway input ends this process and not the machine."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 2 * MAX_BYTES, resource.RLIM_INFINITY))


def main(name: str, seconds: int, corpus: Path) -> NoReturn:
    """Fuzz until the time is over or an input fails."""
    meter = Meter(name, corpus.parent / f"{name}.json")
    sys.addaudithook(meter.audit)
    _limit()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 60, seconds + 60))
    flags = (f"-max_total_time={seconds}", f"-timeout={MAX_SECONDS}", f"-max_len={_LARGEST_INPUT}")
    artifacts = f"-artifact_prefix={corpus.parent}/{name}-"
    atheris.Setup([sys.argv[0], *flags, artifacts, "-rss_limit_mb=2048", str(corpus)], meter)
    atheris.Fuzz()
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
