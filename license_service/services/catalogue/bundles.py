"""Bundles as callers see them: which there are, and the one guide of all their matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.bundle import Bundle, BundleMember, BundleWait
from license_service.domain.case_json import period_to_json
from license_service.domain.matter import Catalogue, Matter
from license_service.errors import NotFoundError
from license_service.services.caller import Caller, Scope
from license_service.services.catalogue.bundle_sheet import BundleSheet, bundle_sheet
from license_service.services.catalogue.guide import guide

_SHARED = ("fields", "materials")
"""Members of a guide that a bundle says once for all its matters."""


class BundleService:
    """Answer `GET /v1/bundles` and what is below a bundle's guide."""

    def __init__(self, catalogue: Catalogue, clock: Clock, render: Callable[[BundleSheet], str]) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._render = render

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every bundle in effect today."""
        caller.require(Scope.MATTERS_READ)
        today = self._clock.now().astimezone(SHANGHAI).date()
        return [bundle_summary(bundle) for bundle in self._catalogue.bundles_in_effect(today)]

    def get(self, caller: Caller, code: str) -> dict[str, Any]:
        """Return the guide of a bundle: each material once, with the rule of every matter that uses it.

        Raises:
            NotFoundError: if no such bundle is in effect today.
        """
        bundle, matters = self._find(caller, code)
        return {**bundle_guide(bundle, matters), "catalogue": {"digest": self._catalogue.digest}}

    def html(self, caller: Caller, code: str) -> str:
        """Return the same guide as a page.

        Raises:
            NotFoundError: if no such bundle is in effect today.
        """
        return self._render(bundle_sheet(*self._find(caller, code), self._catalogue.digest))

    def _find(self, caller: Caller, code: str) -> tuple[Bundle, tuple[Matter, ...]]:
        caller.require(Scope.MATTERS_READ)
        bundle = find_bundle(self._catalogue, code, self._clock)
        today = self._clock.now().astimezone(SHANGHAI).date()
        return bundle, self._catalogue.matters_of(bundle, today)


def find_bundle(catalogue: Catalogue, code: str, clock: Clock) -> Bundle:
    """Return the version of a bundle in effect today.

    Raises:
        NotFoundError: if there is none.
    """
    bundle = catalogue.find_bundle(code, clock.now().astimezone(SHANGHAI).date())
    if bundle is None:
        raise NotFoundError("no such bundle in effect")
    return bundle


def bundle_summary(bundle: Bundle) -> dict[str, Any]:
    """Return what a list of bundles says of one."""
    return {
        "code": bundle.code,
        "version": bundle.version,
        "name": {"zh": bundle.name_zh, "en": bundle.name_en},
        "basis": bundle.basis,
        "effective_from": bundle.effective_from.isoformat(),
        "effective_until": bundle.effective_until.isoformat() if bundle.effective_until else None,
        "wait": _wait(bundle.wait) if bundle.wait else None,
        "matter_codes": [member.matter for member in bundle.members],
    }


def _wait(rule: BundleWait) -> dict[str, Any]:
    return {"within": period_to_json(rule.within), "basis": rule.basis}


def bundle_guide(bundle: Bundle, matters: Sequence[Matter]) -> dict[str, Any]:
    """Return everything the matters of a bundle ask for, and what results are handed on between them."""
    guides = [guide(matter) for matter in matters]
    return {
        **bundle_summary(bundle),
        "matters": [_member(member, told) for member, told in zip(bundle.members, guides, strict=True)],
        "fields": _once(guides, "fields", "name"),
        "materials": _once(guides, "materials", "code"),
    }


def _member(member: BundleMember, told: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in told.items() if name not in _SHARED}
    return {**own, "needs": [vars(need) for need in member.needs]}


def _once(guides: list[dict[str, Any]], what: str, key: str) -> list[dict[str, Any]]:
    """Return what the guides list under `what`, each once by its `key`, with the rule of each matter."""
    found: dict[str, dict[str, Any]] = {}
    for told in guides:
        for item in told[what]:
            rule = {"matter": told["code"], **{name: value for name, value in item.items() if name != key}}
            found.setdefault(item[key], {key: item[key], "used_by": []})["used_by"].append(rule)
    return list(found.values())
