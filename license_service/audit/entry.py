"""Canonical bytes of a log entry: what is hashed, stored, exported and proved.

Clause: RFC 8785 (sorted members, no insignificant space), without floats; C2SP tlog-tiles (65,535 bytes).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from license_service.audit.errors import AuditError

MAX_ENTRY_BYTES = 65_535
VERSION = 1


def _refuse_float(text: str) -> object:
    raise AuditError("ENTRY_NOT_CANONICAL", text)


class _Integers(dict[str, int]):
    """Read integers: small ones, as nearly all are, without a call into Python for each."""

    def __missing__(self, text: str) -> int:
        if text == "-0":
            raise AuditError("ENTRY_NOT_CANONICAL", text)
        return int(text)


_DECODE = json.JSONDecoder(
    parse_int=_Integers((str(number), number) for number in range(1000)).__getitem__,
    parse_float=_refuse_float,
    parse_constant=_refuse_float,
).raw_decode
_BETWEEN = b"\x7f"
"""Stands, as a text of its own, between entries that are decoded together."""
_SPELLED_VARIOUSLY = (b"\\", b" ", b"\n", b"\t", b"\r")
"""Escapes, and space; whatever else JSON has without floats and a zero below zero, it has in one spelling."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_ENCODE_AS_IS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode_entry(members: Mapping[str, object]) -> bytes:
    """Encode an entry; a version member is added.

    Raises:
        AuditError: `ENTRY_NOT_CANONICAL` for floats and other types, `ENTRY_TOO_LARGE`.
    """
    entry = {**members, "v": VERSION}
    _require_exact(entry)
    try:
        text = _ENCODE(entry)
        # The encoder sorts by code points, which differs only where a name has characters beyond U+FFFF.
        data = (text if text.isascii() else _ENCODE_AS_IS(_sorted(entry))).encode()
    except UnicodeEncodeError as error:
        raise AuditError("ENTRY_NOT_CANONICAL", "lone surrogate") from error
    if len(data) > MAX_ENTRY_BYTES:
        raise AuditError("ENTRY_TOO_LARGE")
    return data


def decode_entry(data: bytes) -> dict[str, object]:
    """Decode an entry, accepting only the one encoding it has.

    Raises:
        AuditError: `ENTRY_NOT_CANONICAL`.
    """
    try:
        text = data.decode()
        entry, end = _DECODE(text)
        whole = isinstance(entry, dict) and end == len(text)
        canonical = whole and (_is_plain(entry, data) or encode_entry(entry) == data)
    except (ValueError, RecursionError) as error:
        raise AuditError("ENTRY_NOT_CANONICAL") from error
    if not canonical:
        raise AuditError("ENTRY_NOT_CANONICAL")
    return dict(entry)


def decode_together(batch: Sequence[bytes]) -> list[dict[str, object]] | None:
    """Decode entries to what `decode_entry` gives of each, many times as fast; None unless all are plain."""
    joined = (b',"' + _BETWEEN + b'",').join(batch)
    entries = _decode_list(joined, len(batch))
    small = len(max(batch, key=len)) <= MAX_ENTRY_BYTES
    return entries if entries is not None and small and _are_ordered(entries, joined) else None


def _decode_list(joined: bytes, count: int) -> list[Any] | None:
    """Decode entries as one list, in which a text that no entry holds stands between them.

    If it comes back at every second place and nowhere else was written, each entry is one item and each item
    one entry. None where that is not so, or where an entry has what can be spelled in several ways.
    """
    plain = joined.isascii() and not any(mark in joined for mark in _SPELLED_VARIOUSLY)
    if not plain or joined.count(_BETWEEN) != count - 1:
        return None
    try:
        items, end = _DECODE(f"[{joined.decode()}]")
    except (ValueError, RecursionError, AuditError):
        return None
    whole = end == len(joined) + 2 and items[1::2] == [_BETWEEN.decode()] * (count - 1)
    return items[::2] if whole else None


def _are_ordered(entries: Sequence[Any], joined: bytes) -> bool:
    """Tell of entries without several spellings whether names are in order, and each is there once.

    A name that is repeated is lost in decoding, so names are counted in the bytes: without escapes, each name
    is followed by a quotation mark and a colon. Names on levels that are not looked at make the count differ.
    """
    if set(map(type, entries)) != {dict}:
        return False
    inner, versions = [entry.get("data") for entry in entries], [entry.get("v") for entry in entries]
    if set(map(type, inner)) != {dict} or set(map(type, versions)) != {int} or set(versions) != {VERSION}:
        return False
    levels = (entries, inner)
    names = sum(sum(map(len, level)) for level in levels)
    shapes = {shape for level in levels for shape in set(map(tuple, level))}
    return names == joined.count(b'":') and all(list(shape) == sorted(shape) for shape in shapes)


def _is_plain(entry: dict[str, object], data: bytes) -> bool:
    """Tell, four times as fast, what is true of nearly all: sorted by code points it gives its own bytes.

    The decoder took no floats.
    """
    plain = entry.get("v") is not True and entry.get("v") == VERSION and len(data) <= MAX_ENTRY_BYTES
    return plain and data.isascii() and _ENCODE(entry).encode() == data


def _sorted(value: object) -> object:
    # RFC 8785, 3.2.3: members in the order of their UTF-16 code units.
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: _sorted(value[name]) for name in names}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _require_exact(value: object) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case dict():
            for name, member in value.items():
                if not isinstance(name, str):
                    raise AuditError("ENTRY_NOT_CANONICAL", "member names are text")
                _require_exact(member)
        case list() | tuple():
            for item in value:
                _require_exact(item)
        case _:
            raise AuditError("ENTRY_NOT_CANONICAL", type(value).__name__)
