"""Parse XML so that nothing but the bytes at hand decides what is in it.

Clause: XML 1.0, 2.8 (DOCTYPE is refused: entities and external subsets are content from elsewhere).
"""

from __future__ import annotations

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_XML_BYTES


def parse_xml_document(data: bytes) -> etree._Element:
    """Parse and return the root element; comments are dropped.

    Raises:
        FormatError: `XML_TOO_LARGE`, `XML_MALFORMED`, or `XML_DOCTYPE_REFUSED`.
    """
    if len(data) > MAX_XML_BYTES:
        raise FormatError("XML_TOO_LARGE")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError("XML_MALFORMED") from error
    if element.getroottree().docinfo.doctype:
        raise FormatError("XML_DOCTYPE_REFUSED")
    return element
