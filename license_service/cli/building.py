"""Build the service for a command; what is not usable is told in one line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from license_service.errors import LicenseServiceError

if TYPE_CHECKING:
    from license_service.bootstrap import App


def build_app() -> App:
    """Build from the environment.

    Raises:
        click.ClickException: if the configuration is not usable; exit status 1.
    """
    from license_service.bootstrap import build
    from license_service.settings import read_settings

    try:
        return build(read_settings(os.environ))
    except LicenseServiceError as error:
        raise click.ClickException(f"{error.code}: {error.detail}") from error
