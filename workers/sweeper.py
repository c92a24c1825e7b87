"""Find due follow-ups without Redis.

One thread claims and a few act, so that a neighbor that is slow holds up itself alone. Who has acted claims
the next: of what shares a lane no sooner than one is done another may begin.
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
        except Exception as error:  # noqa: BLE001 - the worker loop is where a bug of ours ends
            _tell(error)
            return False

    def _begin(self, pool: ThreadPoolExecutor) -> bool:
        """Claim one as soon as a thread is free, and let it begin; False where there is none."""
        self._slots.acquire()
        claimed = None
        try:
            claimed = self._claim()
        finally:
            if claimed is None:
                self._slots.release()
        if claimed is None:
            return False
        pool.submit(self._act, claimed)
        return True

    def _act(self, claimed: FollowUp | None) -> None:
        """Do what was claimed, and then what is due: it may have waited for room in the lane of the first."""
        try:
            while claimed is not None:
                self._app.follow_ups.execute(claimed)
                claimed = self._claim()
        except Exception as error:  # noqa: BLE001 - as above
            _tell(error)
        finally:
            self._slots.release()

    def _claim(self) -> FollowUp | None:
        return None if self._stop.is_set() else self._app.follow_ups.claim()


def _tell(error: Exception) -> None:
    """Log an error; what it met is leased until its lease ends, so that others have their turn."""
    if isinstance(error, LicenseServiceError):
        _LOG.error("sweep failed: %s", error.code)
    else:
        _LOG.error("sweep failed by an error of our own: %s", type(error).__name__)
