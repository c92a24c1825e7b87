"""The one RQ job: run a follow-up by its id."""

from __future__ import annotations

import os
from functools import cache

from license_service.bootstrap import App, build
from license_service.settings import read_settings


@cache
def app() -> App:
    """Build the service once in each process."""
    return build(read_settings(os.environ))


def run_follow_up(identifier: str) -> None:
    """Run a follow-up; one that is not due, leased elsewhere or unknown is no error."""
    app().follow_ups.run(identifier)
