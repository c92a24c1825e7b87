"""Find due follow-ups without Redis.

One thread claims and a few act, so that a neighbor that is slow holds up itself alone.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event

from license_service.bootstrap import App
from license_service.errors import LicenseServiceError
from license_service.services.records import FollowUp

_THREADS = 6
"""Three times as many as one receiver may take up, so that two that are slow leave room for the rest."""
_ROUND = 100
_LOG = logging.getLogger("license_service.sweeper")


class Sweeper:
    """Sweep until told to stop; an error is logged and the next sweep goes on."""

    def __init__(self, app: App, stop: Event) -> None:
        self._app = app
        self._stop = stop
        self._slots = BoundedSemaphore(_THREADS)

    def run(self) -> None:
        """Sweep every `sweep_seconds`; when told to stop, finish what has begun."""
        with ThreadPoolExecutor(_THREADS, "follow-up") as pool:
            while not self._stop.is_set():
                if not self._sweep(pool):
                    self._stop.wait(self._app.settings.sweep_seconds)

    def sweep(self) -> None:
        """Sweep once, and wait until what was begun is done."""
        with ThreadPoolExecutor(_THREADS, "follow-up") as pool:
            self._sweep(pool)

    def _sweep(self, pool: ThreadPoolExecutor) -> bool:
        """Begin what is due; tell whether there is likely to be more."""
        try:
            return all(self._begin(pool) for _ in range(_ROUND))
        except LicenseServiceError as error:
            _LOG.error("sweep failed: %s", error.code)
        except Exception as error:  # noqa: BLE001 - the worker loop is where a bug of ours ends
            # Without this thread nothing is followed up; what failed is leased, so others have their turn.
            _LOG.error("sweep failed by an error of our own: %s", type(error).__name__)
        return False

    def _begin(self, pool: ThreadPoolExecutor) -> bool:
        """Claim one as soon as a thread is free, and let it begin; False where there is none."""
        self._slots.acquire()
        claimed = None
        try:
            if not self._stop.is_set():
                claimed = self._app.follow_ups.claim()
        finally:
            if claimed is None:
                self._slots.release()
        if claimed is None:
            return False
        pool.submit(self._execute, claimed)
        return True

    def _execute(self, claimed: FollowUp) -> None:
        try:
            self._app.follow_ups.execute(claimed)
        except LicenseServiceError as error:
            _LOG.error("follow-up %s waits for its lease to end: %s", claimed.id, error.code)
        finally:
            self._slots.release()
