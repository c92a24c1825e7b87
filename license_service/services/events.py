"""The feed of a tenant's events: what a receiver reads when its webhooks did not arrive.

Events come in the order of the log. Its indexes are given after the commit and have no gaps, so a reader
that continues from a cursor misses nothing; sequence numbers of a database can appear out of order.
"""

from __future__ import annotations

import json
from typing import Any

from license_service.services.caller import Caller, Scope
from license_service.services.cursor import CursorKey
from license_service.services.ports import Store

_LISTING = "events"


class EventService:
    """Answer `GET /v1/events`."""

    def __init__(self, store: Store, cursors: CursorKey) -> None:
        self._store = store
        self._cursors = cursors

    def after(self, caller: Caller, cursor: str | None, limit: int) -> dict[str, Any]:
        """Return events behind a cursor, oldest first, with the cursor to continue from.

        Raises:
            ForbiddenError: without the scope.
            CursorInvalidError: if the cursor is not one of this feed.
        """
        caller.require(Scope.CASES_READ)
        position = -1 if cursor is None else self._cursors.open(caller.tenant, _LISTING, cursor)
        with self._store.read() as tx:
            found = tx.logged_events(caller.tenant, position, limit)
        last = found[-1].leaf_index if found else position
        following = self._cursors.seal(caller.tenant, _LISTING, position if last is None else last)
        return {"events": [json.loads(event.entry) for event in found], "next": following}
