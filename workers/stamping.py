"""Have checkpoints stamped, beside the sweep, which waits for nobody."""

from __future__ import annotations

import logging
from threading import Event

from license_service.errors import LicenseServiceError
from license_service.services.proving.stamping import StampingService

_LOG = logging.getLogger("license_service.stamping")


def have_stamped(stamping: StampingService, seconds: float, stop: Event) -> None:
    """Look every so many seconds until told to stop; an error is logged and the next round goes on."""
    while not stop.wait(seconds):
        try:
            stamping.stamp()
        except LicenseServiceError as error:
            _LOG.exception("no stamps: %s", error.code)
