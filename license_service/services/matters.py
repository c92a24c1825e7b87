"""The catalogue as callers see it, rendered from the entries that decide."""

from __future__ import annotations

from typing import Any

from license_service.clock import SHANGHAI, Clock
from license_service.domain.matter import Catalogue, Material, Matter
from license_service.errors import NotFoundError
from license_service.services.caller import Caller, Scope


class MatterService:
    """Answer `GET /v1/matters` and `GET /v1/matters/{code}`."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock

    def all(self, caller: Caller | None = None) -> list[dict[str, Any]]:
        """Return every matter in effect today."""
        if caller is not None:
            caller.require(Scope.MATTERS_READ)
        today = self._clock.now().astimezone(SHANGHAI).date()
        return [_summary(matter) for matter in self._catalogue.in_effect(today)]

    def get(self, code: str, caller: Caller | None = None) -> dict[str, Any]:
        """Return the guide of a matter: every material with every way to satisfy it, and each basis.

        Raises:
            NotFoundError: if no such matter is in effect today.
        """
        if caller is not None:
            caller.require(Scope.MATTERS_READ)
        matter = find_matter(self._catalogue, code, self._clock)
        materials = [_material(material) for material in matter.materials]
        return {**_summary(matter), "materials": materials, "catalogue": {"digest": self._catalogue.digest}}


def find_matter(catalogue: Catalogue, code: str, clock: Clock) -> Matter:
    """Return the version of a matter in effect today.

    Raises:
        NotFoundError: if there is none.
    """
    matter = catalogue.find(code, clock.now().astimezone(SHANGHAI).date())
    if matter is None:
        raise NotFoundError("no such matter in effect")
    return matter


def _summary(matter: Matter) -> dict[str, Any]:
    return {
        "code": matter.code,
        "version": matter.version,
        "name": {"zh": matter.name_zh, "en": matter.name_en},
        "basis": matter.basis,
        "effective_from": matter.effective_from.isoformat(),
        "effective_until": matter.effective_until.isoformat() if matter.effective_until else None,
    }


def _material(material: Material) -> dict[str, Any]:
    ways: dict[str, Any] = {"by_submission": material.by_submission}
    if material.by_license:
        route = material.by_license
        ways["by_license"] = {
            "type_codes": list(route.type_codes),
            "holder": route.holder,
            "basis": route.basis,
        }
    if material.by_commitment:
        ways["by_commitment"] = {
            "notice": {"zh": material.by_commitment.notice_zh, "en": material.by_commitment.notice_en},
            "notice_digest": material.by_commitment.notice_digest,
            "check_within_working_days": material.by_commitment.check_within_working_days,
            "basis": material.by_commitment.basis,
        }
    if material.by_deferral:
        ways["by_deferral"] = {
            "working_days": material.by_deferral.working_days,
            "at_expiry": material.by_deferral.at_expiry,
            "basis": material.by_deferral.basis,
        }
    name = {"zh": material.name_zh, "en": material.name_en}
    return {"code": material.code, "name": name, "primary": material.primary, "basis": material.basis, **ways}
