"""Read license metadata out of name-value fields that a signature covers.

Clause: GB/T 36903-2018 (short names such as `ZZBS`, and the names on the face). A container format finds
the fields, this maps them; unreadable dates become fields, not guesses, so the binding check can say so.
"""

from __future__ import annotations

import unicodedata
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

_FACE_NAMES = {
    "证照标识": "ZZBS",
    "电子证照标识": "ZZBS",
    "证照编号": "ZZBH",
    "证号": "ZZBH",
    "证照类型代码": "ZZLXDM",
    "证照名称": "ZZMC",
    "证照颁发机构": "ZZBFJG",
    "证照颁发机构代码": "ZZBFJGDM",
    "证照颁发日期": "ZZBFRQ",
    "颁发日期": "ZZBFRQ",
    "持证主体": "CZZT",
    "持证主体名称": "CZZT",
    "持证主体代码": "CZZTDM",
    "持证主体代码类型": "CZZTDMLX",
    "证照有效期起始日期": _FROM,
    "有效期起始日期": _FROM,
    "有效期自": _FROM,
    "证照有效期截止日期": _UNTIL,
    "有效期截止日期": _UNTIL,
    "有效期至": _UNTIL,
    "加注件制作时间": "JZJZZSJ",
    "加注件制作者": "JZJZZZ",
    "加注件制作事由": "JZJZZSY",
    "用证事由": "JZJZZSY",
    "加注件有效期截止时间": "JZJYXQJZSJ",
    "加注件有效期截止日期": "JZJYXQJZSJ",
}
_SHORT_NAMES = frozenset(_FACE_NAMES.values())
_DATES = frozenset({_FROM, _UNTIL, "ZZBFRQ"})

Statements = Mapping[str, Sequence[str]]
"""What one place states, by short name; several texts where it names several holders."""


def short_name(name: str) -> str | None:
    """Return the short name for a short name or a name on the face; None where it is neither."""
    return name if name in _SHORT_NAMES else _FACE_NAMES.get(name)


def license_from_statements(places: Sequence[Statements]) -> tuple[LicenseMetadata | None, tuple[str, ...]]:
    """Build metadata from several places, and name the fields that they state differently.

    The first place that states a field decides it. Only what two places both state is compared; a place
    that states one thing in two ways contradicts itself.
    """
    decided: dict[str, Sequence[str]] = {}
    contradicted = set[str]()
    for place in places:
        for name, values in place.items():
            said = [text for value in values if (text := value.strip())]
            first = decided.setdefault(name, said) if said else said
            if (first is not said and _differ(name, first, said)) or _wavers(name, said):
                contradicted.add(name)
    fields = {name: values if name in _HOLDER_NAMES else values[0] for name, values in decided.items()}
    return license_from_fields(fields), tuple(sorted(contradicted))


def license_from_fields(fields: Mapping[str, object]) -> LicenseMetadata | None:
    """Build metadata, or return None where neither identifier nor number is there.

    A holder element may hold one text or a list, for licenses of several holders.
    """
    texts = {name: _text(fields.get(short)) for name, short in _TEXT_NAMES.items()}
    if not texts["identifier"] and not texts["number"]:
        return None
    valid_from, bad_from = read_date(fields.get(_FROM))
    valid_until, bad_until = read_date(fields.get(_UNTIL))
    extra = _extra(fields)
    if bad_from or bad_until:
        extra[UNREADABLE_DATE] = _FROM if bad_from else _UNTIL
    return LicenseMetadata(
        **texts, holders=_holders(fields), valid_from=valid_from, valid_until=valid_until, fields=extra
    )


def _differ(name: str, one: Sequence[str], other: Sequence[str]) -> bool:
    return _comparable(name, one) != _comparable(name, other)


def _wavers(name: str, said: Sequence[str]) -> bool:
    return len(said) > 1 and name not in _HOLDER_NAMES and len(_comparable(name, said)) > 1


def _comparable(name: str, values: Sequence[str]) -> frozenset[object]:
    """Return what `values` mean: layout breaks lines and writes dates in its own way."""
    texts = ["".join(unicodedata.normalize("NFC", value).split()) for value in values]
    dates = [read_date(text) for text in texts] if name in _DATES else []
    return frozenset(dates) if dates and not any(bad for _, bad in dates) else frozenset(texts)


def _holders(fields: Mapping[str, object]) -> tuple[Holder, ...]:
    names, ids, types = (_list(fields.get(short)) for short in _HOLDER_NAMES)
    count = max(len(names), len(ids))
    return tuple(
        Holder(name=_at(names, i), id=_at(ids, i).upper(), id_type=_at(types, i)) for i in range(count)
    )


def _extra(fields: Mapping[str, object]) -> dict[str, str]:
    known = {*_TEXT_NAMES.values(), *_HOLDER_NAMES, _FROM, _UNTIL}
    return {name: _text(value) for name, value in sorted(fields.items()) if name not in known}


def read_date(value: object) -> tuple[date | None, bool]:
    """Return a day, None where there is no end, and whether the text is no date at all."""
    text = _text(value)
    if text in _NO_END:
        return None, False
    try:
        return date.fromisoformat(text.replace("年", "-").replace("月", "-").replace("日", "")), False
    except ValueError:
        return None, True


def _list(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [_text(item) for item in value]
    return [_text(value)] if _text(value) else []


def _at(values: list[str], index: int) -> str:
    return values[index] if index < len(values) else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ("" if value is None else str(value))
