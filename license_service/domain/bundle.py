"""Bundles (一件事): several matters people take together, applied for at once.

A bundle names matters and what one needs of another; what each asks for stays the matter's own rule.
Materials of one code are one material: it is handed in once and serves every matter that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from license_service.domain.deadlines import Period


@dataclass(frozen=True)
class ResultNeed:
    """Say that a material of one matter is the result of another matter of the bundle."""

    material: str
    result_of: str
    basis: str

    def __str__(self) -> str:
        """Return how a change of it is told."""
        return f"{self.material} from {self.result_of}"


@dataclass(frozen=True)
class BundleMember:
    """Name a matter of a bundle, and which of its materials the others' results are."""

    matter: str
    needs: tuple[ResultNeed, ...] = ()

    def __str__(self) -> str:
        """Return how a change of it is told."""
        return " ".join((self.matter, *(f"({need})" for need in self.needs)))


@dataclass(frozen=True)
class BundleWait:
    """Say how long a matter may wait for the result of another."""

    within: Period
    basis: str

    def __str__(self) -> str:
        """Return how a change of it is told."""
        return f"{self.within.count} {self.within.unit} ({self.basis})"


@dataclass(frozen=True)
class Bundle:
    """Hold one version of a bundle."""

    code: str
    version: str
    name_zh: str
    name_en: str
    effective_from: date
    effective_until: date | None
    basis: str
    members: tuple[BundleMember, ...]
    wait: BundleWait | None = None
    """None sets no end: what waits does so until its result comes or it is withdrawn."""

    def in_effect(self, on: date) -> bool:
        """Tell whether this version applies on a day; `effective_until` is the last such day."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)


def in_order(members: Iterable[BundleMember]) -> tuple[BundleMember, ...]:
    """Return members so that each comes after all whose results it needs, by code where any order would do.

    Raises:
        ValueError: naming those that wait for one another.
    """
    left = {member.matter: member for member in members}
    ordered: list[BundleMember] = []
    while left:
        ready = sorted(c for c, member in left.items() if not any(n.result_of in left for n in member.needs))
        if not ready:
            raise ValueError(", ".join(sorted(left)))
        ordered += [left.pop(code) for code in ready]
    return tuple(ordered)
