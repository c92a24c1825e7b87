"""Threads of a fresh process judge alike: the first use of a library's classes is the dangerous one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_THREADS = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path

from license_service.adapters.evidence_files import EvidenceFolder
from license_service.adapters.trust_files import load_policy
from license_service.adapters.trust_folder import TrustFolder
from license_service.verification.trust import Environment
from license_service.verification.verifier import verify

pki, document = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
inputs = load_policy(Path(sys.argv[3])), TrustFolder(pki / "trust", Environment.TEST, ())()
evidence = EvidenceFolder(pki / "evidence")()
together, found = threading.Barrier(4), []

def judge():
    together.wait()
    found.append(verify(document, *inputs, evidence, datetime.now(UTC)).indication)

sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=judge) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*found)
"""
_POLICY = Path(__file__).resolve().parents[2] / "policy" / "verification.toml"


@pytest.mark.parametrize("file", ["business-license.ofd", "health-certificate.pdf", "fire-safety.cms"])
def test_threads_that_begin_together_all_pass_a_genuine_file(
    pki_dir: Path, samples_dir: Path, file: str
) -> None:
    arguments = [str(pki_dir), str(samples_dir / "genuine" / file), str(_POLICY)]
    done = subprocess.run(
        [sys.executable, "-c", _THREADS, *arguments], capture_output=True, check=False, text=True
    )
    assert done.stdout.split() == ["TOTAL_PASSED"] * 4, done.stderr
