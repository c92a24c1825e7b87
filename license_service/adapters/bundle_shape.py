"""The closed shape of a bundle, and what must hold between it and the matters it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Annotated

from pydantic import Field, model_validator

from license_service.adapters.basic_shape import Code, Name, PeriodShape, Text
from license_service.adapters.catalogue_shape import Problem
from license_service.adapters.condition_shape import Closed
from license_service.domain.bundle import Bundle, BundleMember, BundleWait, ResultNeed, in_order
from license_service.domain.matter import Material, Matter


class _Need(Closed):
    material: Code
    result_of: Code
    basis: Text


class _Member(Closed):
    matter: Code
    needs: list[_Need] = []

    def build(self) -> BundleMember:
        needs = (ResultNeed(need.material, need.result_of, need.basis) for need in self.needs)
        return BundleMember(self.matter, tuple(needs))


class _Wait(Closed):
    within: PeriodShape
    basis: Text

    def build(self) -> BundleWait:
        return BundleWait(self.within.build(), self.basis)


class BundleShape(Closed):
    """Describe one version of a bundle."""

    code: Code
    version: Text
    name: Name
    effective_from: date
    effective_until: date | None
    basis: Text
    matters: Annotated[list[_Member], Field(min_length=2, max_length=20)]
    wait: _Wait | None = None

    @model_validator(mode="after")
    def _consistent(self) -> BundleShape:
        codes = [member.matter for member in self.matters]
        if len(set(codes)) != len(codes):
            raise ValueError("a matter occurs twice")
        if self.effective_until and self.effective_until < self.effective_from:
            raise ValueError("effective_until lies before effective_from")
        return self

    def problems(self, matters: Sequence[Matter]) -> Iterator[Problem]:
        """Return what is wrong between the bundle and every version of its matters that it may meet."""
        bundle = self.build()
        met = [matter for matter in matters if _meet(matter, bundle)]
        begun = {matter.code for matter in met if matter.in_effect(self.effective_from)}
        for index, member in enumerate(self.matters):
            if member.matter not in begun:
                yield ("matters", index, "matter"), f"no matter {member.matter} in effect"
            yield from self._needs(index, member, [m for m in met if m.code == member.matter])
        try:
            in_order(bundle.members)
        except ValueError as error:
            yield ("matters",), f"each waits for the result of another: {error}"
        codes = {member.matter for member in self.matters}
        for one, other in combinations([matter for matter in met if matter.code in codes], 2):
            if one.code != other.code and _meet(one, other):
                yield from ((("matters",), text) for text in _contradictions(one, other))

    def _needs(self, index: int, member: _Member, versions: Sequence[Matter]) -> Iterator[Problem]:
        others = {other.matter for other in self.matters} - {member.matter}
        for number, need in enumerate(member.needs):
            path = ("matters", index, "needs", number)
            if need.result_of not in others:
                yield (*path, "result_of"), f"no other matter {need.result_of} in this bundle"
            for matter in versions:
                if matter.material(need.material) is None:
                    text = f"{matter.code} {matter.version} asks for no material {need.material}"
                    yield (*path, "material"), text

    def build(self) -> Bundle:
        """Return the domain's bundle; for a shape without problems."""
        return Bundle(
            code=self.code,
            version=self.version,
            name_zh=self.name.zh,
            name_en=self.name.en,
            effective_from=self.effective_from,
            effective_until=self.effective_until,
            basis=self.basis,
            members=tuple(member.build() for member in self.matters),
            wait=self.wait.build() if self.wait else None,
        )


def _meet(one: Matter, other: Matter | Bundle) -> bool:
    """Tell whether there is a day on which both are in effect."""
    return one.in_effect(other.effective_from) or other.in_effect(one.effective_from)


def _contradictions(one: Matter, other: Matter) -> Iterator[str]:
    """Tell where one code means two things: what is handed in once must be the same for both."""
    materials: Mapping[str, Material] = {material.code: material for material in one.materials}
    for material in other.materials:
        twin = materials.get(material.code)
        if twin is not None and _whose(twin) != _whose(material):
            yield f"{one.code} and {other.code} ask for different licenses as {material.code}"
    kinds = {field.name: field.kind for field in one.fields}
    for field in other.fields:
        if kinds.get(field.name, field.kind) is not field.kind:
            yield f"{one.code} and {other.code} have field {field.name} of different kinds"


def _whose(material: Material) -> tuple[object, ...] | None:
    route = material.by_license
    return (route.holder, frozenset(route.type_codes)) if route else None
