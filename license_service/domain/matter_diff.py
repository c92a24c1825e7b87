"""What changes between two catalogues, and whether it is stricter or looser for whoever applies.

Whether a change is either is stated once, in the tables below; what no table names is told as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from license_service.domain.bundle import Bundle, BundleWait
from license_service.domain.deadlines import Period
from license_service.domain.feedback_rule import AnswerRule, FeedbackRule
from license_service.domain.matter import (
    Catalogue,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    DataRoute,
    DeferralRoute,
    LicenseRoute,
    Material,
    Matter,
    Notice,
    OnBroken,
    TimeLimit,
)


class Direction(StrEnum):
    """What a change means for whoever applies."""

    STRICTER = "stricter"
    LOOSER = "looser"
    CHANGED = "changed"


@dataclass(frozen=True)
class Change:
    """Hold one change: of which member of which matter or bundle, and of which material where it is one's."""

    matter: str
    material: str | None
    member: str
    before: str
    after: str
    direction: Direction


_Version = TypeVar("_Version", Matter, Bundle, FeedbackRule)

_MORE_IS_STRICTER = frozenset(
    {
        *("primary", "eligibility", "credit", "wait", "by_commitment.check.method"),
        *("by_license.min_remaining_days", "by_license.required_fields"),
        *("by_commitment.not_for", "by_deferral.not_for", "by_commitment.on_broken"),
    }
)
_MORE_IS_LOOSER = frozenset(
    {
        *("by_license", "by_data", "by_commitment", "by_deferral", "by_submission", "needed_when"),
        *("by_license.type_codes", "by_license.issuers", "by_license.regions"),
        "by_commitment.on_broken.objection",
        *("by_commitment.proxy_allowed", "by_deferral.within", "by_deferral.extension", "subjects"),
        "members",
        "wait.within",
    }
)
_EMPTY_IS_ALL = frozenset({"by_license.issuers", "by_license.regions"})
_PARTS = (
    *(LicenseRoute, DataRoute, CommitmentRoute, DeferralRoute, CheckPlan, Notice, TimeLimit, OnBroken),
    AnswerRule,
    BundleWait,
)
"""What is looked into where both versions have it; anything else is told as a whole."""


def diff(old: Catalogue, new: Catalogue) -> tuple[Change, ...]:
    """Return every change between the newest versions of matters, bundles and other rules."""
    matters = _wholes("matter", _newest(old.matters), _newest(new.matters), _matter)
    bundles = _wholes("bundle", _newest(old.bundles), _newest(new.bundles), _rule)
    feedback = _wholes("feedback", _newest(old.feedback), _newest(new.feedback), _rule)
    return (*matters, *bundles, *feedback)


def _newest(versions: Iterable[_Version]) -> dict[str, _Version]:
    return {item.code: item for item in sorted(versions, key=lambda item: item.effective_from)}


def _wholes(
    kind: str,
    before: dict[str, _Version],
    after: dict[str, _Version],
    compare: Callable[[_Version, _Version], Iterator[Change]],
) -> Iterator[Change]:
    for code in sorted(before.keys() | after.keys()):
        one, other = before.get(code), after.get(code)
        if one is None or other is None:
            whole = Direction.LOOSER if one is None else Direction.STRICTER
            yield Change(code, None, kind, _version(one), _version(other), whole)
        else:
            yield from compare(one, other)


def _rule(before: Bundle | FeedbackRule, after: Bundle | FeedbackRule) -> Iterator[Change]:
    for member, one, other in _members(before, after):
        yield _change(after.code, None, member, one, other)


def _matter(before: Matter, after: Matter) -> Iterator[Change]:
    for member, one, other in _members(before, after):
        if member != "materials":
            yield _change(after.code, None, member, one, other)
    old = {material.code: material for material in before.materials}
    new = {material.code: material for material in after.materials}
    for code in dict.fromkeys((*new, *old)):
        yield from _material(after.code, code, old.get(code), new.get(code))


def _material(matter: str, code: str, before: Material | None, after: Material | None) -> Iterator[Change]:
    if before is None or after is None:
        direction = Direction.STRICTER if before is None else Direction.LOOSER
        yield Change(matter, code, "material", _text(before), _text(after), direction)
        return
    for member, one, other in _members(before, after):
        yield _change(matter, code, member, one, other)


def _members(before: Any, after: Any, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - any rule
    for field in fields(before):
        one, other, name = getattr(before, field.name), getattr(after, field.name), prefix + field.name
        if one == other:
            continue
        if isinstance(one, _PARTS) and isinstance(other, _PARTS):
            yield from _members(one, other, f"{name}.")
        else:
            yield name, one, other


def _change(matter: str, material: str | None, member: str, before: object, after: object) -> Change:
    return Change(matter, material, member, _text(before), _text(after), _direction(member, before, after))


def _direction(member: str, before: object, after: object) -> Direction:
    more = _grows(before, after)
    if member in _EMPTY_IS_ALL and not (before and after):
        more = not after
    if more is None or member not in _MORE_IS_STRICTER | _MORE_IS_LOOSER:
        return Direction.CHANGED
    return Direction.STRICTER if more is (member in _MORE_IS_STRICTER) else Direction.LOOSER


def _grows(before: object, after: object) -> bool | None:
    """Tell whether a rule allows or asks for more than before; None where the two cannot be compared."""
    match before, after:
        case (None, _) | (_, None):
            return before is None
        case (CheckMethod(), CheckMethod()):
            return before is CheckMethod.EXEMPT if CheckMethod.EXEMPT in (before, after) else None
        case (int(), int()):
            return after > before
        case (Period(), Period()):
            return after.count > before.count if after.unit is before.unit else None
        case (tuple(), tuple()):
            old, new = set(before), set(after)
            return new > old if new > old or new < old else None
    return None


def _text(value: object) -> str:
    match value:
        case None:
            return "-"
        case StrEnum():
            return value.value
        case Period():
            return f"{value.count} {value.unit.value}"
        case Material():
            return value.name_zh
        case tuple():
            return ", ".join(map(_text, value)) or "-"
    return str(value)


def _version(item: Matter | Bundle | FeedbackRule | None) -> str:
    return item.version if item else "-"
