"""Read entries by their forms, many times as fast as one by one.

The form of an entry is the entry with each text that is a value emptied; the entries of a log have few forms.
An empty text that no colon follows is a value. Put any other text in its place, without quotation marks,
escapes and control characters, and structure, names and their order stay as they are. So an entry whose texts
are such is canonical exactly if its form is, and to decode a form once tells of every entry that has it.
Clause: RFC 8785, 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from license_service.audit.entry import MAX_ENTRY_BYTES, decode_entry
from license_service.audit.erasure import ERASED
from license_service.audit.errors import AuditError
from license_service.audit.verify import CaseNumber

_FORMS, _FORM_BYTES = 1024, 4096
"""What is kept of forms: 4 MiB at most, whatever a bundle holds."""
_UNESCAPED = bytes(set(range(0x20, 0x100)) - {ord("\\")})
_MEMBER, _ITEM = re.compile(rb':"[^"]*"'), re.compile(rb'(?<=[\[,])"[^"]*"(?=[\],])')
_CASE, _POLICY = b'{"case":"', b'"policy":"'
_CASE_AT = len(_CASE)
_ERASURE = f'"kind":"{ERASED}"'.encode()


class Outline(NamedTuple):
    """Hold what a log is followed by: the number of each entry in its case, and the policies named."""

    numbers: Sequence[CaseNumber]
    policies: set[str]


class _Form(NamedTuple):
    """Hold what entries of a form have in common, and which texts are to be read of each."""

    has_case: bool
    has_policy: bool
    sequence: object


def outline_entries(batch: Sequence[bytes]) -> Outline | None:
    """Outline entries; None where one does not hold, tells of an erasure or is not to be read by its form.

    What each is then, `decode_entry` says.
    """
    joined = b"\n".join(batch)
    readable = joined.translate(None, _UNESCAPED) == b"\n" * (len(batch) - 1) and _ERASURE not in joined
    if not readable or len(max(batch, key=len)) > MAX_ENTRY_BYTES:
        return None
    try:
        joined.decode()
        # A text that began in one entry and ended in another would take the line between them with it.
        return _outline(list(zip(batch, _forms(joined), strict=True)))
    except (ValueError, AuditError):
        return None


def _forms(joined: bytes) -> Iterator[_Form]:
    lines = _MEMBER.sub(b':""', joined)
    forms = (_ITEM.sub(b'""', lines) if b'["' in lines else lines).split(b"\n")
    return (_learn(form) if len(form) <= _FORM_BYTES else _read(form) for form in forms)


def _outline(entries: Sequence[tuple[bytes, _Form]]) -> Outline:
    return Outline(
        [(_text(data, _CASE_AT) if form.has_case else None, form.sequence) for data, form in entries],
        {_text(data, data.index(_POLICY) + len(_POLICY)) for data, form in entries if form.has_policy},
    )


def _text(data: bytes, begin: int) -> str:
    return data[begin : data.index(b'"', begin)].decode()


def _read(form: bytes) -> _Form:
    """Decode a form; a `ValueError` where it does not tell where a text begins that is to be read."""
    entry = decode_entry(form)
    inner = entry.get("data")
    has_case = isinstance(entry.get("case"), str)
    has_policy = isinstance(inner, dict) and isinstance(inner.get("policy"), str)
    if (has_case and not form.startswith(_CASE)) or (has_policy and form.count(_POLICY) > 1):
        raise ValueError("not to be read by its form")
    return _Form(has_case, has_policy, entry.get("seq"))


_learn = lru_cache(_FORMS)(_read)
