"""Give events their places in the log, beside the sweep: soon after they are committed."""

from __future__ import annotations

import logging
from itertools import count
from threading import Event
from time import monotonic

from license_service.audit.errors import AuditError
from license_service.errors import LicenseServiceError
from license_service.services.proving.log_integration import BATCH, LogIntegrator

LOOK_SECONDS = 0.1
_RESTS, _REST_SECONDS = 20, 1.0
_LOG = logging.getLogger("license_service.integrating")


def keep_integrating(log: LogIntegrator, seconds: float, stop: Event) -> None:
    """Integrate what waits, looking ten times a second and less often under load, until told to stop.

    Every `seconds` the log is checked though nothing waits; what failed is tried again then, and not before.
    """
    rounds, sound, rest = max(1, round(seconds / LOOK_SECONDS)), True, LOOK_SECONDS
    for number in count():
        if stop.wait(rest):
            return
        due, began, events = number % rounds == 0, monotonic(), 0
        if due or sound:
            events, sound = _integrate(log, due=due)
        rest = rest_after(monotonic() - began, events)


def rest_after(took: float, events: int) -> float:
    """Return for how long to rest after a batch of so many events that took so many seconds.

    Most of what a batch costs is the same for one event as for a hundred. So an event that comes alone has
    its place at the next look; of many that come at once more go into one batch, which leaves the machine to
    the requests they come from. A full batch left some behind.
    """
    return LOOK_SECONDS if events >= BATCH else min(max(LOOK_SECONDS, _RESTS * took), _REST_SECONDS)


def _integrate(log: LogIntegrator, *, due: bool) -> tuple[int, bool]:
    """Integrate a batch if it is time to or something waits; tell of how many events, and if all is well."""
    try:
        return (log.integrate() if due or log.is_behind() else 0), True
    except AuditError as error:
        _LOG.critical("nothing is signed until somebody has looked at the log: %s", error.code)
    except LicenseServiceError as error:
        _LOG.error("integrating failed: %s", error.code)
    except Exception as error:  # noqa: BLE001 - the worker loop is where a bug of ours ends
        # Without this thread nothing gets a receipt.
        _LOG.error("integrating failed by an error of our own: %s", type(error).__name__)
    return 0, False
