"""Parse the XML of an OFD package: no DOCTYPE, no network, bounded depth, and exactly the bytes hashed."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_XML_BYTES

NAMESPACES = ("http://www.ofdspec.org/2016", "http://www.ofdspec.org")


def parse_xml(data: bytes, root: str) -> etree._Element:
    """Parse a member whose root element is `root` in an OFD namespace.

    Raises:
        FormatError: `XML_*` if it is malformed, too large, has a DOCTYPE, or another root.
    """
    if len(data) > MAX_XML_BYTES:
        raise FormatError("XML_TOO_LARGE")
    if b"\x00" in data:  # UTF-16 or UTF-32, which a reader may or may not guess
        raise FormatError("XML_ENCODING_REFUSED")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError("XML_MALFORMED") from error
    if element.getroottree().docinfo.doctype:
        raise FormatError("XML_DOCTYPE_REFUSED")
    if local_name(element) != root:
        raise FormatError("XML_ROOT_UNEXPECTED", f"expected {root}")
    return element


def local_name(element: etree._Element) -> str:
    """Return the name without its namespace; empty for names outside the OFD namespaces."""
    tag = etree.QName(element) if isinstance(element.tag, str) else None
    return tag.localname if tag is not None and tag.namespace in NAMESPACES else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the direct children called `name`."""
    return (child for child in element if local_name(child) == name)


def only_child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the one direct child called `name`, or None.

    Raises:
        FormatError: `XML_ELEMENT_REPEATED` if there are several: two readers could choose two.
    """
    found = list(children(element, name))
    if len(found) > 1:
        raise FormatError("XML_ELEMENT_REPEATED", name)
    return found[0] if found else None


def child_text(element: etree._Element, name: str) -> str:
    """Return the stripped text of the one child called `name`, empty where there is none."""
    child = only_child(element, name)
    return (child.text or "").strip() if child is not None else ""
