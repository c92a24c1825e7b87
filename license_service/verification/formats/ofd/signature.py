"""From `Signatures.xml` to signatures ready to be judged.

Clause: GB/T 33190-2016, 18 (signatures); GM/T 0099-2020, 7.2 (`Relative`, the `Sign` type).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree

from license_service.verification.crypto.oids import canonical_digest, canonical_signature
from license_service.verification.document import DigestComparison, FormatError, ParsedSignature
from license_service.verification.formats.ofd.data_hash import compare_data_hash
from license_service.verification.formats.ofd.gbt35275 import parse_plain_signature
from license_service.verification.formats.ofd.members import Members, resolve
from license_service.verification.formats.ofd.seal import SealedSignature, parse_sealed_signature
from license_service.verification.formats.ofd.xml import child_text, children, only_child
from license_service.verification.limits import MAX_SIGNATURES

_DEFAULT_CHECK_METHOD = "MD5"  # GB/T 33190-2016, table 65: absent means MD5, which policy refuses


@dataclass(frozen=True)
class _Entry:
    """Hold one `Signature` element of a list: where it leads, and the index its signature has."""

    index: int
    path: str
    plain: bool
    base: int | None


def parse_signatures(members: Members, list_paths: Iterable[str]) -> tuple[ParsedSignature, ...]:
    """Parse every signature that the lists name, in order.

    What a signature covers are the members it names, but the lists themselves: a later signature is
    entered there, so none can be required to cover them.

    Raises:
        FormatError: if a named member is missing or malformed, or one is named twice.
    """
    paths, entries = tuple(dict.fromkeys(list_paths)), list[_Entry]()
    for path in paths:
        entries.extend(_entries(members, path, len(entries)))
    if len(entries) > MAX_SIGNATURES:
        raise FormatError("OFD_TOO_MANY_SIGNATURES")
    if len({entry.path for entry in entries}) != len(entries):
        raise FormatError("OFD_SIGNATURE_REPEATED")
    return tuple(_signature(members, entry, frozenset(paths)) for entry in entries)


def _entries(members: Members, list_path: str, start: int) -> Iterator[_Entry]:
    """Yield the entries of one list; `Relative` names an earlier signature of it by ID."""
    indexes: dict[str, int] = {}
    root = members.xml(list_path, "Signatures")
    for index, element in enumerate(children(root, "Signature"), start):
        identifier, relative = element.get("ID", ""), element.get("Relative", "")
        if relative and relative not in indexes:
            raise FormatError("OFD_RELATIVE_UNKNOWN", relative)
        if identifier in indexes:
            raise FormatError("OFD_SIGNATURE_ID_REPEATED", identifier)
        base = indexes[relative] if relative else None
        if identifier:
            indexes[identifier] = index
        path = resolve(list_path, element.get("BaseLoc", ""))
        yield _Entry(index, path, element.get("Type", "Seal") == "Sign", base)


def _signature(members: Members, entry: _Entry, lists: frozenset[str]) -> ParsedSignature:
    path = entry.path
    root, signature_xml = members.xml(path, "Signature"), members.content(path)
    info = only_child(root, "SignedInfo")
    if info is None:
        raise FormatError("OFD_SIGNED_INFO_MISSING")
    value_path, seal_path = (
        _value_path(members, path, child_text(root, "SignedValue")),
        _seal_path(path, info),
    )
    value, encoded_seal = members.content(value_path), b""
    if entry.plain:
        signature = parse_plain_signature(entry.index, value, signature_xml)
    else:
        sealed = parse_sealed_signature(value)
        signature, encoded_seal = _sealed(entry.index, sealed, path, signature_xml), sealed.encoded_seal
    references = _references(members, path, info)
    failures = (
        *signature.format_failures,
        *_method_failures(info, signature.value.algorithm),
        # The seal file is a copy of the seal inside the signed value; a different one is a substitution.
        *(["OFD_SEAL_FILE_MISMATCH"] if seal_path and members.content(seal_path) != encoded_seal else []),
    )
    return replace(
        signature,
        references=tuple(references.values()),
        format_failures=failures,
        covers=frozenset(references) - lists,
        own=frozenset({path, value_path, seal_path}) - {""},
        base=entry.base,
    )


def _sealed(index: int, sealed: SealedSignature, path: str, signature_xml: bytes) -> ParsedSignature:
    named = resolve(path, sealed.property_info)
    failures = () if named == path or not sealed.property_info else ("SES_PROPERTY_INFO_MISMATCH",)
    seal = sealed.seal
    if sealed.critical_extensions:
        seal = replace(seal, critical_extensions=(*seal.critical_extensions, *sealed.critical_extensions))
    return ParsedSignature(
        index=index,
        kind=sealed.kind,
        value=sealed.value,
        signer_certificate=sealed.signer_certificate,
        other_certificates=(seal.maker_certificate,),
        signing_time=sealed.signing_time,
        data_hash=compare_data_hash(
            sealed.data_hash, signature_xml, sealed.value.algorithm, sealed.signer_certificate
        ),
        seal=seal,
        timestamps=sealed.timestamps,
        format_failures=failures,
        notes=sealed.notes,
    )


def _references(members: Members, base: str, info: etree._Element) -> dict[str, DigestComparison]:
    """Compare the digest of every member that the signature names, by its path."""
    element = only_child(info, "References")
    if element is None:
        return {}
    method = element.get("CheckMethod", _DEFAULT_CHECK_METHOD)
    algorithm = canonical_digest(method) or method
    found: dict[str, DigestComparison] = {}
    for reference in children(element, "Reference"):
        path = resolve(base, reference.get("FileRef", ""))
        if path in found:
            raise FormatError("OFD_REFERENCE_REPEATED")
        found[path] = _reference(members, path, algorithm, reference)
    return found


def _reference(members: Members, path: str, algorithm: str, element: etree._Element) -> DigestComparison:
    name = element.get("FileRef", "")
    try:
        expected = base64.b64decode("".join(child_text(element, "CheckValue").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("OFD_CHECK_VALUE_MALFORMED", name) from error
    missing = path not in members
    actual = None if missing else members.digest(algorithm, path)
    return DigestComparison(name, algorithm, expected, actual, missing=missing)


def _method_failures(info: etree._Element, algorithm: str) -> tuple[str, ...]:
    """Compare the method named in XML with the one used; a name nobody knows says nothing."""
    named = canonical_signature(child_text(info, "SignatureMethod"))
    return () if named in (None, algorithm) else ("OFD_SIGNATURE_METHOD_MISMATCH",)


def _seal_path(base: str, info: etree._Element) -> str:
    seal = only_child(info, "Seal")
    path = child_text(seal, "BaseLoc") if seal is not None else ""
    return resolve(base, path) if path else ""


def _value_path(members: Members, base: str, text: str) -> str:
    """Return the member with the signed value: beside Signature.xml, or from the root as vendors write."""
    candidates = (resolve(base, text), resolve("", text)) if text else ()
    found = next((path for path in candidates if path in members), None)
    if found is None:
        raise FormatError("OFD_MEMBER_MISSING", "SignedValue")
    return found
