"""Where an OFD states what its license says, read only from members that a signature covers.

1. `CustomDatas` of `OFD.xml`: name and value.
2. Attachments in XML or JSON.
3. Custom tags: elements named after what they mark, which point to text objects on pages (data index).
4. Watermark annotations of an annotated copy: parameters, or texts that read `name：value`.

The first place that states a field decides it; a field another place states differently is named, since
a person who reads the page would be told something else than the machine.

Clause: GB/T 36905-2018 (data index); GB/T 36903-2018 (names); GB/T 33190-2016, 7.4, 15.2, 16 and 20.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.body import ROOT, Body
from license_service.verification.formats.ofd.layout import NO_PAGE, Layout, Page, read_page, text_objects
from license_service.verification.formats.ofd.members import Members, resolve
from license_service.verification.formats.ofd.xml import child_text, children, only_child, text_of
from license_service.verification.limits import MAX_ATTACHED_JSON_BYTES, MAX_LAYOUT_TEXT
from license_service.verification.metadata import Statements, license_from_statements, short_name
from license_service.verification.report import LicenseMetadata
from license_service.verification.strict_json import parse_object

_UNREADABLE = frozenset({"XML_MALFORMED", "XML_ENCODING_REFUSED", "XML_INSTRUCTION_REFUSED"})
_UNREADABLE_FINDING = "LICENSE_DATA_UNREADABLE"
_WATERMARK = "Watermark"
_COLON = re.compile("[:：]")


@dataclass(frozen=True)
class StatedLicense:
    """Hold the license, the fields stated in two ways, and findings about the places as stable codes."""

    license: LicenseMetadata | None
    contradictions: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def read_license(members: Members, covered: frozenset[str], bodies: Iterable[Body]) -> StatedLicense:
    """Read the license that the documents of a package state; two different ones are none.

    Raises:
        FormatError: if a member it is read from is malformed.
    """
    reader = _Reader(members, covered)
    stated = [license_from_statements(list(reader.statements(body))) for body in bodies]
    found = [license_ for license_, _ in stated if license_ is not None]
    contradictions = tuple(sorted({name for _, names in stated for name in names}))
    if any(license_ != found[0] for license_ in found):
        return StatedLicense(None, contradictions, (*reader.findings, "LICENSE_AMBIGUOUS"))
    return StatedLicense(found[0] if found else None, contradictions, tuple(reader.findings))


class _Reader:
    """Read statements from covered members; what vendors add and nobody can read becomes a finding."""

    def __init__(self, members: Members, covered: frozenset[str]) -> None:
        self._members, self._covered = members, covered
        self._pages: dict[str, Page] = {}
        self._attached: dict[str, Statements] = {}
        self._json_left = MAX_ATTACHED_JSON_BYTES
        self.findings: list[str] = [] if ROOT in covered else ["LICENSE_METADATA_NOT_COVERED"]

    def statements(self, body: Body) -> Iterator[Statements]:
        """Yield what each place of a document states, the deciding ones first."""
        if ROOT in self._covered:
            yield _custom_datas(body.element)
        roots = [(path, self._read(path, "Document")) for path in body.roots]
        documents = [(path, document) for path, document in roots if document is not None]
        for path, document in documents:
            yield from self._attachments(path, document)
        for path, document in documents:
            yield from self._tags(path, document)
            yield from self._watermarks(path, document)

    def _read(self, path: str, root: str = "") -> etree._Element | None:
        return self._members.xml(path, root) if path in self._covered else None

    def _read_foreign(self, path: str) -> etree._Element | None:
        """Read a member whose form OFD leaves to others: real ones are malformed, and a page stays a page."""
        try:
            return self._read(path)
        except FormatError as error:
            if error.code not in _UNREADABLE:
                raise
            self.findings.append(_UNREADABLE_FINDING)
            return None

    def _listed(
        self, base: str, document: etree._Element, name: str, item: str
    ) -> Mapping[str, etree._Element]:
        """Return the members that the items of a list lead to, whose place `document` names."""
        location = child_text(document, name)
        path = resolve(base, location) if location else ""
        root = self._read(path, name)
        items = children(root, item) if root is not None else ()
        return {resolve(path, child_text(element, "FileLoc")): element for element in items}

    def _attachments(self, base: str, document: etree._Element) -> Iterator[Statements]:
        for path, element in self._listed(base, document, "Attachments", "Attachment").items():
            if path not in self._attached:
                kind = (element.get("Format") or path.rpartition(".")[2]).lower()
                self._attached[path] = self._attachment(path, kind)
            yield self._attached[path]

    def _attachment(self, path: str, kind: str) -> Statements:
        if kind == "json" and path in self._covered:
            return self._json(self._members.content(path))
        root = self._read_foreign(path) if kind == "xml" else None
        return _leaves(root) if root is not None else {}

    def _json(self, data: bytes) -> Statements:
        self._json_left -= len(data)
        try:
            content = parse_object(data if self._json_left >= 0 else b"")
        except FormatError:
            self.findings.append(_UNREADABLE_FINDING)
            return {}
        return {
            short: [str(item) for item in (value if isinstance(value, list) else [value])]
            for name, value in content.items()
            if (short := short_name(name))
        }

    def _tags(self, base: str, document: etree._Element) -> Iterator[Statements]:
        layout = Layout(self._page_at, base, document)
        for path in self._listed(base, document, "CustomTags", "CustomTag"):
            root = self._read_foreign(path)
            if root is not None:
                yield _index(root, layout)

    def _page_at(self, path: str) -> Page:
        if path not in self._pages:
            root = self._read(path, "Page")
            self._pages[path] = read_page(root) if root is not None else NO_PAGE
        return self._pages[path]

    def _watermarks(self, base: str, document: etree._Element) -> Iterator[Statements]:
        for path in self._listed(base, document, "Annotations", "Page"):
            root = self._read(path, "PageAnnot")
            for annotation in children(root, "Annot") if root is not None else ():
                if annotation.get("Type") == _WATERMARK:
                    yield _annotation(annotation)


def _custom_datas(body: etree._Element) -> Statements:
    info = only_child(body, "DocInfo")
    datas = only_child(info, "CustomDatas") if info is not None else None
    found: dict[str, list[str]] = {}
    for item in children(datas, "CustomData") if datas is not None else ():
        name = item.get("Name", "")
        name = short_name(name) or name
        if name in found:
            raise FormatError("OFD_CUSTOM_DATA_REPEATED", name)
        found[name] = [text_of(item)]
    return found


def _leaves(root: etree._Element) -> Statements:
    found: dict[str, list[str]] = {}
    for element in root.iter():
        short = short_name(etree.QName(element).localname)
        if short and not len(element):
            found.setdefault(short, []).append(element.text or "")
    return found


def _index(root: etree._Element, layout: Layout) -> Statements:
    """Resolve each named element to the texts it points to.

    A name met several times marks the parts of one text, such as year, month and day in no certain
    order, or one text in several places: only where all are equal does it state something.
    """
    marked: dict[etree._Element, list[str]] = {}
    for reference in root.iterdescendants("{*}ObjectRef"):
        text = layout.text(reference.get("PageRef", ""), text_of(reference))
        marked.setdefault(reference.getparent(), []).append(text)
    found: dict[str, list[str]] = {}
    for element, texts in marked.items():
        name = etree.QName(element).localname
        found.setdefault(short_name(name) or name, []).append("".join(texts)[:MAX_LAYOUT_TEXT])
    return {name: texts[:1] for name, texts in found.items() if len(set(texts)) == 1}


def _annotation(annotation: etree._Element) -> Statements:
    parameters = only_child(annotation, "Parameters")
    named = children(parameters, "Parameter") if parameters is not None else ()
    pairs = [(item.get("Name", ""), text_of(item)) for item in named]
    pairs += [_label(text) for _, text in text_objects(annotation)]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        short = short_name(name)
        if short:
            found.setdefault(short, []).append(value)
    return found


def _label(text: str) -> tuple[str, str]:
    name, *value = _COLON.split(text, maxsplit=1)
    return name.strip(), "".join(value).strip()
