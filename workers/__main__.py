"""`python -m workers`: a sweeper, and beside it an RQ worker wherever Redis answers.

The sweeper is this process; the RQ worker is a child of it that is started again when it ends, so
neither Redis nor a crash of the child stops the sweep. SIGTERM ends both, after what is being done.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from threading import Event, Thread

from license_service.adapters.crash_hook import take_crash_hook
from license_service.adapters.doorbell_rq import RqDoorbell
from license_service.bootstrap import build
from license_service.errors import LicenseServiceError
from license_service.settings import Settings, read_settings
from workers.cosigning import collect_cosignatures
from workers.integrating import keep_integrating
from workers.releases import note_releases
from workers.retention import ask_nightly
from workers.rq_worker import run_rq_worker
from workers.stamping import have_stamped
from workers.sweeper import Sweeper

_RESTART_SECONDS = 2.0


def main() -> int:
    """Run until SIGTERM or SIGINT; return 1 if the configuration is not usable."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    hook = take_crash_hook(os.environ)
    try:
        app = build(read_settings(os.environ), hook)
    except LicenseServiceError as error:
        sys.stderr.write(f"workers: {error.code}: {error.detail}\n")
        return 1
    sweeper = Thread(target=Sweeper(app, stop).run, name="sweeper")
    integrating = (app.log, app.settings.sweep_seconds, stop)
    integrator = Thread(target=keep_integrating, args=integrating, name="integrating")
    for thread in (sweeper, integrator):
        thread.start()
    if app.settings.witnesses:
        # A daemon: at the end nobody waits for an answer from elsewhere.
        Thread(target=collect_cosignatures, args=(app, stop), name="cosigning", daemon=True).start()
    asking_nightly = (app.erasing.retention, app.settings.sweep_seconds, stop)
    Thread(target=ask_nightly, args=asking_nightly, name="retention", daemon=True).start()
    rest = (app.releases, app.settings.sweep_seconds, stop)
    Thread(target=note_releases, args=rest, name="releases", daemon=True).start()
    if app.stamping is not None:
        asking = (app.stamping, app.settings.sweep_seconds, stop)
        Thread(target=have_stamped, args=asking, name="stamping", daemon=True).start()
    if app.settings.redis_url:
        _keep_rq_worker(app.settings, stop)
    while not stop.wait(1):
        pass
    sweeper.join()
    integrator.join()
    return 0


def _keep_rq_worker(settings: Settings, stop: Event) -> None:
    doorbell = RqDoorbell(settings.redis_url)
    while not stop.is_set():
        # A child takes a second of a core to start, only to end at once where Redis is down.
        if doorbell.status() == "ok":
            _run_child(settings.redis_url, stop)
        stop.wait(_RESTART_SECONDS)


def _run_child(redis_url: str, stop: Event) -> None:
    child = multiprocessing.get_context("spawn").Process(target=run_rq_worker, args=(redis_url,), name="rq")
    child.start()
    while child.is_alive() and not stop.wait(0.2):
        pass
    child.terminate()
    child.join()


if __name__ == "__main__":
    sys.exit(main())
