"""Open the register that an operator declares: a file, or a service over HTTP."""

from __future__ import annotations

import tomllib
from pathlib import Path

from license_service.adapters import register_file, register_mapping
from license_service.adapters.register_file import FileRegister
from license_service.adapters.register_http import HttpRegister
from license_service.adapters.trust_files import read_file
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.services.outside import LicenseRegister


def load_register(path: Path, clock: Clock, token: str = "") -> LicenseRegister:
    """Open the register at `path`, by its `kind`; `token` is what a service knows the caller by.

    Raises:
        ConfigurationError: if it is neither kind, or not complete.
    """
    text = read_file(path).decode(errors="replace")
    try:
        kind = tomllib.loads(text).get("kind")
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if kind == register_file.KIND:
        return FileRegister(path, clock)
    if kind == register_mapping.KIND:
        return HttpRegister(register_mapping.parse_mapping(text, str(path)), token, clock)
    raise ConfigurationError(f"{path}: kind is {register_file.KIND!r} or {register_mapping.KIND!r}")
