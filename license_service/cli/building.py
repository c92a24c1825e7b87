"""Build the service for a command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from license_service.bootstrap import App


def build_app() -> App:
    """Build from the environment.

    Raises:
        LicenseServiceError: if the configuration is not usable or the database does not answer.
    """
    from license_service.bootstrap import build
    from license_service.settings import read_settings

    return build(read_settings(os.environ))
