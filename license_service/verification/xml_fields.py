"""License fields written as XML: GB/T 36903 short names as child elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from license_service.verification.strict_xml import parse_xml


def fields_from_xml(data: bytes) -> Mapping[str, object]:
    """Read the child elements of the root, by their names without namespace.

    Raises:
        FormatError: `XML_*`, as `parse_xml` does.
    """
    return collect_fields(
        (str(etree.QName(child).localname), (child.text or "").strip()) for child in parse_xml(data)
    )


def collect_fields(pairs: Iterable[tuple[str, str]]) -> Mapping[str, object]:
    """Gather names with their values; a name met again makes a list."""
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
