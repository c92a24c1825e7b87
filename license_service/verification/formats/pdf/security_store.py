"""The document security store: certificates and revocation data that came with the document.

Clause: ETSI EN 319 142-1, 5.4.2; ISO 32000-2, 12.8.4.3.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from license_service.verification.document import EmbeddedRevocation, FormatError
from license_service.verification.formats.pdf.bounded_reader import read_stream
from license_service.verification.formats.pdf.objects import Key, entry, exists, key_of, raw_entry, raw_items
from license_service.verification.limits import MAX_CERTIFICATES, MAX_REVOCATION_ITEMS

_STORE = ("/Certs", "/CRLs", "/OCSPs")
_ENTRY = ("/Cert", "/CRL", "/OCSP")
_HASH = re.compile(r"/[0-9A-Fa-f]{40}")
_STREAM_NAMES = {"/Length", "/Filter", "/Type"}


@dataclass(frozen=True)
class SecurityStore:
    """Hold what a store hands over, unjudged."""

    certificates: tuple[bytes, ...] = ()
    revocation: EmbeddedRevocation = field(default_factory=EmbeddedRevocation)


def read_security_store(root: generic.DictionaryObject) -> SecurityStore:
    """Return the contents of the store, empty where there is none.

    Raises:
        FormatError: `PDF_SECURITY_STORE` if there are too many items or one is no plain stream.
    """
    store = entry(root, "/DSS")
    if store is None:
        return SecurityStore()
    certificates, crls, ocsp = (_streams(store, name) for name in _STORE)
    if len(certificates) > MAX_CERTIFICATES or len(crls) + len(ocsp) > MAX_REVOCATION_ITEMS:
        raise FormatError("PDF_SECURITY_STORE", "too many items")
    return SecurityStore(certificates, EmbeddedRevocation(crls, ocsp))


def store_objects(
    old: HistoricalResolver, new: HistoricalResolver, known: Counter[Key]
) -> tuple[set[Key], list[str]]:
    """Return the objects that the new store is made of, and what is wrong with it.

    A stream that existed before is not explained by standing in the store: it may be a page's content.
    """
    walk = _StoreWalk(old, new, known)
    walk.run()
    return walk.explained, walk.problems


class _StoreWalk:
    """Walk a store that may only hold arrays of streams under known names."""

    def __init__(self, old: HistoricalResolver, new: HistoricalResolver, known: Counter[Key]) -> None:
        self._old = old
        self._new = new
        self._known = known
        self.explained: set[Key] = set()
        self.problems: list[str] = []

    def run(self) -> None:
        root = self._new.root
        if "/DSS" not in root:
            return
        before = entry(self._old.root, "/DSS")
        store = self._table(root, "/DSS", {*_STORE, "/VRI", "/Type"}, self._old.root)
        for name in _STORE:
            self._array(store, name, before)
        entries = self._table(store, "/VRI", None, before)
        for name in entries:
            if name != "/Type":
                self._entry(entries, str(name), entry(before, "/VRI"))

    def _entry(self, entries: generic.DictionaryObject, name: str, before: Any) -> None:  # noqa: ANN401 - pyHanko's objects
        if not _HASH.fullmatch(name):
            self.problems.append(f"/DSS/VRI{name}")
        table = self._table(entries, name, {*_ENTRY, "/Type", "/TU", "/TS"}, before)
        for kind in _ENTRY:
            self._array(table, kind, entry(before, name))
        if "/TS" in table:
            self._stream(table.raw_get("/TS"), name)

    def _table(
        self,
        parent: generic.DictionaryObject,
        name: str,
        allowed: set[str] | None,
        before: Any,  # noqa: ANN401 - pyHanko's objects
    ) -> generic.DictionaryObject:
        if name not in parent:
            return generic.DictionaryObject()
        self._explain(parent, name, before)
        table = entry(parent, name)
        is_table = isinstance(table, generic.DictionaryObject) and not isinstance(table, generic.StreamObject)
        if not is_table or (allowed is not None and set(map(str, table)) - allowed):
            self.problems.append(f"/DSS {name}")
            return generic.DictionaryObject()
        return cast("generic.DictionaryObject", table)

    def _array(self, parent: generic.DictionaryObject, name: str, before: Any) -> None:  # noqa: ANN401 - pyHanko's objects
        if name in parent:
            self._explain(parent, name, before)
            for item in raw_items(parent[name]):
                self._stream(item, name)

    def _stream(self, item: Any, name: str) -> None:  # noqa: ANN401 - pyHanko's objects
        stream = item.get_object() if isinstance(item, generic.IndirectObject) else None
        if not isinstance(stream, generic.StreamObject) or set(map(str, stream)) - _STREAM_NAMES:
            self.problems.append(f"/DSS {name}")
        elif not exists(self._old, item.reference):
            self.explained.add(key_of(item))

    def _explain(self, parent: generic.DictionaryObject, name: str, before: Any) -> None:  # noqa: ANN401 - pyHanko's objects
        """Explain a container: a new object, or the same one in the same and only place."""
        value, was = raw_entry(parent, name), raw_entry(before, name)
        if not isinstance(value, generic.IndirectObject):
            return
        same = isinstance(was, generic.IndirectObject) and key_of(was) == key_of(value)
        if (same and self._known[key_of(value)] <= 1) or not exists(self._old, value.reference):
            self.explained.add(key_of(value))


def _streams(store: Any, name: str) -> tuple[bytes, ...]:  # noqa: ANN401 - pyHanko's objects
    items = (read_stream(item.get_object()) for item in raw_items(entry(store, name)))
    return tuple(dict.fromkeys(items))
