"""Count where cases wait or fail (堵点): facts read from events, and a tally of them by what one asks for.

An event gives facts; a fact has a place in each dimension. A tally holds one line for each combination met
and nothing of the cases, so it stays small however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from typing import Any

from license_service.clock import SHANGHAI
from license_service.domain.assessment import MaterialOutcome
from license_service.domain.case import EventKind
from license_service.domain.matter import Material, Matter
from license_service.domain.trace import TracedEvent, material_of

_WRONG = frozenset({MaterialOutcome.MISSING.value, MaterialOutcome.MANUAL_REVIEW.value})


class Dimension(StrEnum):
    """What a tally may be split by."""

    MATTER = "matter"
    MATERIAL = "material"
    REASON = "reason"
    SOURCE = "source"
    MONTH = "month"


@dataclass(frozen=True)
class Fact:
    """Hold one thing that failed, or one promise or debt that began or was settled.

    `reasons` are all of one failure, which counts once unless one asks by reason.
    """

    matter: str
    month: str
    material: str = ""
    reasons: tuple[str, ...] = ("",)
    source: str = ""
    failed: bool = False
    begun: bool = False
    waited_seconds: int | None = None

    def places(self, by: Sequence[Dimension]) -> Iterator[tuple[str, ...]]:
        """Return the lines of a tally this fact belongs to."""
        values: Mapping[Dimension, tuple[str, ...]] = {
            Dimension.MATTER: (self.matter,),
            Dimension.MATERIAL: (self.material,),
            Dimension.REASON: self.reasons,
            Dimension.SOURCE: (self.source,),
            Dimension.MONTH: (self.month,),
        }
        return product(*(values[dimension] for dimension in by))


@dataclass
class Line:
    """Add up the facts of one place."""

    failed: int = 0
    begun: int = 0
    settled: int = 0
    waited_seconds: int = 0
    longest_seconds: int = 0

    def add(self, fact: Fact) -> None:
        """Count a fact."""
        self.failed += fact.failed
        self.begun += fact.begun
        if fact.waited_seconds is not None:
            self.settled += 1
            self.waited_seconds += fact.waited_seconds
            self.longest_seconds = max(self.longest_seconds, fact.waited_seconds)


@dataclass
class Tally:
    """Add up facts by place, and by matter what became of each material at acceptance."""

    by: tuple[Dimension, ...]
    lines: dict[tuple[str, ...], Line] = field(default_factory=dict)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    cases: Counter[str] = field(default_factory=Counter)

    def add(self, event: TracedEvent, opened: TracedEvent, matter: Matter | None) -> None:
        """Count an event of a case that `opened` began, under the version it was accepted under."""
        if event.kind == EventKind.CASE_ASSESSED:
            code = str(event.data["matter"])
            self.cases[code] += 1
            self.outcomes.setdefault(code, Counter()).update(event.data["materials"].values())
        for fact in facts(event, opened, matter):
            for place in fact.places(self.by):
                self.lines.setdefault(place, Line()).add(fact)

    def worst(self, most: int) -> list[tuple[tuple[str, ...], Line]]:
        """Return the lines on which most failed, then those on which most was waited."""

        def rank(item: tuple[tuple[str, ...], Line]) -> tuple[int, int, tuple[str, ...]]:
            place, line = item
            return -line.failed, -line.waited_seconds, place

        return sorted(self.lines.items(), key=rank)[:most]


def facts(event: TracedEvent, opened: TracedEvent, matter: Matter | None) -> Iterator[Fact]:
    """Return what an event says of waiting and failing; most events say nothing of either."""
    about = Fact(str(opened.data["matter"]), event.at.astimezone(SHANGHAI).strftime("%Y-%m"))
    if event.kind == EventKind.CASE_ASSESSED:
        yield from _at_acceptance(event.data, about, matter)
    elif event.kind == EventKind.FOLLOW_UP_DEAD:
        yield replace(about, reasons=(str(event.data["code"]),), failed=True)
    elif event.kind == EventKind.SUPPLEMENT_REFUSED:
        reasons = tuple(event.data["reasons"]) or ("MATERIAL_MISSING",)
        yield replace(about, material=material_of(event.data), reasons=reasons, failed=True)
    else:
        yield from _settled(event, opened, about, matter)


def _at_acceptance(data: Mapping[str, Any], about: Fact, matter: Matter | None) -> Iterator[Fact]:
    if data["not_eligible"]:
        yield replace(about, reasons=("NOT_ELIGIBLE",), failed=True)
    for code, outcome in data["materials"].items():
        if outcome in _WRONG:
            # Events of earlier versions name no grounds.
            ground = data.get("grounds", {}).get(code, {"reasons": [], "code": ""})
            reasons = tuple(ground["reasons"]) or (ground["code"],)
            source = _data_source(matter, code, reasons)
            yield replace(about, material=code, reasons=reasons, source=source, failed=True)
    for obligation in data["obligations"]:
        material = obligation["material"]
        yield replace(about, material=material, source=_check_source(matter, material), begun=True)


def _settled(event: TracedEvent, opened: TracedEvent, about: Fact, matter: Matter | None) -> Iterator[Fact]:
    reason = _END_REASONS.get((event.kind, str(event.data.get("state", ""))))
    if reason is None:
        return
    material = material_of(event.data)
    is_promise = event.kind.startswith("commitment.")
    yield replace(
        about,
        material=material,
        reasons=(reason,),
        source=_check_source(matter, material) if is_promise else "",
        failed=bool(reason),
        waited_seconds=int((event.at - opened.at).total_seconds()),
    )


_END_REASONS: Mapping[tuple[str, str], str] = {
    (EventKind.COMMITMENT_CHECKED, "kept"): "",
    (EventKind.COMMITMENT_CHECKED, "broken"): "COMMITMENT_BROKEN",
    (EventKind.COMMITMENT_OVERDUE, ""): "CHECK_OVERDUE",
    (EventKind.SUPPLEMENT_RECEIVED, ""): "",
    (EventKind.SUPPLEMENT_EXPIRED, ""): "SUPPLEMENT_EXPIRED",
}
"""What ends the waiting for a promise or a debt, and why that is a failure; empty where it is none."""


def _material(matter: Matter | None, code: str) -> Material | None:
    return matter.material(code) if matter else None


def _data_source(matter: Matter | None, code: str, reasons: Sequence[str]) -> str:
    material = _material(matter, code)
    asked = any(reason.startswith("DATA_") for reason in reasons)
    return material.by_data.source if asked and material and material.by_data else ""


def _check_source(matter: Matter | None, code: str) -> str:
    """Return the source that checks a promise, or how it is checked where none does."""
    material = _material(matter, code)
    route = material.by_commitment if material else None
    return (route.check.source or route.check.method.value) if route else ""
