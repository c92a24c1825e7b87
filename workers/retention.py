"""Ask for the nightly eraser, beside the sweep that runs it."""

from __future__ import annotations

import logging
from threading import Event

from license_service.errors import LicenseServiceError
from license_service.services.erasing.nightly import RetentionService

_LOG = logging.getLogger("license_service.retention")
_LEAST_SECONDS = 60.0
"""A night is asked for long before it comes."""


def ask_nightly(retention: RetentionService, seconds: float, stop: Event) -> None:
    """Ask every so many seconds until told to stop; a night that was asked for is not asked for again."""
    while not stop.wait(max(seconds, _LEAST_SECONDS)):
        try:
            retention.schedule()
        except LicenseServiceError as error:
            _LOG.exception("the nightly eraser is not asked for: %s", error.code)
