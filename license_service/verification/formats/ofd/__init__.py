"""OFD: a zip whose signatures list the digests of its members.

1. Read the package strictly, then the documents that `OFD.xml` names.
2. Parse every signature of every document.
3. Name what no signature lists, but the lists of signatures and the signatures' own files.
4. Read the license, from listed members alone.

Clause: GB/T 33190-2016; GM/T 0099-2020; GB/T 36905-2018.
"""

from __future__ import annotations

from dataclasses import replace

from license_service.verification.document import ParsedDocument
from license_service.verification.formats.ofd.body import read_bodies
from license_service.verification.formats.ofd.license import StatedLicense, read_license
from license_service.verification.formats.ofd.members import Members
from license_service.verification.formats.ofd.package import read_package
from license_service.verification.formats.ofd.signature import parse_signatures
from license_service.verification.report import DocumentFormat


def parse_ofd(data: bytes) -> ParsedDocument:
    """Parse an OFD package.

    Raises:
        FormatError: if the package, its XML or a signature is malformed.
    """
    package = read_package(data)
    members = Members(package.members)
    bodies = read_bodies(members)
    lists = frozenset(body.signatures for body in bodies if body.signatures)
    signatures = parse_signatures(members, [body.signatures for body in bodies if body.signatures])
    covered = frozenset[str]().union(*(signature.covers for signature in signatures))
    own = frozenset[str]().union(*(signature.own for signature in signatures))
    uncovered = tuple(sorted(members.names - covered - own - lists))
    stated = read_license(members, covered, bodies) if signatures else StatedLicense(None)
    return ParsedDocument(
        DocumentFormat.OFD,
        tuple(replace(signature, uncovered=uncovered) for signature in signatures),
        stated.license,
        findings=(*stated.findings, *(["ZIP_TRAILING_DATA"] if package.trailing else [])),
        contradictions=stated.contradictions,
        trailing_bytes=package.trailing,
    )
