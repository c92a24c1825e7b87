"""Timestamps on checkpoints: that a checkpoint existed at a time, by the clock of somebody else.

1. The token is SignedData over TSTInfo with one signer, and its signed attributes name, by digest, a
   certificate that the auditor pinned. Certificates that came along are not looked at.
2. The signature holds with that certificate's key, which is for timestamping alone, within its validity.
3. The imprint is the digest of the checkpoint's text, which is what the log signed.

Clause: RFC 3161, 2.3 and 2.4.2; RFC 5652, 5.4; RFC 5035; GM/T 0033-2023 (SM2 and SM3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from license_service.audit.der import (
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    Item,
    encode_oid,
    read_item,
    read_items,
)
from license_service.audit.errors import AuditError
from license_service.audit.note import Sm2Check

_Known = TypeVar("_Known")
_SIGNED_DATA = {encode_oid("1.2.840.113549.1.7.2"), encode_oid("1.2.156.10197.6.1.4.2.2")}
_TST_INFO = encode_oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE, _MESSAGE_DIGEST = encode_oid("1.2.840.113549.1.9.3"), encode_oid("1.2.840.113549.1.9.4")
_NAMED_BY_SHA1 = encode_oid("1.2.840.113549.1.9.16.2.12")
_NAMED = encode_oid("1.2.840.113549.1.9.16.2.47")
_DIGESTS: dict[bytes, hashes.HashAlgorithm] = {
    encode_oid("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    encode_oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    encode_oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
    encode_oid("1.2.156.10197.1.401"): hashes.SM3(),
}
_RSA, _ECDSA, _SM2 = "rsa", "ecdsa", "sm2"
_SIGNATURES = {
    encode_oid("1.2.840.113549.1.1.1"): (_RSA, ""),
    encode_oid("1.2.840.113549.1.1.11"): (_RSA, "sha256"),
    encode_oid("1.2.840.113549.1.1.12"): (_RSA, "sha384"),
    encode_oid("1.2.840.113549.1.1.13"): (_RSA, "sha512"),
    encode_oid("1.2.840.10045.4.3.2"): (_ECDSA, "sha256"),
    encode_oid("1.2.840.10045.4.3.3"): (_ECDSA, "sha384"),
    encode_oid("1.2.840.10045.4.3.4"): (_ECDSA, "sha512"),
    encode_oid("1.2.156.10197.1.501"): (_SM2, "sm3"),
    encode_oid("1.2.156.10197.1.301.1"): (_SM2, "sm3"),
}
"""Which family signs, and the digest that must go with it; empty: the one the signer names."""
_LEAST_RSA_BITS = 2048
_CONTEXT_0, _CONTEXT_1, _CONTEXT_3 = 0xA0, 0xA1, 0xA3
_CERTIFICATES_AND_CRLS = frozenset({0xA0, 0xA1})
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_ONLY_STAMPS = bytes.fromhex("30160603551d250101ff040c300a06082b06010505070308")
"""The extension that says: for timestamping, for nothing else, and whoever cannot read this must refuse."""
_TIME = re.compile(r"(\d{14})(?:\.(\d{0,5}[1-9]))?Z")
_CENTURY = 50
_SIGNER_MEMBERS = 6
_VERSION_1, _VERSION_3 = b"\x01", b"\x03"
_SIGNER_VERSIONS = {SEQUENCE: _VERSION_1, 0x80: _VERSION_3}
"""Of a SignerInfo, by how it identifies its certificate: issuer and serial number, or key identifier."""


@dataclass(frozen=True)
class StampAuthority:
    """Hold who may stamp: a pinned certificate, and who verifies SM2 where somebody can."""

    certificate: bytes
    identifier: bytes
    """Issuer and serial number, as CMS writes them."""
    spki: bytes
    valid_from: datetime
    valid_until: datetime
    sm2: Sm2Check | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, certificate: bytes, sm2: Sm2Check | None = None) -> StampAuthority:
        """Read a certificate in DER.

        Raises:
            AuditError: `AUTHORITY_MALFORMED` if it is none, or not for timestamping alone.
        """
        try:
            _, serial, _, issuer, life, _, key, *rest = (
                read_item(certificate).items(SEQUENCE)[0].items(SEQUENCE)
            )
            begin, end = map(_read_time, life.items(SEQUENCE))
            lists = [one for item in rest if item.tag == _CONTEXT_3 for one in read_items(item.content)]
            extensions = {one.whole for item in lists for one in item.items(SEQUENCE)}
        except (IndexError, ValueError) as error:
            raise AuditError("AUTHORITY_MALFORMED") from error
        if _ONLY_STAMPS not in extensions:
            raise AuditError("AUTHORITY_MALFORMED", "not for timestamping alone")
        return cls(certificate, issuer.whole + serial.whole, key.whole, begin, end, sm2)


@dataclass(frozen=True)
class _Signer:
    """Hold one SignerInfo; `attributes` are the signed ones, by type, each with its one value."""

    identifier: Item
    digest: hashes.HashAlgorithm
    family: str
    attributes: dict[bytes, Item]
    signed: bytes
    signature: bytes


def open_stamp(token: bytes, text: str, authorities: Sequence[StampAuthority]) -> datetime:
    """Return the time at which a pinned authority saw a checkpoint's text.

    Raises:
        AuditError: `STAMP_MALFORMED`, `STAMP_ALGORITHM_UNSUPPORTED`, `STAMP_AUTHORITY_UNKNOWN`,
            `STAMP_SIGNATURE_INVALID`, `STAMP_IMPRINT_MISMATCH` or `STAMP_OUT_OF_VALIDITY`.
    """
    try:
        content, signer = _read_token(token)
        authority = next((a for a in authorities if _names(signer, a)), None)
        algorithm, imprint, time = _read_info(content)
        attributes = signer.attributes
        stated = attributes[_CONTENT_TYPE].expect(OID), attributes[_MESSAGE_DIGEST].expect(OCTETS)
    except (ValueError, IndexError, KeyError) as error:
        raise AuditError("STAMP_MALFORMED") from error
    if authority is None:
        raise AuditError("STAMP_AUTHORITY_UNKNOWN")
    if stated != (_TST_INFO, _digest(signer.digest, content)) or not _holds(signer, authority):
        raise AuditError("STAMP_SIGNATURE_INVALID")
    if imprint != _digest(algorithm, text.encode()):
        raise AuditError("STAMP_IMPRINT_MISMATCH")
    if not authority.valid_from <= time <= authority.valid_until:
        raise AuditError("STAMP_OUT_OF_VALIDITY")
    return time


def _read_token(token: bytes) -> tuple[bytes, _Signer]:
    kind, explicit = read_item(token).items(SEQUENCE)
    (signed,) = explicit.items(_CONTEXT_0)
    version, declared, encapsulated, *others = signed.items(SEQUENCE)
    if any(other.tag not in _CERTIFICATES_AND_CRLS for other in others[:-1]):
        raise ValueError("members of another kind")
    content_type, wrapped = encapsulated.items(SEQUENCE)
    stated = version.expect(INTEGER), content_type.expect(OID)
    if kind.expect(OID) not in _SIGNED_DATA or stated != (_VERSION_3, _TST_INFO):
        raise ValueError("no token")
    (content,) = wrapped.items(_CONTEXT_0)
    ((signer,), digests) = others[-1].items(SET), declared.items(SET)
    members = signer.items(SEQUENCE)
    if members[2].whole not in {digest.whole for digest in digests}:
        raise ValueError("a digest that is not declared")
    return content.expect(OCTETS), _read_signer(members)


def _read_signer(members: Sequence[Item]) -> _Signer:
    version, identifier, digest, attributes, algorithm, signature = members[:_SIGNER_MEMBERS]
    if version.expect(INTEGER) != _SIGNER_VERSIONS[identifier.tag]:
        raise ValueError("the version is that of another identifier")
    chosen = _digest_of(digest)
    family, its_digest = _known(_SIGNATURES, algorithm)
    if its_digest not in ("", chosen.name):
        raise ValueError("the signature has another digest")
    values: dict[bytes, Item] = {}
    for attribute in attributes.items(_CONTEXT_0):
        name, several = attribute.items(SEQUENCE)
        (value,) = several.items(SET)
        if name.expect(OID) in values:
            raise ValueError("an attribute occurs twice")
        values[name.content] = value
    signed = bytes([SET]) + attributes.whole[1:]  # RFC 5652, 5.4: as a SET, not as [0]
    return _Signer(identifier, chosen, family, values, signed, signature.expect(OCTETS))


def _read_info(content: bytes) -> tuple[hashes.HashAlgorithm, bytes, datetime]:
    version, policy, imprint, serial, time, *others = read_item(content).items(SEQUENCE)
    if any(
        _is_critical(one) for item in others if item.tag == _CONTEXT_1 for one in read_items(item.content)
    ):
        raise ValueError("a critical extension")
    algorithm, hashed = imprint.items(SEQUENCE)
    policy.expect(OID)
    serial.expect(INTEGER)
    if version.expect(INTEGER) != _VERSION_1 or time.tag != _GENERALIZED_TIME:
        raise ValueError("not version 1")
    return _digest_of(algorithm), hashed.expect(OCTETS), _read_time(time)


def _is_critical(extension: Item) -> bool:
    return any(member.tag == BOOLEAN for member in extension.items(SEQUENCE))


def _names(signer: _Signer, authority: StampAuthority) -> bool:
    """Tell whether the signed attributes name a certificate, by each digest of it that they hold."""
    if signer.identifier.tag == SEQUENCE and signer.identifier.content != authority.identifier:
        return False
    found = [kind for kind in (_NAMED, _NAMED_BY_SHA1) if kind in signer.attributes]
    certificate = authority.certificate
    return bool(found) and all(_identifies(signer.attributes[kind], kind, certificate) for kind in found)


def _identifies(value: Item, kind: bytes, certificate: bytes) -> bool:
    first, *others = value.items(SEQUENCE)[0].items(SEQUENCE)[0].items(SEQUENCE)
    if kind == _NAMED_BY_SHA1:
        # Whoever finds a second certificate with the digest of one that is pinned has broken more than this.
        return first.expect(OCTETS) == _digest(hashes.SHA1(), certificate)  # noqa: S303 - RFC 2634 has no other
    if first.tag == OCTETS:
        return first.content == _digest(hashes.SHA256(), certificate)
    return others[0].expect(OCTETS) == _digest(_digest_of(first), certificate)


def _holds(signer: _Signer, authority: StampAuthority) -> bool:
    if signer.family == _SM2:
        if authority.sm2 is None:
            raise AuditError("STAMP_ALGORITHM_UNSUPPORTED", "SM2 needs the installed service")
        return authority.sm2(authority.spki, signer.signed, signer.signature)
    try:
        key = load_der_public_key(authority.spki)
        if isinstance(key, rsa.RSAPublicKey) and signer.family == _RSA and key.key_size >= _LEAST_RSA_BITS:
            key.verify(signer.signature, signer.signed, padding.PKCS1v15(), signer.digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and signer.family == _ECDSA:
            key.verify(signer.signature, signer.signed, ec.ECDSA(signer.digest))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def _digest_of(algorithm: Item) -> hashes.HashAlgorithm:
    return _known(_DIGESTS, algorithm)


def _known(table: Mapping[bytes, _Known], algorithm: Item) -> _Known:
    name, *parameters = algorithm.items(SEQUENCE)
    if [(p.tag, p.content) for p in parameters] not in ([], [(NULL, b"")]) or name.expect(OID) not in table:
        raise AuditError("STAMP_ALGORITHM_UNSUPPORTED")
    return table[name.content]


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    hasher = hashes.Hash(algorithm)
    hasher.update(data)
    return hasher.finalize()


def _read_time(item: Item) -> datetime:
    text = item.content.decode("ascii")
    if item.tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= _CENTURY else "20") + text
    found = _TIME.fullmatch(text)
    if found is None or item.tag not in (_UTC_TIME, _GENERALIZED_TIME):
        raise ValueError("no time")
    time = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return time.replace(microsecond=int((found[2] or "").ljust(6, "0")))
