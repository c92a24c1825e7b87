"""Small readings of pyHanko's objects that several rules share."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

_AS_WRITTEN = generic.EncryptedObjAccess.RAW  # a signature's value is never encrypted; decrypting it fails

Key = tuple[int, int]
"""Number and generation of an object."""


def key_of(reference: Any) -> Key:  # noqa: ANN401 - a Reference or an IndirectObject
    """Return what identifies an object."""
    return reference.idnum, reference.generation


def raw_items(array: Any) -> list[Any]:  # noqa: ANN401 - pyHanko's objects
    """Return the items of an array, references unresolved; none where it is no array."""
    if not isinstance(array, generic.ArrayObject):
        return []
    return [array.raw_get(index, _AS_WRITTEN) for index in range(len(array))]


def raw_values(value: Any) -> list[Any]:  # noqa: ANN401 - pyHanko's objects
    """Return what an object is made of, references unresolved."""
    if isinstance(value, generic.DictionaryObject):
        return [value.raw_get(name, _AS_WRITTEN) for name in value]
    return raw_items(value)


def changed_names(old: generic.DictionaryObject, new: generic.DictionaryObject) -> set[str]:
    """Return the names whose values are not written alike."""
    return {str(name) for name in old.keys() | new.keys() if _written(old, name) != _written(new, name)}


def entry(dictionary: Any, name: str, default: Any = None) -> Any:  # noqa: ANN401 - pyHanko's objects
    """Return an entry with references resolved, or `default`."""
    known = isinstance(dictionary, generic.DictionaryObject) and name in dictionary
    return dictionary[name] if known else default


def raw_entry(dictionary: Any, name: str) -> Any:  # noqa: ANN401 - pyHanko's objects
    """Return an entry as it is written, or None."""
    known = isinstance(dictionary, generic.DictionaryObject) and name in dictionary
    return dictionary.raw_get(name, _AS_WRITTEN) if known else None


def count_references(view: HistoricalResolver) -> Counter[Key]:
    """Count from how many places each object is named, also objects that do not exist yet."""
    counts: Counter[Key] = Counter()
    pending: list[Any] = [view.trailer_view]
    while pending:
        value = pending.pop()
        if not isinstance(value, generic.IndirectObject):
            pending += raw_values(value)
            continue
        key = key_of(value)
        counts[key] += 1
        if counts[key] == 1 and exists(view, value.reference):
            pending.append(view(value.reference))
    return counts


def exists(view: HistoricalResolver, reference: generic.Reference) -> bool:
    """Tell whether a revision defines an object."""
    return view.reader.xrefs.get_historical_ref(reference, view.revision) is not None


def new_references(view: HistoricalResolver, value: Any, changed: set[Key]) -> set[Key]:  # noqa: ANN401 - pyHanko's objects
    """Return the changed objects that `value` leads to through changed objects alone."""
    found: set[Key] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if not isinstance(item, generic.IndirectObject):
            pending += raw_values(item)
        elif key_of(item) in changed - found:
            found.add(key_of(item))
            pending.append(view(item.reference))
    return found


def _written(dictionary: generic.DictionaryObject, name: str) -> bytes:
    if name not in dictionary:
        return b""
    buffer = io.BytesIO()
    dictionary.raw_get(name, _AS_WRITTEN).write_to_stream(buffer)
    return buffer.getvalue()
