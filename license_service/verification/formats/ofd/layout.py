"""What the pages of a document say, by the IDs of their text objects.

Clause: GB/T 33190-2016, 7.5 to 7.7 (document, pages, templates) and 11.3 (TextCode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.members import resolve
from license_service.verification.formats.ofd.xml import NAMESPACES, children, only_child

ReadXml = Callable[[str, str], etree._Element | None]  # noqa: SLF001 - lxml has no other name for the type
"""Return the root element of a member that counts, which is called as said; None where it does not."""

_TEXT_OBJECTS = tuple(f"{{{namespace}}}TextObject" for namespace in NAMESPACES)
_TEXT_CODES = tuple(f"{{{namespace}}}TextCode" for namespace in NAMESPACES)


class Layout:
    """Look up text objects on the pages of one document; a page is read when it is first asked for."""

    def __init__(self, read: ReadXml, path: str, document: etree._Element) -> None:
        self._read = read
        data, pages = only_child(document, "CommonData"), only_child(document, "Pages")
        self._templates = _locations(path, data, "TemplatePage")
        self._pages = _locations(path, pages, "Page")
        self._texts: dict[str, Mapping[str, list[str]]] = {}

    def text(self, page: str, identifier: str) -> str:
        """Return the text of an object on a page or on its templates, empty where there is none.

        Raises:
            FormatError: `OFD_OBJECT_ID_REPEATED` if two objects answer: two readers could choose two.
        """
        found = [
            text
            for path in (self._pages.get(page) or self._templates.get(page, ""), *self._templates_of(page))
            for text in self._page_texts(path).get(identifier, ())
        ]
        if len(found) > 1:
            raise FormatError("OFD_OBJECT_ID_REPEATED", identifier)
        return found[0] if found else ""

    def _templates_of(self, page: str) -> Iterator[str]:
        element = self._read(self._pages[page], "Page") if page in self._pages else None
        used = children(element, "Template") if element is not None else ()
        return (self._templates.get(template.get("TemplateID", ""), "") for template in used)

    def _page_texts(self, path: str) -> Mapping[str, list[str]]:
        if path not in self._texts:
            element = self._read(path, "Page") if path else None
            self._texts[path] = _texts(element) if element is not None else {}
        return self._texts[path]


def text_objects(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield ID and text of every text object below `element`."""
    for item in element.iter(*_TEXT_OBJECTS):
        yield item.get("ID", ""), "".join(code.text or "" for code in item.iter(*_TEXT_CODES)).strip()


def _texts(page: etree._Element) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for identifier, text in text_objects(page):
        found.setdefault(identifier, []).append(text)
    return found


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
