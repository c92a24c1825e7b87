"""Find due follow-ups and unlogged events without Redis."""

from __future__ import annotations

import logging
from threading import Event

from license_service.audit.errors import AuditError
from license_service.bootstrap import App
from license_service.errors import LicenseServiceError

_LOG = logging.getLogger("license_service.sweeper")


class Sweeper:
    """Sweep until told to stop; an error is logged and the next sweep goes on."""

    def __init__(self, app: App, stop: Event) -> None:
        self._app = app
        self._stop = stop

    def run(self) -> None:
        """Sweep every `sweep_seconds`."""
        while not self._stop.is_set():
            self.sweep()
            self._stop.wait(self._app.settings.sweep_seconds)

    def sweep(self) -> None:
        """Run everything that is due, then integrate the log."""
        try:
            while not self._stop.is_set() and self._app.follow_ups.run():
                pass
            while not self._stop.is_set() and self._app.log.integrate():
                pass
        except AuditError as error:
            _LOG.critical("nothing is signed until somebody has looked at the log: %s", error.code)
        except LicenseServiceError as error:
            _LOG.exception("sweep failed: %s", error.code)
        except Exception:  # noqa: BLE001 - the worker loop is where a bug of ours ends
            # Without this thread nothing is followed up; what failed is leased, so others have their turn.
            _LOG.exception("sweep failed by an error of our own")
