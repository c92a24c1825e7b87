"""License metadata of a signed revision: an embedded JSON or XML file, or XMP properties.

Only what the first signature covers is read; an update that adds or replaces a file is not looked at.
Sources that disagree are kept as such: the binding check then leaves the license to a person.
Clause: GB/T 36903-2018 (short names); ISO 32000-2, 7.11.4 (embedded files) and 14.3.2 (XMP);
ISO 16684-1 (XMP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree
from pyhanko.pdf_utils import generic

from license_service.verification.document import FormatError
from license_service.verification.formats.pdf.bounded_reader import read_stream
from license_service.verification.formats.pdf.objects import entry, raw_items
from license_service.verification.metadata import SOURCES_CONTRADICT, license_from_fields
from license_service.verification.report import LicenseMetadata
from license_service.verification.strict_json import parse_object
from license_service.verification.strict_xml import parse_xml_packet
from license_service.verification.xml_fields import collect_fields, fields_from_xml

JSON_FILE, XML_FILE = "license.json", "license.xml"
XMP_NAMESPACE = "urn:license-service:xmp:license:1"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_NAME_TREE_DEPTH = 8

Fields = Mapping[str, object]


def read_license(root: generic.DictionaryObject) -> LicenseMetadata | None:
    """Return the license, or None where the revision holds none.

    Raises:
        FormatError: `PDF_METADATA_REPEATED` if a file is embedded twice, `JSON_*` or `XML_*`.
    """
    merged: dict[str, object] = {}
    contradicted: list[str] = []
    for fields in _sources(root):
        contradicted += [name for name in fields if name in merged and merged[name] != fields[name]]
        merged = {**fields, **merged}
    if contradicted:
        merged[SOURCES_CONTRADICT] = ", ".join(sorted(set(contradicted)))
    return license_from_fields(merged)


def fields_from_xmp(data: bytes) -> Fields:
    """Read the properties in our namespace, written as attributes, elements, or RDF containers."""
    descriptions = parse_xml_packet(data).iter(f"{_RDF}Description")
    return collect_fields(pair for element in descriptions for pair in _properties(element))


def _sources(root: generic.DictionaryObject) -> Iterator[Fields]:
    readers: tuple[tuple[str, Callable[[bytes], Fields]], ...] = (
        (JSON_FILE, parse_object),
        (XML_FILE, fields_from_xml),
    )
    files = list(_files(entry(entry(root, "/Names"), "/EmbeddedFiles"), 0))
    for name, read in readers:
        found = [item for item in files if name in (entry(item, "/UF"), entry(item, "/F"))]
        if len(found) > 1:
            raise FormatError("PDF_METADATA_REPEATED")
        yield from (read(read_stream(entry(entry(item, "/EF"), "/F"))) for item in found)
    packet = entry(root, "/Metadata")
    if packet is not None:
        yield fields_from_xmp(read_stream(packet))


def _files(tree: Any, depth: int) -> Iterator[Any]:  # noqa: ANN401 - pyHanko's objects
    if depth > _NAME_TREE_DEPTH:
        raise FormatError("PDF_TOO_COMPLEX", "name tree")
    leaves = entry(tree, "/Names")
    yield from () if leaves is None else (leaves[index] for index in range(1, len(leaves), 2))
    for kid in raw_items(entry(tree, "/Kids")):
        yield from _files(kid.get_object(), depth + 1)


def _properties(description: etree._Element) -> Iterator[tuple[str, str]]:
    for name, value in description.attrib.items():
        if etree.QName(name).namespace == XMP_NAMESPACE:
            yield etree.QName(name).localname, value.strip()
    for child in description:
        if etree.QName(child).namespace == XMP_NAMESPACE:
            items = list(child.iter(f"{_RDF}li")) or [child]
            yield from ((etree.QName(child).localname, (item.text or "").strip()) for item in items)
