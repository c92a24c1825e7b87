"""Give events their places in the log, beside the sweep: soon after they are committed."""

from __future__ import annotations

import logging
from itertools import count
from threading import Event

from license_service.audit.errors import AuditError
from license_service.errors import LicenseServiceError
from license_service.services.proving.log_integration import LogIntegrator

LOOK_SECONDS = 0.1
_LOG = logging.getLogger("license_service.integrating")


def keep_integrating(log: LogIntegrator, seconds: float, stop: Event) -> None:
    """Integrate what waits, looking ten times a second, until told to stop.

    Every `seconds` the log is checked though nothing waits; what failed is tried again then, and not before.
    """
    rounds, sound = max(1, round(seconds / LOOK_SECONDS)), True
    for number in count():
        if stop.wait(LOOK_SECONDS):
            return
        due = number % rounds == 0
        if due or sound:
            sound = _integrate(log, due=due)


def _integrate(log: LogIntegrator, *, due: bool) -> bool:
    """Integrate one batch if it is time to or something waits; tell whether nothing failed."""
    try:
        if due or log.is_behind():
            log.integrate()
    except AuditError as error:
        _LOG.critical("nothing is signed until somebody has looked at the log: %s", error.code)
    except LicenseServiceError as error:
        _LOG.error("integrating failed: %s", error.code)
    except Exception as error:  # noqa: BLE001 - the worker loop is where a bug of ours ends
        # Without this thread nothing gets a receipt.
        _LOG.error("integrating failed by an error of our own: %s", type(error).__name__)
    else:
        return True
    return False
