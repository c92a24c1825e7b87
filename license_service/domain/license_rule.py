"""Hold a presented license against the rule of a material: each condition on its own, all of them looked at.

A license serves where every condition holds. Where one does not, its codes say why; where none fails but one
cannot be told, a person looks. So a second look at the same license finds nothing the first did not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase

from license_service.domain.application import Person, PresentedLicense
from license_service.domain.matter import LicenseRoute, RequiredField

_USCC_LENGTH = 18
_AREA = slice(2, 8)
"""Where GB 32100 keeps the area code."""


@dataclass(frozen=True)
class Looked:
    """Record one condition that was looked at: of what, which one, and whether it holds; None is unknown."""

    subject: str
    rule: str
    holds: bool | None


@dataclass(frozen=True)
class LicenseCondition:
    """Hold one condition of a rule, and the codes to tell where it is not met."""

    rule: str
    holds: bool | None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LicenseView:
    """Hold a license beside every condition of the rule it was held against."""

    license: PresentedLicense
    conditions: tuple[LicenseCondition, ...]

    @property
    def serves(self) -> bool | None:
        """Tell whether it may stand for the paper; None where a person has to look."""
        found = {condition.holds for condition in self.conditions}
        return False if False in found else None if None in found else True

    @property
    def is_holders(self) -> bool:
        """Tell whether it belongs to whom the rule names, as far as it can be read."""
        return self.conditions[0].holds is not False

    def codes(self) -> Iterator[str]:
        """Return the codes of every condition that is not met."""
        return (code for item in self.conditions if item.holds is not True for code in item.codes)

    def looked(self) -> Iterator[Looked]:
        """Return every condition that was looked at."""
        return (Looked(self.license.report_id, item.rule, item.holds) for item in self.conditions)


def view(item: PresentedLicense, route: LicenseRoute, holder: Person | None, on: date) -> LicenseView:
    """Look at every condition of a rule; the holder is compared by id, never by name alone."""
    is_holder = holder is not None and holder.id.upper() in item.holder_ids
    conditions = (
        LicenseCondition("holder", None) if item.unread else LicenseCondition("holder", is_holder, _OTHERS),
        LicenseCondition("genuine", _GENUINE[item.indication], item.codes),
        *_dates(item, route, on),
        *_issuer(item, route),
        *(_field(item, required) for required in route.required_fields),
    )
    return LicenseView(item, conditions)


_OTHERS = ("HOLDER_MISMATCH",)
_GENUINE = {"TOTAL_PASSED": True, "TOTAL_FAILED": False, "INDETERMINATE": None}


def _dates(item: PresentedLicense, route: LicenseRoute, on: date) -> Iterator[LicenseCondition]:
    # A report may be older than the application: whether the license is in force is asked of its own day.
    begun = item.valid_from is None or item.valid_from <= on
    lasts = item.valid_until is None or on <= item.valid_until
    yield LicenseCondition("begun", begun, ("LICENSE_NOT_YET_VALID",))
    yield LicenseCondition("not_expired", lasts, ("LICENSE_EXPIRED",))
    if route.min_remaining_days:
        enough = item.valid_until is None or on + timedelta(days=route.min_remaining_days) <= item.valid_until
        yield LicenseCondition(f"valid_for_days {route.min_remaining_days}", enough, ("VALIDITY_TOO_SHORT",))


def _issuer(item: PresentedLicense, route: LicenseRoute) -> Iterator[LicenseCondition]:
    code = item.issuer_code
    if route.issuers:
        named = any(fnmatchcase(code, pattern) for pattern in route.issuers)
        yield _known("issuer", code, "ISSUER_UNKNOWN", holds=named)
    if route.regions:
        region = code[_AREA] if len(code) == _USCC_LENGTH else code
        inside = region.startswith(route.regions)
        yield _known("region", code, "ISSUER_UNKNOWN", holds=inside)


def _field(item: PresentedLicense, required: RequiredField) -> LicenseCondition:
    value = item.fields.get(required.name, "")
    return _known(
        f"field {required.name}", value, "LICENSE_FIELD_UNKNOWN", "LICENSE_FIELD_NOT_ACCEPTED",
        holds=value in required.values,
    )  # fmt: skip


def _known(
    rule: str, value: str, unknown: str, refused: str = "ISSUER_NOT_ACCEPTED", *, holds: bool
) -> LicenseCondition:
    if not value:
        return LicenseCondition(rule, None, (unknown,))
    return LicenseCondition(rule, holds, (refused,))
