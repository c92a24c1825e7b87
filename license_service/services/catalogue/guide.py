"""The service guide (办事指南) as JSON: every member of the very matter that decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from license_service.domain.case_json import period_to_json
from license_service.domain.conditions import condition_to_json
from license_service.domain.matter import (
    CommitmentRoute,
    DataRoute,
    DeferralRoute,
    LicenseRoute,
    Material,
    Matter,
    OnBroken,
    TimeLimit,
)

_T = TypeVar("_T")


def summary(matter: Matter) -> dict[str, Any]:
    """Return what a list of matters says of one."""
    return {
        "code": matter.code,
        "version": matter.version,
        "name": _two(matter.name_zh, matter.name_en),
        "subjects": [subject.value for subject in matter.subjects],
        "authority": matter.authority,
        "basis": matter.basis,
        "effective_from": matter.effective_from.isoformat(),
        "effective_until": matter.effective_until.isoformat() if matter.effective_until else None,
    }


def guide(matter: Matter) -> dict[str, Any]:
    """Return everything a matter asks for, every way to satisfy it, every limit and each basis."""
    return {
        **summary(matter),
        "result": matter.result,
        "time_limit": _or_none(matter.time_limit, _time_limit),
        "special_procedures": [
            {"code": item.code, "name": _two(item.name_zh, item.name_en), "basis": item.basis}
            for item in matter.special_procedures
        ],
        "fields": [
            {"name": item.name, "kind": item.kind.value, "label": _two(item.label_zh, item.label_en)}
            for item in matter.fields
        ],
        "eligibility": [
            {
                "code": item.code,
                "when": condition_to_json(item.condition),
                "text": _two(item.text_zh, item.text_en),
                "basis": item.basis,
            }
            for item in matter.eligibility
        ],
        "credit": [
            {
                "mark": rule.mark.value,
                "scope": rule.scope.value,
                "period": period_to_json(rule.period),
                "basis": rule.basis,
            }
            for rule in matter.credit
        ],
        "materials": [_material(material) for material in matter.materials],
    }


def _material(material: Material) -> dict[str, Any]:
    ways = {
        "needed_when": condition_to_json(material.needed_when) if material.needed_when else None,
        "by_license": _or_none(material.by_license, _license),
        "by_data": _or_none(material.by_data, _data),
        "by_commitment": _or_none(material.by_commitment, _commitment),
        "by_deferral": _or_none(material.by_deferral, _deferral),
    }
    return {
        "code": material.code,
        "name": _two(material.name_zh, material.name_en),
        "primary": material.primary,
        "basis": material.basis,
        "by_submission": material.by_submission,
        **{name: way for name, way in ways.items() if way is not None},
    }


def _license(route: LicenseRoute) -> dict[str, Any]:
    return {
        "type_codes": list(route.type_codes),
        "holder": route.holder.value,
        "issuers": list(route.issuers),
        "regions": list(route.regions),
        "min_remaining_days": route.min_remaining_days,
        "required_fields": {field.name: list(field.values) for field in route.required_fields},
        "basis": route.basis,
    }


def _data(route: DataRoute) -> dict[str, Any]:
    return {"source": route.source, "query": list(route.query), "basis": route.basis}


def _commitment(route: CommitmentRoute) -> dict[str, Any]:
    notice, check = route.notice, route.check
    return {
        "notice": {
            "id": notice.id,
            "version": notice.version,
            **_two(notice.text_zh, notice.text_en),
            "basis": notice.basis,
        },
        "notice_digest": notice.digest,
        "check": {
            "method": check.method.value,
            "within": _or_none(check.within, period_to_json),
            "from": check.counted_from.value,
            "source": check.source,
            "reason": check.reason,
        },
        "not_for": [mark.value for mark in route.not_for],
        "proxy_allowed": route.proxy_allowed,
        "on_broken": _or_none(route.on_broken, _on_broken),
        "basis": route.basis,
    }


def _on_broken(rule: OnBroken) -> dict[str, Any]:
    return {
        "objection": period_to_json(rule.objection),
        "consequences": [
            {
                "remedy": item.remedy.value,
                "within": _or_none(item.within, period_to_json),
                "credit_record": item.credit_record,
                "basis": item.basis,
            }
            for item in rule.consequences
        ],
    }


def _deferral(route: DeferralRoute) -> dict[str, Any]:
    return {
        "within": period_to_json(route.within),
        "extension": _or_none(route.extension, period_to_json),
        "remind_before": list(route.remind_before),
        "at_expiry": route.at_expiry.value,
        "not_for": [mark.value for mark in route.not_for],
        "basis": route.basis,
    }


def _time_limit(limit: TimeLimit) -> dict[str, Any]:
    return {
        "statutory": period_to_json(limit.statutory),
        "promised": period_to_json(limit.promised),
        "extension": _or_none(limit.extension, period_to_json),
        "basis": limit.basis,
    }


def _two(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _or_none(value: _T | None, write: Callable[[_T], dict[str, Any]]) -> dict[str, Any] | None:
    return None if value is None else write(value)
