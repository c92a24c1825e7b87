"""What `OFD.xml` names: documents, their versions, and the lists of their signatures.

Clause: GB/T 33190-2016, 7.4 (DocBody) and 19 (versions).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.members import Members, resolve
from license_service.verification.formats.ofd.xml import child_text, children, only_child
from license_service.verification.limits import MAX_OFD_DOCUMENTS

ROOT = "OFD.xml"
_TRUE = frozenset({"true", "1"})


@dataclass(frozen=True)
class Body:
    """Hold one document of the package.

    `roots` are the members a reader may show it from: the one `OFD.xml` names, and the one its current
    version names. `signatures` is the list of its signatures, empty where it has none.
    """

    element: etree._Element
    roots: tuple[str, ...]
    signatures: str


def read_bodies(members: Members) -> tuple[Body, ...]:
    """Read every document of the package.

    Raises:
        FormatError: if there is no document, there are too many, two are one, or a member is missing.
    """
    elements = list(children(members.xml(ROOT, "OFD"), "DocBody"))
    if not elements:
        raise FormatError("OFD_NO_DOCUMENT")
    if len(elements) > MAX_OFD_DOCUMENTS:
        raise FormatError("OFD_TOO_MANY_DOCUMENTS")
    bodies = tuple(_body(members, element) for element in elements)
    roots = [root for body in bodies for root in body.roots]
    if len(set(roots)) != len(roots):
        raise FormatError("OFD_DOCUMENT_REPEATED")
    return bodies


def _body(members: Members, element: etree._Element) -> Body:
    roots = (resolve(ROOT, child_text(element, "DocRoot")), *_current_version(members, element))
    for root in roots:
        members.content(root)
    listed = child_text(element, "Signatures")
    return Body(element, tuple(dict.fromkeys(roots)), resolve(ROOT, listed) if listed else "")


def _current_version(members: Members, element: etree._Element) -> Iterator[str]:
    versions = only_child(element, "Versions")
    listed = children(versions, "Version") if versions is not None else iter(())
    current = [version for version in listed if version.get("Current", "").lower() in _TRUE]
    if len(current) > 1:
        raise FormatError("OFD_VERSION_CURRENT_REPEATED")
    for version in current:
        path = resolve(ROOT, version.get("BaseLoc", ""))
        yield resolve(path, child_text(members.xml(path, "DocVersion"), "DocRoot"))
