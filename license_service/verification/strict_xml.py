"""Parse XML so that nothing but the bytes at hand decides what is in it.

XInclude and schemas are never processed: to this parser they are elements and attributes like others.
Clause: XML 1.0, 2.6 (instructions), 2.8 (DOCTYPE: entities and external subsets come from elsewhere) and
4.3.3 (encodings).
"""

from __future__ import annotations

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_XML_BYTES

_ENCODINGS = frozenset({"utf-8", "utf8"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse_xml(data: bytes) -> etree._Element:
    """Parse UTF-8 without DOCTYPE and instructions; return the root element without comments.

    Both are refused before parsing, wherever their characters stand: a stylesheet could show what is not
    there, and an instruction inside a text splits it for some readers.

    Raises:
        FormatError: `XML_*` if it is malformed, too large, not in UTF-8, has a DOCTYPE or an instruction.
    """
    if data.count(b"<?") > data.removeprefix(_BYTE_ORDER_MARK).startswith(b"<?xml "):
        raise FormatError("XML_INSTRUCTION_REFUSED")
    return parse_xml_packet(data)


def parse_xml_packet(data: bytes) -> etree._Element:
    """Parse XML that its container wraps in instructions, as XMP is (ISO 16684-1, 7.3); they are dropped.

    Raises:
        FormatError: `XML_*` if it is malformed, too large, not in UTF-8, or has a DOCTYPE.
    """
    if len(data) > MAX_XML_BYTES:
        raise FormatError("XML_TOO_LARGE")
    if b"<!DOCTYPE" in data:
        raise FormatError("XML_DOCTYPE_REFUSED")
    if b"\x00" in data:
        raise FormatError("XML_ENCODING_REFUSED")
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
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise FormatError("XML_MALFORMED") from error
    if (element.getroottree().docinfo.encoding or "utf-8").lower() not in _ENCODINGS:
        raise FormatError("XML_ENCODING_REFUSED")
    return element
