"""Processes that come and go: Redis, PostgreSQL, the API and workers, each in a process group of its own."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import urllib3

from license_service.adapters.embedded_redis import start_redis
from license_service.demo.stack import free_port
from tests import postgresql_server as postgresql

_READY_SECONDS = 60.0


class Process:
    """One program with its children."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], log: Path, largest_file: int | None = None
    ) -> None:
        def limit() -> None:
            if largest_file is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        with log.open("ab") as output:
            self.child = subprocess.Popen(
                command,
                env=dict(environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=limit,  # noqa: PLW1509 - one or two system calls, no locks taken
            )

    def signal(self, number: int) -> None:
        os.killpg(self.child.pid, number)

    def kill(self) -> None:
        """End the program and its children at once."""
        if self.child.poll() is None:
            self.signal(signal.SIGKILL)
        self.child.wait(30)

    def stop(self) -> int:
        """End it as an operator would; return its status."""
        self.child.terminate()
        return self.child.wait(60)


class Api(Process):
    """One replica of the API."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, port: int = 0, largest_file: int | None = None
    ) -> None:
        self.port = port or free_port()
        options = ["--interface=wsgi", "--host=127.0.0.1", f"--port={self.port}", "--workers=1"]
        options += ["--blocking-threads=4", "--no-ws", "--log-level=warning"]
        command = [sys.executable, "-m", "granian", *options, "license_service.wsgi:app"]
        super().__init__(command, environment, log, largest_file)
        self.url = f"http://127.0.0.1:{self.port}"

    def await_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self.is_up():
            assert time.monotonic() < deadline, "the API did not come up"
            time.sleep(0.05)  # polling a child that is starting; bounded by the deadline

    def is_up(self) -> bool:
        with urllib3.PoolManager(retries=False, timeout=5.0) as pool:
            try:
                return bool(pool.request("GET", f"{self.url}/livez").status == 200)
            except urllib3.exceptions.HTTPError:
                return False


class Redis:
    """A Redis that is killed and comes back, with its data or without."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.child, self.url = start_redis(directory)

    def restart(self, *, empty: bool) -> None:
        self.kill()
        if empty:
            shutil.rmtree(self._directory / "appendonlydir", ignore_errors=True)
        self.child, self.url = start_redis(self._directory)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(10)

    def dump(self) -> bytes:
        """Return what it keeps on disk."""
        return b"".join(path.read_bytes() for path in self._directory.rglob("*.aof"))


class Postgresql:
    """A PostgreSQL of one test, which is stopped as a crash would and started again."""

    def __init__(self, home: Path) -> None:
        self._home, self._user = home, postgresql.user_for(home)
        self._programs, self._data = postgresql.programs_for(home), home / "data"
        initdb = [str(self._programs / "initdb"), "-D", str(self._data), "-U", "test", "-A", "trust"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C", "--no-sync"],
            user=self._user,
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.url = f"postgresql+psycopg://test@/postgres?host={home}"
        self.start()

    def start(self) -> None:
        with (self._home / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self._home, "-h", ""],
                user=self._user, cwd=self._home, stdout=log, stderr=log,
            )  # fmt: skip
        postgresql.await_answer(self.server, self._home)

    def crash(self) -> None:
        """Stop as `pg_ctl stop -m immediate` does: no checkpoint, recovery at the next start."""
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(30)
