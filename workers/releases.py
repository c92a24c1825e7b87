"""Say in the log what is in force, beside the sweep, since a trust list may change at any time."""

from __future__ import annotations

import logging
from threading import Event

from license_service.errors import LicenseServiceError
from license_service.services.proving.releases import ReleaseService

_LOG = logging.getLogger("license_service.releases")


def note_releases(releases: ReleaseService, seconds: float, stop: Event) -> None:
    """Look every so many seconds until told to stop; an error is logged and the next round goes on."""
    while not stop.wait(seconds):
        try:
            releases.note()
        except LicenseServiceError as error:
            _LOG.exception("changes of inputs are not in the log yet: %s", error.code)
