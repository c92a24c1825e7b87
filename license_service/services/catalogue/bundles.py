"""Bundles as callers see them: which there are, and the one guide of all their matters."""

from __future__ import annotations

from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.bundle import Bundle, BundleMember
from license_service.domain.matter import Catalogue
from license_service.errors import NotFoundError
from license_service.services.caller import Caller, Scope
from license_service.services.catalogue.guide import guide


class BundleService:
    """Answer `GET /v1/bundles` and `GET /v1/bundles/{code}`."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock

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
        caller.require(Scope.MATTERS_READ)
        bundle = find_bundle(self._catalogue, code, self._clock)
        today = self._clock.now().astimezone(SHANGHAI).date()
        guides = [guide(matter) for matter in self._catalogue.matters_of(bundle, today)]
        return {
            **bundle_summary(bundle),
            "matters": [_member(member, told) for member, told in zip(bundle.members, guides, strict=True)],
            "fields": _once(guides, "fields", "name"),
            "materials": _once(guides, "materials", "code"),
            "catalogue": {"digest": self._catalogue.digest},
        }


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
        "matter_codes": [member.matter for member in bundle.members],
    }


def _member(member: BundleMember, told: dict[str, Any]) -> dict[str, Any]:
    own = ("code", "version", "name", "authority", "result", "basis", "subjects", "time_limit", "eligibility")
    return {**{name: told[name] for name in own}, "needs": [vars(need) for need in member.needs]}


def _once(guides: list[dict[str, Any]], what: str, key: str) -> list[dict[str, Any]]:
    """Return what the guides list under `what`, each once by its `key`, with the rule of each matter."""
    found: dict[str, dict[str, Any]] = {}
    for told in guides:
        for item in told[what]:
            rule = {"matter": told["code"], **{name: value for name, value in item.items() if name != key}}
            found.setdefault(item[key], {key: item[key], "used_by": []})["used_by"].append(rule)
    return list(found.values())
