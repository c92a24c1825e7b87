"""What the calls of every subject have in common."""

from __future__ import annotations

from typing import Any

from license_service.client.transport import Transport

Json = dict[str, Any]
"""An answer as `/openapi.json` describes it."""


class Calls:
    """Hold the way to the service. A call is a path as `/openapi.json` has it, and the type of its answer."""

    def __init__(self, transport: Transport) -> None:
        self._get = transport.get
        self._post = transport.post
