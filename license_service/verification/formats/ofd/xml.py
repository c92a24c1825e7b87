"""Parse the XML of an OFD package: UTF-8, no DOCTYPE, no instructions, no network, and the bytes hashed.

XInclude and schemas are never processed: to this parser they are elements and attributes like others.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_XML_BYTES

NAMESPACES = ("http://www.ofdspec.org/2016", "http://www.ofdspec.org")
_ENCODINGS = frozenset({"utf-8", "utf8"})


def parse_xml(data: bytes) -> etree._Element:
    """Parse a member.

    A DOCTYPE or a processing instruction is refused before parsing, wherever its characters stand: a
    stylesheet could show what is not there, and an instruction inside a text splits it for some readers.

    Raises:
        FormatError: `XML_*` if it is malformed, too large, not in UTF-8, has a DOCTYPE or an instruction.
    """
    if len(data) > MAX_XML_BYTES:
        raise FormatError("XML_TOO_LARGE")
    if b"<!DOCTYPE" in data:
        raise FormatError("XML_DOCTYPE_REFUSED")
    if data.count(b"<?") > data.removeprefix(b"\xef\xbb\xbf").startswith(b"<?xml "):
        raise FormatError("XML_INSTRUCTION_REFUSED")
    if b"\x00" in data:
        raise FormatError("XML_ENCODING_REFUSED")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise FormatError("XML_MALFORMED") from error
    if (element.getroottree().docinfo.encoding or "utf-8").lower() not in _ENCODINGS:
        raise FormatError("XML_ENCODING_REFUSED")
    return element


def markup_of(data: bytes) -> int:
    """Return an upper bound of the tags and attributes in `data`, which is what parsing costs."""
    return data.count(b"<") + data.count(b"=")


def local_name(element: etree._Element) -> str:
    """Return the name without its namespace; empty for names outside the OFD namespaces."""
    name = etree.QName(element)
    return name.localname if name.namespace in NAMESPACES else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the direct children called `name`."""
    yield from element.iterchildren(*(f"{{{namespace}}}{name}" for namespace in NAMESPACES))


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
