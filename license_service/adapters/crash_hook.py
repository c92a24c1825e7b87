"""Kill this process at a named point; only fault tests ask for it, by `LICENSE_SERVICE_FAULT`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, MutableMapping

_VARIABLE = "LICENSE_SERVICE_FAULT"


def take_crash_hook(environment: MutableMapping[str, str]) -> Callable[[str], None]:
    """Return the hook that the variable asks for, and take the variable away: it is no setting.

    Points of a worker: `after_claim`, `before_KIND` for one kind of follow-up, `after_effect` and
    `before_commit`. Points of the API, around the commit of a new case: `accept_before_commit`,
    `accept_after_commit`. `NAME:stop` stops the process there instead.
    """
    name, _, how = environment.pop(_VARIABLE, "").partition(":")
    number = signal.SIGSTOP if how == "stop" else signal.SIGKILL

    def hook(point: str) -> None:
        if point == name:
            os.kill(os.getpid(), number)

    return hook
