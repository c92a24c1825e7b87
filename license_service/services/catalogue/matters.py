"""The catalogue as callers see it, rendered from the entries that decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.matter import Catalogue, Matter
from license_service.errors import NotFoundError
from license_service.services.caller import Caller, Scope
from license_service.services.catalogue.guide import guide, summary
from license_service.services.catalogue.guide_sheet import GuideSheet, guide_sheet


class MatterService:
    """Answer `GET /v1/matters` and `GET /v1/matters/{code}`."""

    def __init__(self, catalogue: Catalogue, clock: Clock, render: Callable[[GuideSheet], str]) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._render = render

    def all(self, caller: Caller | None = None) -> list[dict[str, Any]]:
        """Return every matter in effect today."""
        if caller is not None:
            caller.require(Scope.MATTERS_READ)
        today = self._clock.now().astimezone(SHANGHAI).date()
        return [summary(matter) for matter in self._catalogue.in_effect(today)]

    def get(self, code: str, caller: Caller | None = None) -> dict[str, Any]:
        """Return the guide of a matter: every material with every way to satisfy it, and each basis.

        Raises:
            NotFoundError: if no such matter is in effect today.
        """
        matter = self._find(code, caller)
        return {**guide(matter), "catalogue": {"digest": self._catalogue.digest}}

    def html(self, code: str, caller: Caller) -> str:
        """Return the same guide as a page.

        Raises:
            NotFoundError: if no such matter is in effect today.
        """
        return self._render(guide_sheet(self._find(code, caller), self._catalogue.digest))

    def _find(self, code: str, caller: Caller | None) -> Matter:
        if caller is not None:
            caller.require(Scope.MATTERS_READ)
        return find_matter(self._catalogue, code, self._clock)


def find_matter(catalogue: Catalogue, code: str, clock: Clock) -> Matter:
    """Return the version of a matter in effect today.

    Raises:
        NotFoundError: if there is none.
    """
    matter = catalogue.find(code, clock.now().astimezone(SHANGHAI).date())
    if matter is None:
        raise NotFoundError("no such matter in effect")
    return matter
