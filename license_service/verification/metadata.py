"""Read license metadata out of name-value fields that a signature covers.

Clause: GB/T 36903-2018 (short names such as `ZZBS`). A container format finds the fields, this maps
them; unreadable dates become fields, not guesses, so the binding check can say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from license_service.verification.report import Holder, LicenseMetadata

_TEXT_NAMES = {
    "identifier": "ZZBS",
    "number": "ZZBH",
    "type_code": "ZZLXDM",
    "name": "ZZMC",
    "issuer": "ZZBFJG",
    "issuer_code": "ZZBFJGDM",
}
_HOLDER_NAMES = ("CZZT", "CZZTDM", "CZZTDMLX")
_FROM, _UNTIL = "ZZYXQQSRQ", "ZZYXQJZRQ"
_NO_END = frozenset({"", "长期", "99991231", "9999-12-31"})
UNREADABLE_DATE = "unreadable_date"
"""Key in `fields` naming the date element that is no date; the binding check refuses it."""
SOURCES_CONTRADICT = "sources_contradict"
"""Key in `fields` naming the elements that two signed sources tell differently."""


def license_from_fields(fields: Mapping[str, object]) -> LicenseMetadata | None:
    """Build metadata, or return None where neither identifier nor number is there.

    A holder element may hold one text or a list, for licenses of several holders.
    """
    texts = {name: _text(fields.get(short)) for name, short in _TEXT_NAMES.items()}
    if not texts["identifier"] and not texts["number"]:
        return None
    valid_from, bad_from = _date(fields.get(_FROM))
    valid_until, bad_until = _date(fields.get(_UNTIL))
    extra = _extra(fields)
    if bad_from or bad_until:
        extra[UNREADABLE_DATE] = _FROM if bad_from else _UNTIL
    return LicenseMetadata(
        **texts, holders=_holders(fields), valid_from=valid_from, valid_until=valid_until, fields=extra
    )


def _holders(fields: Mapping[str, object]) -> tuple[Holder, ...]:
    names, ids, types = (_list(fields.get(short)) for short in _HOLDER_NAMES)
    count = max(len(names), len(ids))
    return tuple(
        Holder(name=_at(names, i), id=_at(ids, i).upper(), id_type=_at(types, i)) for i in range(count)
    )


def _extra(fields: Mapping[str, object]) -> dict[str, str]:
    known = {*_TEXT_NAMES.values(), *_HOLDER_NAMES, _FROM, _UNTIL}
    return {name: _text(value) for name, value in sorted(fields.items()) if name not in known}


def _date(value: object) -> tuple[date | None, bool]:
    text = _text(value)
    if text in _NO_END:
        return None, False
    try:
        return date.fromisoformat(text.replace("年", "-").replace("月", "-").replace("日", "")), False
    except ValueError:
        return None, True


def _list(value: object) -> list[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_text(item) for item in value]
    return [_text(value)] if _text(value) else []


def _at(values: list[str], index: int) -> str:
    return values[index] if index < len(values) else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ("" if value is None else str(value))
