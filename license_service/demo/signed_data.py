"""Make CMS SignedData with the signed attributes a verifier requires.

Clause: RFC 5652, 5; RFC 5035 (signing-certificate-v2); GM/T 0010-2012 (identifiers for SM2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp, x509

from license_service.demo.certificates import Identity
from license_service.demo.keys import SIGNATURE_OIDS
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.oids import SM3


@dataclass(frozen=True)
class Identifiers:
    """Name the content types and the digest of one family of standards."""

    data: str
    signed_data: str
    digest: str
    digest_name: str


STANDARD_IDENTIFIERS = Identifiers(
    "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "SHA256"
)
SM2_IDENTIFIERS = Identifiers("1.2.156.10197.6.1.4.2.1", "1.2.156.10197.6.1.4.2.2", SM3, "SM3")


class _Content(core.Sequence):
    _fields = [
        ("content_type", core.ObjectIdentifier),
        ("content", core.OctetString, {"explicit": 0, "optional": True}),
    ]


class _SignedData(core.Sequence):
    """SignedData whose content types are plain identifiers, so that GM/T's can be written."""

    _fields = [
        ("version", cms.CMSVersion),
        ("digest_algorithms", cms.DigestAlgorithms),
        ("encap_content_info", _Content),
        ("certificates", cms.CertificateSet, {"implicit": 0}),
        ("signer_infos", cms.SignerInfos),
    ]


class _ContentInfo(core.Sequence):
    _fields = [("content_type", core.ObjectIdentifier), ("content", _SignedData, {"explicit": 0})]


def signed_data(
    content: bytes,
    signer: Identity,
    chain: tuple[bytes, ...],
    at: datetime,
    names: Identifiers = STANDARD_IDENTIFIERS,
    *,
    detached: bool = False,
    claims_time: bool = True,
    names_certificate: bool = True,
    stamp: Callable[[bytes], cms.ContentInfo] | None = None,
) -> bytes:
    """Sign `content` and return DER, with the content inside unless `detached`.

    PAdES writes its claimed time elsewhere. `stamp` gets a timestamp over the signature value.
    """
    attributes = _attributes(
        content, signer if names_certificate else None, at if claims_time else None, names
    )
    signature = signer.key.sign(attributes.dump())
    info: dict[str, Any] = {
        "version": "v1",
        "sid": {
            "issuer_and_serial_number": {
                "issuer": signer.asn1.issuer,
                "serial_number": signer.asn1.serial_number,
            }
        },
        "digest_algorithm": {"algorithm": names.digest},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": SIGNATURE_OIDS[signer.key.family]},
        "signature": signature,
    }
    if stamp is not None:
        info["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": [stamp(signature)]}]
    encapsulated: dict[str, Any] = {"content_type": names.data}
    if not detached:
        encapsulated["content"] = content
    signed = _SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": names.digest}],
            "encap_content_info": encapsulated,
            "certificates": [x509.Certificate.load(certificate) for certificate in chain],
            "signer_infos": [info],
        }
    )
    der: bytes = _ContentInfo({"content_type": names.signed_data, "content": signed}).dump()
    return der


def _attributes(
    content: bytes, signer: Identity | None, at: datetime | None, names: Identifiers
) -> cms.CMSAttributes:
    attributes: list[dict[str, Any]] = [
        {"type": "content_type", "values": [names.data]},
        {"type": "message_digest", "values": [digest(names.digest_name, content)]},
    ]
    if signer is not None:
        own = digest(names.digest_name, signer.certificate)
        identifier = {"hash_algorithm": {"algorithm": names.digest}, "cert_hash": own}
        value = tsp.SigningCertificateV2({"certs": [identifier]})
        attributes.append({"type": "signing_certificate_v2", "values": [value]})
    if at is not None:
        moment = cms.Time({"utc_time": at.replace(microsecond=0)})
        attributes.append({"type": "signing_time", "values": [moment]})
    return cms.CMSAttributes(attributes)
