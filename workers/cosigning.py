"""Bring checkpoints to the witnesses, beside the sweep, which waits for nobody."""

from __future__ import annotations

import logging
from threading import Event

from license_service.audit.errors import AuditError
from license_service.bootstrap import App
from license_service.errors import LicenseServiceError

_SWEEPS = 5
"""Each answer costs a witness a write to its disk."""
_LOG = logging.getLogger("license_service.cosigning")


def collect_cosignatures(app: App, stop: Event) -> None:
    """Ask every fifth sweep until told to stop; an error is logged and the next round goes on."""
    while not stop.wait(_SWEEPS * app.settings.sweep_seconds):
        try:
            app.cosigning.collect()
        except (LicenseServiceError, AuditError) as error:
            _LOG.exception("no cosignatures: %s", error.code)
