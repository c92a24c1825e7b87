"""OFD: a zip whose signatures list the digests of its members.

1. Read the package strictly, then `OFD.xml`.
2. Parse every signature that `Signatures.xml` names.
3. Coverage: every member is listed by some signature, but `Signatures.xml` and the signatures' own files.
4. License metadata from `OFD.xml`, if it is covered.

Clause: GB/T 33190-2016; GM/T 0099-2020; GB/T 36905-2018.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from license_service.verification.document import FormatError, ParsedDocument
from license_service.verification.formats.ofd.package import read_package
from license_service.verification.formats.ofd.signature import (
    Members,
    SignatureEntry,
    parse_signatures,
    resolve,
)
from license_service.verification.formats.ofd.xml import child_text, children, only_child, parse_xml
from license_service.verification.metadata import license_from_fields
from license_service.verification.report import DocumentFormat, LicenseMetadata

_ROOT = "OFD.xml"


def parse_ofd(data: bytes) -> ParsedDocument:
    """Parse an OFD package.

    Raises:
        FormatError: if the package, its XML or a signature is malformed.
    """
    members = read_package(data)
    if _ROOT not in members:
        raise FormatError("OFD_MEMBER_MISSING", _ROOT)
    body = _document_body(parse_xml(members[_ROOT], "OFD"))
    list_path = child_text(body, "Signatures")
    if not list_path:
        return ParsedDocument(DocumentFormat.OFD, (), None)
    entries = parse_signatures(members, resolve(_ROOT, list_path))
    covered = frozenset[str]().union(*(entry.covered for entry in entries))
    uncovered = _uncovered(members, resolve(_ROOT, list_path), entries, covered)
    license_ = _license(body) if _ROOT in covered else None
    return ParsedDocument(
        DocumentFormat.OFD,
        tuple(replace(entry.signature, uncovered=uncovered) for entry in entries),
        license_,
        findings=() if _ROOT in covered else ("LICENSE_METADATA_NOT_COVERED",),
    )


def _document_body(root: etree._Element) -> etree._Element:
    bodies = list(children(root, "DocBody"))
    if len(bodies) != 1:
        raise FormatError("OFD_DOCUMENTS_NOT_ONE", f"{len(bodies)} documents")
    return bodies[0]


def _uncovered(
    members: Members, list_path: str, entries: Iterable[SignatureEntry], covered: frozenset[str]
) -> tuple[str, ...]:
    exempt = {list_path}.union(*(entry.own for entry in entries))
    return tuple(sorted(members.keys() - covered - exempt))


def _license(body: etree._Element) -> LicenseMetadata | None:
    info = only_child(body, "DocInfo")
    datas = only_child(info, "CustomDatas") if info is not None else None
    if datas is None:
        return None
    fields: dict[str, object] = {}
    for item in children(datas, "CustomData"):
        name = item.get("Name", "")
        if name in fields:
            raise FormatError("OFD_CUSTOM_DATA_REPEATED", name)
        fields[name] = item.text or ""
    return license_from_fields(fields)
