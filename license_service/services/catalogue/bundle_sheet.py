"""The guide of a bundle as it goes on paper, Chinese first: each material once, with every matter's rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from license_service.domain.bundle import Bundle
from license_service.domain.matter import Matter
from license_service.services.catalogue.guide_sheet import (
    KINDS,
    GuideSheet,
    MaterialSheet,
    matter_sheet,
    period_text,
)
from license_service.services.verifying.report_sheet import Row


@dataclass(frozen=True)
class Use:
    """Hold the rule of one matter that uses a material."""

    matter_zh: str
    matter_en: str
    rule: MaterialSheet


@dataclass(frozen=True)
class SharedMaterial:
    """Hold a material with the rule of each matter that uses it."""

    name_zh: str
    name_en: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class BundleSheet:
    """Hold the guide of a bundle, ready to be drawn."""

    title_zh: str
    title_en: str
    facts: tuple[Row, ...]
    handed_on: tuple[Row, ...]
    fields: tuple[Row, ...]
    matters: tuple[GuideSheet, ...]
    materials: tuple[SharedMaterial, ...]


def bundle_sheet(bundle: Bundle, matters: Sequence[Matter], catalogue_digest: str) -> BundleSheet:
    """Return the guide of a bundle; `matters` are its own, in its order."""
    sheets = [matter_sheet(matter) for matter in matters]
    return BundleSheet(
        bundle.name_zh,
        bundle.name_en,
        tuple(_facts(bundle, matters, catalogue_digest)),
        tuple(_handed_on(bundle, matters)),
        tuple(_fields(matters)),
        tuple(sheets),
        tuple(_materials(matters, sheets)),
    )


def _facts(bundle: Bundle, matters: Sequence[Matter], catalogue_digest: str) -> Iterator[Row]:
    until = bundle.effective_until.isoformat() if bundle.effective_until else "长期 no end"
    yield Row("一件事编码", "Code", bundle.code)
    yield Row("版本", "Version", bundle.version)
    yield Row("包含事项", "Matters", _members(bundle, matters))
    yield Row("依据", "Basis", bundle.basis)
    yield Row("施行期间", "In effect", f"{bundle.effective_from.isoformat()} — {until}")
    if bundle.wait:
        value = f"{period_text(bundle.wait.within)}，逾期不再等待。依据：{bundle.wait.basis}"
        yield Row("等待前序事项办理结果的期限", "A matter may wait for a result", value)
    yield Row("目录摘要", "Catalogue digest", catalogue_digest)


def _members(bundle: Bundle, matters: Sequence[Matter]) -> str:
    names = {matter.code: matter.name_zh for matter in matters}
    codes = [member.matter for member in bundle.members]
    return "、".join(f"{names[code]}（{code}）" if code in names else code for code in codes)


def _handed_on(bundle: Bundle, matters: Sequence[Matter]) -> Iterator[Row]:
    """Return which result is handed on to which matter: it need not be handed in."""
    names = {matter.code: matter for matter in matters}
    for member in bundle.members:
        for need in member.needs:
            giver, taker = names.get(need.result_of), names.get(member.matter)
            material = taker.material(need.material) if taker else None
            brought = f"“{giver.name_zh}”的办理结果" if giver else need.result_of
            asked = f"{material.name_zh}（{need.material}）" if material else need.material
            yield Row(
                f"{taker.name_zh if taker else member.matter}：{asked}",
                f"Brought by {need.result_of}",
                f"由{brought}转入，无需提交。依据：{need.basis}",
            )


def _fields(matters: Sequence[Matter]) -> Iterator[Row]:
    """Return each field once, as each matter that asks for it names it."""
    names = dict.fromkeys(field.name for matter in matters for field in matter.fields)
    for name in names:
        uses = [(matter, field) for matter in matters for field in matter.fields if field.name == name]
        kinds = "；".join(f"{matter.name_zh}：{KINDS[field.kind]}" for matter, field in uses)
        yield Row(
            "／".join(dict.fromkeys(field.label_zh for _, field in uses)),
            " / ".join(dict.fromkeys(field.label_en for _, field in uses)),
            f"{name}（{kinds}）",
        )


def _materials(matters: Sequence[Matter], sheets: Sequence[GuideSheet]) -> Iterator[SharedMaterial]:
    used: dict[str, list[Use]] = {}
    for matter, sheet in zip(matters, sheets, strict=True):
        for material, rule in zip(matter.materials, sheet.materials, strict=True):
            used.setdefault(material.code, []).append(Use(matter.name_zh, matter.name_en, rule))
    for uses in used.values():
        yield SharedMaterial(
            "／".join(dict.fromkeys(use.rule.name_zh for use in uses)),
            " / ".join(dict.fromkeys(use.rule.name_en for use in uses)),
            tuple(uses),
        )
