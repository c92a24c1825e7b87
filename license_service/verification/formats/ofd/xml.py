"""Read elements of an OFD package by their names in either OFD namespace."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lxml import etree

from license_service.verification.document import FormatError

NAMESPACES = ("http://www.ofdspec.org/2016", "http://www.ofdspec.org")


def markup_of(data: bytes) -> int:
    """Return an upper bound of the tags and attributes in `data`, which is what parsing costs."""
    return data.count(b"<") + data.count(b"=")


def local_name(element: etree._Element) -> str:
    """Return the name without its namespace; empty for names outside the OFD namespaces."""
    name = etree.QName(element)
    return name.localname if name.namespace in NAMESPACES else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Return the direct children called `name`."""
    found: Iterator[etree._Element] = element.iterchildren(*_qualified(name))
    return found


@cache
def _qualified(name: str) -> tuple[str, ...]:
    return tuple(f"{{{namespace}}}{name}" for namespace in NAMESPACES)


def only_child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the one direct child called `name`, or None.

    Raises:
        FormatError: `XML_ELEMENT_REPEATED` if there are several: two readers could choose two.
    """
    found = list(children(element, name))
    if len(found) > 1:
        raise FormatError("XML_ELEMENT_REPEATED", name)
    return found[0] if found else None


def text_of(element: etree._Element) -> str:
    """Return the stripped text of an element.

    Raises:
        FormatError: `XML_TEXT_MIXED` if there are elements in it: readers differ in what its text is.
    """
    if len(element):
        raise FormatError("XML_TEXT_MIXED", etree.QName(element).localname)
    return (element.text or "").strip()


def child_text(element: etree._Element, name: str) -> str:
    """Return the stripped text of the one child called `name`, empty where there is none."""
    child = only_child(element, name)
    return text_of(child) if child is not None else ""
