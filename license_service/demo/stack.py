"""Run the whole service on embedded defaults: Redis, API and one worker as our own children.

Children die with this process, also when it is killed: each asks the kernel for it.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import urllib3

from license_service.adapters.embedded_redis import die_with_parent, start_redis
from license_service.errors import ConfigurationError

_READY_SECONDS = 120.0
_STOP_SECONDS = 10.0


def free_port() -> int:
    """Return a loopback port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def server_options(port: int) -> list[str]:
    """Return the options granian serves with, here and in benchmarks."""
    return [
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        "--workers=2",
        "--blocking-threads=2",
        "--respawn-failed-workers",
        "--no-ws",
    ]


class Stack(AbstractContextManager["Stack"]):
    """Start the service's processes with `settings`, wait until ready, and stop them when left.

    `settings` are `LICENSE_SERVICE_*` variables; logs go to files in `directory`. `redis_url`
    is used instead of a server of our own where it is given.
    """

    def __init__(
        self, directory: Path, settings: Mapping[str, str], redis_url: str = "", port: int = 0
    ) -> None:
        self._given_redis_url = redis_url
        self._directory = directory
        self._port = port or free_port()
        self._settings = dict(settings)
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """Return where the API listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the children."""
        return {**os.environ, **self._settings}

    def __enter__(self) -> Self:
        """Start Redis, the API and a worker.

        Raises:
            ConfigurationError: if one of them does not come up; the logs say why.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            self._settings["LICENSE_SERVICE_REDIS_URL"] = self._redis_url()
            self._start(
                "api",
                [sys.executable, "-m", "granian", *server_options(self._port), "license_service.wsgi:app"],
            )
            self._start("worker", [sys.executable, "-m", "workers"])
            self._await_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop every child, the last started first."""
        self._stop()

    def run(self, *arguments: str) -> str:
        """Run the `license-service` command with the stack's settings; return what it printed.

        Raises:
            ConfigurationError: if the command fails.
        """
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "license_service.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ConfigurationError(f"license-service {arguments[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def save_environment(self, path: Path) -> Path:
        """Write what a shell reads to run `license-service` with the stack's settings; return the path."""
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in self._settings.items()]
        path.write_text(f"{''.join(lines)}PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n")
        return path

    def wait(self) -> None:
        """Wait until a child ends."""
        while all(child.poll() is None for child in self._children):
            time.sleep(0.5)  # nothing to do but watch the children

    def _redis_url(self) -> str:
        if self._given_redis_url:
            return self._given_redis_url
        child, url = start_redis(self._directory / "redis")
        self._children.append(child)
        return url

    def _start(self, name: str, command: list[str]) -> None:
        with (self._directory / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, no locks taken
            )
        self._children.append(child)

    def _await_ready(self) -> None:
        pool = urllib3.PoolManager(retries=False, timeout=2.0)
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and all(child.poll() is None for child in self._children):
            try:
                if pool.request("GET", f"{self.url}/readyz").status == 200:  # noqa: PLR2004 - HTTP OK
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.05)  # polling children that are starting; bounded by the deadline
        raise ConfigurationError(f"the service did not come up; see the logs in {self._directory}")

    def _stop(self) -> None:
        for child in reversed(self._children):
            child.terminate()
        for child in reversed(self._children):
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _kill_session(child)
                child.wait()


def _kill_session(child: subprocess.Popen[bytes]) -> None:
    """Kill a child with the workers it started, which would go on without it."""
    if os.getsid(child.pid) == child.pid:
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
