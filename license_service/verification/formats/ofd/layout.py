"""What the pages of a document say, by the IDs of their text objects.

Clause: GB/T 33190-2016, 7.5 to 7.7 (document, pages, templates) and 11.3 (TextCode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.members import resolve
from license_service.verification.formats.ofd.xml import NAMESPACES, children, only_child
from license_service.verification.limits import MAX_LAYOUT_TEXT, MAX_PAGE_TEMPLATES

_TEXT_OBJECTS = tuple(f"{{{namespace}}}TextObject" for namespace in NAMESPACES)
_TEXT_CODES = tuple(f"{{{namespace}}}TextCode" for namespace in NAMESPACES)


@dataclass(frozen=True)
class Page:
    """Hold the texts of a page or template by object ID, and the IDs of the templates it uses."""

    texts: Mapping[str, list[str]]
    templates: tuple[str, ...]


NO_PAGE = Page({}, ())
"""What a page says that is missing, or that no signature covers."""


class Layout:
    """Look up text objects on the pages of one document."""

    def __init__(self, page_at: Callable[[str], Page], path: str, document: etree._Element) -> None:
        self._page_at = page_at
        data, pages = only_child(document, "CommonData"), only_child(document, "Pages")
        self._templates = _locations(path, data, "TemplatePage")
        self._pages = _locations(path, pages, "Page")

    def text(self, page: str, identifier: str) -> str:
        """Return the text of an object on a page or on its templates, empty where there is none.

        Raises:
            FormatError: `OFD_OBJECT_ID_REPEATED` if two objects answer: two readers could choose two.
        """
        shown = self._page_at(self._pages.get(page) or self._templates.get(page, ""))
        behind = [self._page_at(self._templates.get(template, "")) for template in shown.templates]
        found = [text for each in (shown, *behind) for text in each.texts.get(identifier, ())]
        if len(found) > 1:
            raise FormatError("OFD_OBJECT_ID_REPEATED", identifier)
        return found[0] if found else ""


def read_page(element: etree._Element) -> Page:
    """Read a page or template.

    Raises:
        FormatError: `OFD_TOO_MANY_TEMPLATES` beyond the bound.
    """
    templates = tuple(dict.fromkeys(item.get("TemplateID", "") for item in children(element, "Template")))
    if len(templates) > MAX_PAGE_TEMPLATES:
        raise FormatError("OFD_TOO_MANY_TEMPLATES")
    texts: dict[str, list[str]] = {}
    for identifier, text in text_objects(element):
        texts.setdefault(identifier, []).append(text)
    return Page(texts, templates)


def text_objects(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield ID and text of every text object below `element`; a text beyond the bound is cut."""
    for item in element.iter(*_TEXT_OBJECTS):
        text = "".join(code.text or "" for code in item.iter(*_TEXT_CODES)).strip()
        yield item.get("ID", ""), text[:MAX_LAYOUT_TEXT]


def _locations(base: str, element: etree._Element | None, name: str) -> dict[str, str]:
    """Return the members that `name` elements lead to, by ID.

    Raises:
        FormatError: `OFD_PAGE_ID_REPEATED` if two have one ID.
    """
    items = list(children(element, name)) if element is not None else []
    found = {item.get("ID", ""): resolve(base, item.get("BaseLoc", "")) for item in items}
    if len(found) != len(items):
        raise FormatError("OFD_PAGE_ID_REPEATED")
    return found
