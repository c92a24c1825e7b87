"""What one revision changes: archive data, a new signature, or something else.

Every object a revision defines must be explained, and an explanation compares it with what it was:

1. the catalog may gain or change /DSS, /Extensions and the form, nothing else;
2. the form may gain signature fields that take no room on a page, and an empty signature field may be signed;
3. a page may gain the widgets of those fields;
4. the document security store may gain streams that hold certificates, CRLs, OCSP responses, timestamps;
5. the document information may change its date and producer;
6. cross-reference and object streams may be new; no object may be freed, moved back, or lie unlisted.

An object that the signed revision already named before it existed is never explained: that is how shadow
attacks prepare a document. Clause: ISO 32000-2, 12.8.2.2.2 and 12.8.4.3; ETSI EN 319 142-1, 5.4 and 5.5;
Mainka et al., "Shadow Attacks: Hiding and Replacing Content in Signed PDFs" (2021).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

from license_service.verification.formats.pdf.bounded_reader import BoundedReader
from license_service.verification.formats.pdf.loose_bytes import find_loose_bytes
from license_service.verification.formats.pdf.objects import (
    Key,
    changed_names,
    entry,
    exists,
    key_of,
    new_references,
    raw_entry,
    raw_items,
)
from license_service.verification.formats.pdf.security_store import store_objects
from license_service.verification.formats.pdf.signature_fields import SignatureField, form_fields

_INFORMATION = {"/ModDate", "/Producer"}
_EXTENSIONS = {"/ADBE", "/ESIC"}
_TRAILER = {"/Size", "/ID", "/Info", "/Prev"}
_WIDGET = {
    "/FT", "/T", "/TU", "/Type", "/Subtype", "/F", "/Ff", "/Rect", "/P", "/V", "/AP", "/M", "/NM", "/Lock",
}  # fmt: skip
_ALL_FLAGS = 3  # signatures exist; append only


@dataclass
class Update:
    """Hold what a revision does: the fields it signs or adds, and what nothing explains."""

    signs: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


def read_update(
    reader: BoundedReader, revision: int, signatures: Mapping[Key, SignatureField], known: Counter[Key]
) -> Update:
    """Compare a revision with the one before it; `known` counts the references of the signed revision."""
    comparison = _Comparison(reader, revision, signatures, known)
    comparison.run()
    return comparison.update


class _Comparison:
    """Explain the objects of one revision, one rule a method."""

    def __init__(
        self,
        reader: BoundedReader,
        revision: int,
        signatures: Mapping[Key, SignatureField],
        known: Counter[Key],
    ) -> None:
        self._reader = reader
        self._revision = revision
        self._signatures = signatures
        self._known = known
        self._old = reader.get_historical_resolver(revision - 1)
        self._new = reader.get_historical_resolver(revision)
        self._changed = {key_of(reference) for reference in self._new.explicit_refs_in_revision()}
        self._explained: set[Key] = set()
        self._widgets: set[Key] = set()
        self.update = Update()

    def run(self) -> None:
        """Apply every rule, then report what is left."""
        self._file()
        self._trailer()
        self._catalog()
        self._form()
        self._signed_fields()
        self._pages()
        self._store()
        self._left_over()

    def _file(self) -> None:
        for loose in find_loose_bytes(self._reader, self._revision):
            self._refuse(loose)
        for reference in self._new.refs_freed_in_revision():
            self._refuse(f"object {reference.idnum} freed")

    def _trailer(self) -> None:
        old, new = self._old.trailer_view, self._new.trailer_view
        for name in sorted(changed_names(old, new) - _TRAILER):
            self._refuse(f"trailer {name}")
        self._explain(old, new, "/Info")
        # A trailer's references lead to the newest revision: they have to be followed in their own.
        before, after = (
            view(raw.reference)
            if isinstance(raw := raw_entry(view.trailer_view, "/Info"), generic.IndirectObject)
            else generic.DictionaryObject()
            for view in (self._old, self._new)
        )
        for name in sorted(changed_names(before, after) - _INFORMATION):
            self._refuse(f"/Info{name}")

    def _catalog(self) -> None:
        old, new = self._old.root, self._new.root
        self._explained.add(key_of(self._new.root_ref))
        for name in sorted(changed_names(old, new) - {"/DSS", "/AcroForm", "/Extensions"}):
            self._refuse(f"/Root{name}")
        if "/Extensions" in new:
            self._explain(old, new, "/Extensions")
            before = entry(old, "/Extensions", generic.DictionaryObject())
            for name in sorted(changed_names(before, entry(new, "/Extensions")) - _EXTENSIONS):
                self._refuse(f"/Extensions{name}")
        for name in ("/DSS", "/AcroForm", "/Extensions"):
            if name in old and name not in new:
                self._refuse(f"/Root{name}")

    def _form(self) -> None:
        old, new = entry(self._old.root, "/AcroForm"), entry(self._new.root, "/AcroForm")
        if old is None or new is None:
            self._refuse("/Root/AcroForm")
            return
        self._explain(self._old.root, self._new.root, "/AcroForm")
        for name in sorted(changed_names(old, new) - {"/Fields", "/SigFlags"}):
            self._refuse(f"/AcroForm{name}")
        flags = entry(new, "/SigFlags", 0)
        if not isinstance(flags, int) or not 0 <= flags <= _ALL_FLAGS or entry(old, "/SigFlags", 0) & ~flags:
            self._refuse("/AcroForm/SigFlags")
        self._explain(old, new, "/Fields")
        for item in self._added(old, new, "/Fields"):
            if self._is_new(item):
                self._new_field(item)
            else:
                self._refuse("/AcroForm/Fields")

    def _new_field(self, item: generic.IndirectObject) -> None:
        widget = self._new(item.reference)
        self._explained.add(key_of(item))
        if not _is_invisible_signature_widget(widget):
            self._refuse(f"field {entry(widget, '/T')}")
            return
        if entry(widget, "/T") in (entry(field_, "/T") for _, _, field_, _ in form_fields(self._old.root)):
            self._refuse(f"field {entry(widget, '/T')} named twice")
        self._widgets.add(key_of(item))
        self._explained |= self._reached(entry(widget, "/AP"))
        self._value(widget)

    def _value(self, widget: generic.DictionaryObject) -> None:
        """Explain what a field holds: nothing yet, or a signature that covers this revision."""
        name = str(entry(widget, "/T", ""))
        if "/V" not in widget:
            self.update.signs.append(name)
            return
        value = widget.raw_get("/V")
        signature = self._signature(value)
        if signature is None or signature.revision != self._revision or not self._is_new(value):
            self._refuse(f"field {name}")
            return
        self._explained |= self._reached(value)
        if not signature.is_timestamp:
            self.update.signs.append(name)

    def _signed_fields(self) -> None:
        """Explain an empty signature field, there before, that is signed now with what it then shows."""
        for _, reference, before, kind in form_fields(self._old.root):
            key = key_of(reference)
            if key not in self._changed or kind != "/Sig" or "/V" in before:
                continue
            after = self._new(reference)
            allowed = {"/V", "/AP", "/M"} if self._signs_license(after) else {"/V", "/M"}
            if "/V" in after and not changed_names(before, after) - allowed:
                self._explained |= {key} | self._reached(entry(after, "/AP"))
                self._value(after)

    def _signature(self, value: Any) -> SignatureField | None:  # noqa: ANN401 - pyHanko's objects
        return self._signatures.get(key_of(value)) if isinstance(value, generic.IndirectObject) else None

    def _signs_license(self, widget: Any) -> bool:  # noqa: ANN401 - pyHanko's objects
        signature = self._signature(raw_entry(widget, "/V"))
        return signature is not None and not signature.is_timestamp

    def _pages(self) -> None:
        pages = {key for key in self._changed if self._is_page(key)}
        for key in self._widgets:
            widget = self._new(self._reference(key))
            page = raw_entry(widget, "/P")
            if isinstance(page, generic.IndirectObject) and self._is_page(key_of(page)):
                pages.add(key_of(page))
        for key in pages:
            self._page(key)

    def _page(self, key: Key) -> None:
        old, new = self._old(self._reference(key)), self._new(self._reference(key))
        self._explained.add(key)
        for name in sorted(changed_names(old, new) - {"/Annots"}):
            self._refuse(f"page {key[0]} {name}")
        if "/Annots" in new:
            self._explain(old, new, "/Annots")
        if {key_of(item) for item in self._added(old, new, "/Annots")} - self._widgets:
            self._refuse(f"page {key[0]} /Annots")

    def _store(self) -> None:
        objects, problems = store_objects(self._old, self._new, self._known)
        for problem in problems:
            self._refuse(problem)
        self._explained |= objects

    def _left_over(self) -> None:
        section = self._reader.xrefs.get_xref_container_info(self._revision)
        containers = self._new.object_streams_used() | ({section.stream_ref} if section.stream_ref else set())
        self._explained |= {key_of(item) for item in containers if self._is_new(item)}
        for key in sorted(self._changed - self._explained):
            self._refuse(f"object {key[0]}")
        for key in sorted(self._changed):
            if self._known[key] and not self._existed(key):
                self._refuse(f"object {key[0]} named before it existed")

    def _explain(self, old: generic.DictionaryObject, new: generic.DictionaryObject, name: str) -> None:
        """Explain the object an entry names: the same as before and named once, or a new one."""
        value, before = raw_entry(new, name), raw_entry(old, name)
        if not isinstance(value, generic.IndirectObject) or key_of(value) not in self._changed:
            return
        same = isinstance(before, generic.IndirectObject) and key_of(before) == key_of(value)
        if (same and self._known[key_of(value)] <= 1) or self._is_new(value):
            self._explained.add(key_of(value))

    def _added(self, old: generic.DictionaryObject, new: generic.DictionaryObject, name: str) -> list[Any]:
        """Return the references an array gained at its end; anything else is refused."""
        before, after = raw_items(entry(old, name)), raw_items(entry(new, name))
        kept = [_identity(item) for item in after[: len(before)]]
        added = after[len(before) :]
        plain = [item for item in added if isinstance(item, generic.IndirectObject)]
        if kept != [_identity(item) for item in before] or len(plain) != len(added):
            self._refuse(name)
        return plain

    def _reached(self, value: Any) -> set[Key]:  # noqa: ANN401 - pyHanko's objects
        """Return the new objects `value` leads to; one that existed is not explained by being reached."""
        new = {key for key in self._changed if not self._existed(key)}
        return new_references(self._new, value, new)

    def _is_new(self, reference: Any) -> bool:  # noqa: ANN401 - pyHanko's references
        key = key_of(reference)
        return key in self._changed and not self._existed(key)

    def _existed(self, key: Key) -> bool:
        return exists(self._old, self._reference(key))

    def _is_page(self, key: Key) -> bool:
        return self._existed(key) and self._is_page_object(self._old(self._reference(key)))

    @staticmethod
    def _is_page_object(value: Any) -> bool:  # noqa: ANN401 - pyHanko's objects
        return isinstance(value, generic.DictionaryObject) and entry(value, "/Type") == "/Page"

    def _reference(self, key: Key) -> generic.Reference:
        return generic.Reference(key[0], key[1], self._reader)

    def _refuse(self, what: str) -> None:
        self.update.unexplained.append(what)


def _is_invisible_signature_widget(widget: Any) -> bool:  # noqa: ANN401 - pyHanko's objects
    if not isinstance(widget, generic.DictionaryObject) or isinstance(widget, generic.StreamObject):
        return False
    rectangle = entry(widget, "/Rect")
    room = [float(item) for item in rectangle] if rectangle is not None else [0.0] * 4
    flat = len(room) == 4 and (room[0] == room[2] or room[1] == room[3])  # noqa: PLR2004 - two corners
    return (
        set(map(str, widget)) <= _WIDGET
        and entry(widget, "/FT") == "/Sig"
        and entry(widget, "/Subtype") == "/Widget"
        and flat
        and _shows_nothing(entry(widget, "/AP"))
    )


def _shows_nothing(appearance: Any) -> bool:  # noqa: ANN401 - pyHanko's objects
    if appearance is None:
        return True
    normal = entry(appearance, "/N")
    drawn = normal.encoded_data if isinstance(normal, generic.StreamObject) else b"unknown"
    return set(appearance) == {"/N"} and not drawn.strip()


def _identity(item: Any) -> object:  # noqa: ANN401 - pyHanko's objects
    return key_of(item) if isinstance(item, generic.IndirectObject) else item
