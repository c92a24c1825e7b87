"""Cases accepted a second over HTTP, beside a route of the same server that inserts one row and commits.

`python -m benchmarks.accept_rate`: with SQLite and with PostgreSQL, both as durable as in production. Each
case shows three licenses verified before, hands in a plan and owes a certificate; the row of the peer is as
large as all rows of a case together. Rounds of both alternate, so that what else the machine does hits both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
import urllib3

from license_service.client import Client
from license_service.client.shapes import Application
from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.demo.pki import create_pki, save_pki
from license_service.demo.stack import Stack, free_port, server_options
from tests.faults.servers import Postgresql

_SECONDS, _CLIENTS, _ROUNDS = 4.0, 4, 3
_MATTER = "food-business-license-new"
_LICENSES = ("business-license.ofd", "legal-person-id.jws", "fire-safety.cms")
_JSON = {"Content-Type": "application/json"}


def load(url: str, headers: dict[str, str], body: bytes) -> float:
    """Return cases a second, from `_CLIENTS` clients that each wait for their answer."""
    pool = urllib3.PoolManager(maxsize=_CLIENTS, retries=False)
    deadline = time.monotonic() + _SECONDS

    def client(_number: int) -> int:
        done = 0
        while time.monotonic() < deadline:
            fresh = {**headers, "Idempotency-Key": uuid.uuid4().hex}
            answer = pool.request("POST", f"{url}/v1/cases", body=body, headers=fresh)
            if answer.status != 201:
                raise RuntimeError(answer.data.decode())
            done += 1
        return done

    with ThreadPoolExecutor(_CLIENTS) as clients:
        return sum(clients.map(client, range(_CLIENTS))) / _SECONDS


@contextmanager
def peer(database_url: str, octets: int) -> Iterator[str]:
    """Run the peer; give its URL."""
    port = free_port()
    environment = {**os.environ, "PEER_DATABASE_URL": database_url, "PEER_BYTES": str(octets)}
    command = [sys.executable, "-m", "granian", *server_options(port), "insert_peer:app"]
    server = subprocess.Popen(command, cwd=Path(__file__).parent, env=environment)  # noqa: S603 - our own
    try:
        url = f"http://127.0.0.1:{port}"
        urllib3.PoolManager(retries=urllib3.Retry(60, backoff_factor=0.1)).request("GET", f"{url}/readyz")
        yield url
    finally:
        server.terminate()
        server.wait()


def settings(root: Path, database_url: str) -> dict[str, str]:
    """Return the settings of the service."""
    values = {
        "DATABASE_URL": database_url,
        "ENVIRONMENT": "test",
        "TRUST_DIR": root / "trust",
        "EVIDENCE_DIR": root / "evidence",
        "RATE_PER_SECOND": 0,
        "LOG_DIR": root / "published",
        "PRIVATE_DIR": root / "log",
    }
    return {f"LICENSE_SERVICE_{name}": str(value) for name, value in values.items()}


def application(client: Client, licenses: Path) -> Application:
    """Return an application that is accepted with one debt."""
    kept = [client.verifications.verify((licenses / name).read_bytes())["id"] for name in _LICENSES]
    return {
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
        "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
        "documents": [{"verification_id": identifier} for identifier in kept],
        "submitted": [{"material": "floor-plan", "sha256": "0" * 64, "file_name": "plan.pdf"}],
        "deferrals": [{"material": "health-certificate", "acknowledged_by": LEGAL_PERSON.name}],
    }


def row_size(database_url: str, case_id: str) -> int:
    """Return how many bytes all rows of a case hold together."""
    queries = (
        "SELECT length(body) + length(people) FROM case_file WHERE id = :id",
        "SELECT coalesce(sum(length(entry)), 0) FROM event WHERE case_id = :id",
        "SELECT coalesce(sum(length(answer)), 0) FROM idempotency WHERE answer LIKE '%' || :id || '%'",
    )
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        return sum(connection.execute(sa.text(query), {"id": case_id}).scalar_one() for query in queries)


def measure(root: Path, name: str, database_url: str, peer_url: str) -> None:
    """Print both rates on one engine, and their ratio."""
    with ExitStack() as stack:
        service = stack.enter_context(Stack(root / name, settings(root, database_url)))
        scopes = ("--scope", "verify", "--scope", "cases:write", "--scope", "cases:read")
        key = service.run("keys", "create", "--tenant", "t", "--name", "n", *scopes)
        client = Client(service.url, key)
        asked = application(client, root / "licenses" / "genuine")
        body = json.dumps({"matter_code": _MATTER, **asked}).encode()
        octets = row_size(database_url, client.cases.open(_MATTER, asked)["id"])
        other = stack.enter_context(peer(peer_url, octets))
        headers = {**_JSON, "Authorization": f"Bearer {key}"}
        rounds = [(load(service.url, headers, body), load(other, _JSON, body)) for _ in range(_ROUNDS)]
    accepted, inserted = (sum(figures) / _ROUNDS for figures in zip(*rounds, strict=True))
    print(f"{name:12}{accepted:8.0f} cases accepted/s   {inserted:8.0f} inserts of {octets} bytes/s   "
          f"ratio {accepted / inserted:.2f}")  # fmt: skip


def main() -> None:
    """Measure both engines."""
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # PostgreSQL runs as another user
        pki = create_pki(now)
        save_pki(pki, root)
        issue_all(pki, root / "licenses", now)
        measure(root, "SQLite", f"sqlite:///{root / 'service.db'}", f"sqlite:///{root / 'peer.db'}")
        (root / "postgresql").mkdir()
        server = Postgresql(root / "postgresql")
        try:
            measure(root, "PostgreSQL", server.url, server.url)
        finally:
            server.crash()


if __name__ == "__main__":
    main()
