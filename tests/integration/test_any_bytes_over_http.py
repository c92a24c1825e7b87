"""Any bytes sent as a document to the real server get a verdict or a problem, and it answers afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3

from license_service.bootstrap import build
from license_service.demo.stack import free_port, server_options
from license_service.services.caller import Scope
from license_service.settings import PREFIX, Settings
from license_service.verification.limits import MAX_DOCUMENT_BYTES

_GENUINE = ("business-license.ofd", "health-certificate.pdf", "legal-person-id.jws", "fire-safety.cms")
_JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    + bytes(range(256)) * 8
    + b"\xff\xd9"
)

Send = Callable[..., urllib3.BaseHTTPResponse]


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory, pki_dir: Path) -> Iterator[Send]:
    """Start the server that is deployed; return a call that sends one document to it."""
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(
        database_url=f"sqlite:///{folder / 'service.db'}",
        environment="test",
        log_dir=folder / "log",
        rate_per_second=0.0,
        trust_dir=pki_dir / "trust",
        evidence_dir=pki_dir / "evidence",
        private_dir=folder / "private",
    )
    token = build(settings).services.keys.create("county", "test", [Scope.VERIFY])
    environment = {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}
    port, pool = free_port(), urllib3.PoolManager(retries=False, timeout=60)
    command = [sys.executable, "-m", "granian", *server_options(port), "license_service.wsgi:app"]
    server = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    _await_answer(pool, f"{url}/livez", server)

    def call(document: bytes, name: str = "a.ofd") -> urllib3.BaseHTTPResponse:
        fields = {"file": (name, document, "application/octet-stream")}
        headers = {"Authorization": f"Bearer {token}"}
        answer = pool.request("POST", f"{url}/v1/verifications", fields=fields, headers=headers)
        assert pool.request("GET", f"{url}/livez").status == 200
        assert server.poll() is None
        return answer

    yield call
    server.terminate()
    server.wait(30)


def _await_answer(pool: urllib3.PoolManager, url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        with suppress(urllib3.exceptions.HTTPError):
            if pool.request("GET", url).status == 200:
                return
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)  # polling a child that is starting; bounded by the deadline


def _outcome(answer: urllib3.BaseHTTPResponse) -> str:
    """Return the indication, or the code of the problem."""
    body = answer.json()
    if answer.status == 201:
        return str(body["report"]["indication"])
    assert 400 <= answer.status < 500, (answer.status, body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    return str(body["code"])


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (b"", "TOTAL_FAILED"),
        (b"\x00", "TOTAL_FAILED"),
        (b"P", "TOTAL_FAILED"),
        (bytes(MAX_DOCUMENT_BYTES), "TOTAL_FAILED"),
        (bytes(MAX_DOCUMENT_BYTES + 1), "document_too_large"),
        (bytes(MAX_DOCUMENT_BYTES * 2), "document_too_large"),
        (_JPEG, "TOTAL_FAILED"),
    ],
    ids=["empty", "one byte", "one letter", "20 MB", "20 MB and 1", "40 MB", "JPEG"],
)
def test_bytes_that_are_no_license_get_a_verdict_or_a_problem(
    send: Send, document: bytes, outcome: str
) -> None:
    assert _outcome(send(document)) == outcome


@pytest.mark.parametrize("name", _GENUINE)
def test_a_sample_cut_at_every_hundredth_byte_never_passes(send: Send, samples_dir: Path, name: str) -> None:
    whole = (samples_dir / "genuine" / name).read_bytes()
    assert _outcome(send(whole, name)) == "TOTAL_PASSED"
    outcomes = {_outcome(send(whole[:length], name)) for length in range(0, len(whole), 100)}
    assert outcomes <= {"TOTAL_FAILED", "INDETERMINATE"}
