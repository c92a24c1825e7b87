"""What the compose file says fits what it starts: settings, files and services that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from license_service.adapters.redis_client import connect_redis
from license_service.settings import PREFIX, Settings

_ROOT = Path(__file__).resolve().parents[2]
_COMPOSE = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_DEFAULT = re.compile(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}")


def _environment_file() -> dict[str, str]:
    lines = (_ROOT / "deploy" / "many-machines.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _mounts() -> Iterator[tuple[str, str]]:
    for name, service in _SERVICES.items():
        for volume in service.get("volumes", []):
            yield name, volume.split(":")[0]


@pytest.mark.parametrize("service", ["api", "worker"])
def test_every_setting_exists(service: str) -> None:
    names = {name for name in _SERVICES[service]["environment"] if name.startswith(PREFIX)}
    assert names
    assert names <= {f"{PREFIX}{name.upper()}" for name in Settings.__dataclass_fields__}


def test_every_mounted_file_is_there_and_every_volume_declared() -> None:
    for name, source in _mounts():
        if source.startswith("./"):
            assert (_ROOT / source).exists(), (name, source)
        else:
            assert source in _COMPOSE["volumes"], (name, source)


def test_every_service_waits_for_one_that_exists() -> None:
    for service in _SERVICES.values():
        assert set(service.get("depends_on", ())) <= _SERVICES.keys()


def test_every_variable_of_the_environment_file_is_used() -> None:
    used = {match[0] for match in _DEFAULT.findall((_ROOT / "docker-compose.yml").read_text())}
    assert _environment_file().keys() <= used


def test_both_doorbells_are_urls_that_are_understood() -> None:
    plain = _DEFAULT.sub(r"\2", _SERVICES["api"]["environment"][f"{PREFIX}REDIS_URL"])
    connect_redis(plain)
    connect_redis(_environment_file()["REDIS_URL"])


def test_the_sentinels_watch_the_master_that_the_doorbell_asks_for() -> None:
    written = (_ROOT / "deploy" / "sentinel.conf").read_text()
    watched = re.search(r"^sentinel monitor (\w+) (\w+)", written, re.MULTILINE)
    assert watched is not None
    assert _environment_file()["REDIS_URL"].endswith(f"/{watched[1]}")
    assert watched[2] in _SERVICES
