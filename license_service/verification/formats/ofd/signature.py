"""From `Signatures.xml` to signatures ready to be judged.

Clause: GB/T 33190-2016, 18 (signatures); GM/T 0099-2020, 7.2.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.oids import canonical_digest
from license_service.verification.document import (
    DigestComparison,
    FormatError,
    ParsedSignature,
)
from license_service.verification.formats.ofd.gbt35275 import parse_plain_signature
from license_service.verification.formats.ofd.seal import SealedSignature, parse_sealed_signature
from license_service.verification.formats.ofd.xml import child_text, children, only_child, parse_xml
from license_service.verification.limits import MAX_SIGNATURES

Members = Mapping[str, bytes]
_DEFAULT_CHECK_METHOD = "MD5"  # GB/T 33190-2016, table 65: absent means MD5, which policy refuses


@dataclass(frozen=True)
class SignatureEntry:
    """Hold one signature with the members it lists and the members that are its own."""

    signature: ParsedSignature
    covered: frozenset[str]
    own: frozenset[str]


def parse_signatures(members: Members, list_path: str) -> tuple[SignatureEntry, ...]:
    """Parse every signature that `Signatures.xml` at `list_path` names.

    Raises:
        FormatError: if a named member is missing or malformed.
    """
    root = parse_xml(_member(members, list_path), "Signatures")
    elements = list(children(root, "Signature"))
    if len(elements) > MAX_SIGNATURES:
        raise FormatError("OFD_TOO_MANY_SIGNATURES")
    return tuple(_entry(members, list_path, i, element) for i, element in enumerate(elements))


def resolve(base: str, path: str) -> str:
    """Resolve a path of the package against the member that names it; back-slashes occur in the field.

    Raises:
        FormatError: `OFD_PATH_ESCAPES` if it leaves the package.
    """
    plain = path.strip().replace("\\", "/")
    joined = plain.lstrip("/") if plain.startswith("/") else posixpath.join(posixpath.dirname(base), plain)
    resolved = posixpath.normpath(joined)
    if resolved.split("/")[0] == "..":
        raise FormatError("OFD_PATH_ESCAPES")
    return resolved


def _entry(members: Members, list_path: str, index: int, element: etree._Element) -> SignatureEntry:
    path = resolve(list_path, element.get("BaseLoc", ""))
    signature_xml = _member(members, path)
    root = parse_xml(signature_xml, "Signature")
    info = only_child(root, "SignedInfo")
    if info is None:
        raise FormatError("OFD_SIGNED_INFO_MISSING")
    value_path = _value_path(members, path, child_text(root, "SignedValue"))
    references = _references(members, path, info)
    value, encoded_seal = _member(members, value_path), b""
    if element.get("Type", "Seal") == "Sign":
        signature = parse_plain_signature(index, value, signature_xml)
    else:
        sealed = parse_sealed_signature(value)
        signature, encoded_seal = _sealed(index, sealed, path, signature_xml), sealed.encoded_seal
    signature = replace(
        signature,
        references=references,
        format_failures=(
            *signature.format_failures,
            *_seal_failures(members, path, info, encoded_seal),
        ),
    )
    covered = frozenset(resolve(path, reference.name) for reference in references)
    return SignatureEntry(signature, covered, frozenset({path, value_path}))


def _sealed(index: int, sealed: SealedSignature, path: str, signature_xml: bytes) -> ParsedSignature:
    named = resolve(path, sealed.property_info)
    failures = () if named == path or not sealed.property_info else ("SES_PROPERTY_INFO_MISMATCH",)
    seal = replace(
        sealed.seal, critical_extensions=(*sealed.seal.critical_extensions, *sealed.critical_extensions)
    )
    return ParsedSignature(
        index=index,
        kind=sealed.kind,
        value=sealed.value,
        signer_certificate=sealed.signer_certificate,
        other_certificates=(seal.maker_certificate,),
        signing_time=sealed.signing_time,
        data_hash=DigestComparison("Signature.xml", "SM3", sealed.data_hash, digest("SM3", signature_xml)),
        seal=seal,
        timestamps=sealed.timestamps,
        format_failures=failures,
    )


def _references(members: Members, base: str, info: etree._Element) -> tuple[DigestComparison, ...]:
    element = only_child(info, "References")
    if element is None:
        return ()
    method = element.get("CheckMethod", _DEFAULT_CHECK_METHOD)
    comparisons = tuple(_reference(members, base, method, item) for item in children(element, "Reference"))
    names = [resolve(base, comparison.name) for comparison in comparisons]
    if len(set(names)) != len(names):
        raise FormatError("OFD_REFERENCE_REPEATED")
    return comparisons


def _reference(members: Members, base: str, method: str, element: etree._Element) -> DigestComparison:
    name = element.get("FileRef", "")
    algorithm = canonical_digest(method) or method
    data = members.get(resolve(base, name))
    try:
        expected = base64.b64decode("".join(child_text(element, "CheckValue").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("OFD_CHECK_VALUE_MALFORMED", name) from error
    actual = digest(algorithm, data) if data is not None else None
    return DigestComparison(name, algorithm, expected, actual, missing=data is None)


def _seal_failures(members: Members, base: str, info: etree._Element, encoded_seal: bytes) -> tuple[str, ...]:
    seal = only_child(info, "Seal")
    path = child_text(seal, "BaseLoc") if seal is not None else ""
    # The seal file is a copy of the seal inside the signed value; a different one is a substitution.
    differs = bool(path) and _member(members, resolve(base, path)) != encoded_seal
    return ("OFD_SEAL_FILE_MISMATCH",) if differs else ()


def _value_path(members: Members, base: str, text: str) -> str:
    """Return the member with the signed value: beside Signature.xml, or from the root as vendors write."""
    candidates = (resolve(base, text), resolve("", text)) if text else ()
    found = next((path for path in candidates if path in members), None)
    if found is None:
        raise FormatError("OFD_MEMBER_MISSING", "SignedValue")
    return found


def _member(members: Members, path: str) -> bytes:
    try:
        return members[path]
    except KeyError:
        raise FormatError("OFD_MEMBER_MISSING", path) from None
