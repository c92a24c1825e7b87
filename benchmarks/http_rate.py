"""Verdicts a second over HTTP for the OFD sample, beside a bare Flask route on the same server.

Both get the same body from the same clients in the same run; the service also keeps each verdict and its
event in SQLite, synchronously.
"""

from __future__ import annotations

import base64
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import urllib3

from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.pki import create_pki, save_pki
from license_service.demo.stack import Stack, free_port, server_options

_SECONDS, _CLIENTS = 8.0, 4


def load(url: str, headers: dict[str, str], body: bytes, expected: int) -> tuple[float, float]:
    """Return requests a second and the 99th percentile in milliseconds."""
    pool = urllib3.PoolManager(maxsize=_CLIENTS, retries=False)
    deadline = time.monotonic() + _SECONDS

    def client(_number: int) -> list[float]:
        times = []
        while (began := time.monotonic()) < deadline:
            answer = pool.request("POST", f"{url}/v1/verifications", body=body, headers=headers)
            if answer.status != expected:
                raise RuntimeError(answer.data.decode())
            times.append(time.monotonic() - began)
        return times

    with ThreadPoolExecutor(_CLIENTS) as clients:
        times = [item for found in clients.map(client, range(_CLIENTS)) for item in found]
    return len(times) / _SECONDS, statistics.quantiles(times, n=100)[98] * 1000


def bare(body: bytes, headers: dict[str, str]) -> tuple[float, float]:
    """Load the bare route."""
    port = free_port()
    command = [sys.executable, "-m", "granian", *server_options(port), "bare:app"]
    server = subprocess.Popen(command, cwd=Path(__file__).parent)  # noqa: S603 - our own server
    try:
        url = f"http://127.0.0.1:{port}"
        urllib3.PoolManager(retries=urllib3.Retry(20, backoff_factor=0.1)).request("GET", f"{url}/readyz")
        return load(url, headers, body, 200)
    finally:
        server.terminate()
        server.wait()


def service(root: Path, body: bytes, headers: dict[str, str]) -> tuple[float, float]:
    """Load the service."""
    prefix = "LICENSE_SERVICE_"
    settings = {
        f"{prefix}DATABASE_URL": f"sqlite:///{root / 'service.db'}",
        f"{prefix}ENVIRONMENT": "test",
        f"{prefix}TRUST_DIR": str(root / "trust"),
        f"{prefix}EVIDENCE_DIR": str(root / "evidence"),
        f"{prefix}RATE_PER_SECOND": "0",
        f"{prefix}LOG_DIR": str(root / "published"),
        f"{prefix}PRIVATE_DIR": str(root / "log"),
    }
    with Stack(root / "run", settings) as stack:
        key = stack.run("keys", "create", "--tenant", "t", "--name", "n", "--scope", "verify")
        return load(stack.url, {**headers, "Authorization": f"Bearer {key}"}, body, 201)


def main() -> None:
    """Print both rates and their ratio."""
    now = SystemClock().now()
    headers = {"Content-Type": "application/json"}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pki = create_pki(now)
        save_pki(pki, root)
        issue_all(pki, root / "licenses", now)
        document = (root / "licenses" / "genuine" / "business-license.ofd").read_bytes()
        body = json.dumps({"document": base64.b64encode(document).decode()}).encode()
        (peer, peer_p99), (rate, p99) = bare(body, headers), service(root, body, headers)
    print(f"{'bare Flask route':24}{peer:10.0f} requests/s   p99 {peer_p99:7.1f} ms")
    print(f"{'OFD verdict, kept':24}{rate:10.0f} requests/s   p99 {p99:7.1f} ms   ratio {rate / peer:.3f}")


if __name__ == "__main__":
    main()
