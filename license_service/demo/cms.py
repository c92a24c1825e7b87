"""Make CMS SignedData and timestamp tokens, with CMS identifiers, for any key of the demonstration.

Clause: RFC 5652 and RFC 5035 (CMS); GM/T 0010-2012 (SM2 in it); RFC 3161 and GM/T 0033-2023 (tokens).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp, x509

from license_service.demo.certificates import Identity
from license_service.demo.keys import SIGNATURE_OIDS, KeyFamily
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.oids import SM3

_SHA256 = "2.16.840.1.101.3.4.2.1"
_TST_POLICY = "2.999.1"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
DATA, _SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
GMT_DATA, _GMT_SIGNED_DATA = "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.6.1.4.2.2"
"""The content types GM/T 0010 has of its own."""
_DIGESTS = {_SHA256: "SHA256", SM3: "SM3"}

Stamp = Callable[[bytes], bytes]
"""Return a token over bytes."""


class _ContentInfo(core.Sequence):
    """ContentInfo whose type is a plain identifier, so that GM/T's can be written."""

    _fields = [("content_type", core.ObjectIdentifier), ("content", cms.SignedData, {"explicit": 0})]


@dataclass(frozen=True)
class Authority:
    """Stamp bytes as a timestamp authority does; `at` is what its clock says."""

    identity: Identity
    chain: tuple[bytes, ...]
    at: datetime

    def __call__(self, message: bytes) -> bytes:
        """Return a token over `message`."""
        return self.stamp_digest(_hash(digest_of(self.identity), message))

    def stamp_digest(self, hashed: bytes, nonce: int | None = None) -> bytes:
        """Return a token over a digest, which the digest of the authority's own key must have made."""
        oid = digest_of(self.identity)
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": _TST_POLICY,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": oid},
                    "hashed_message": hashed,
                },
                "serial_number": secrets.randbits(63),
                "gen_time": self.at,
                "accuracy": {"seconds": 1},
                **({} if nonce is None else {"nonce": nonce}),
            }
        )
        signer = signer_info(info.dump(), self.identity, None, content_type=_TST_INFO)
        return signed_data(info.dump(), [signer], self.chain, content_type=_TST_INFO)


def sign_cms(
    fields: Mapping[str, str],
    signer: Identity,
    chain: tuple[bytes, ...],
    at: datetime,
    stamp: Stamp | None = None,
) -> bytes:
    """Make SignedData over attached JSON with the signed attributes a verifier requires."""
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return signed_data(body, [signer_info(body, signer, at, stamp=stamp)], chain)


def signer_info(
    content: bytes,
    signer: Identity,
    at: datetime | None,
    *,
    content_type: str = DATA,
    stamp: Stamp | None = None,
    content_stamp: Stamp | None = None,
    names_certificate: bool = True,
) -> cms.SignerInfo:
    """Sign `content` with signed attributes; have the content stamped before, the signature after."""
    oid = digest_of(signer)
    stated = _attributes(_hash(oid, content), at, content_type)
    if names_certificate:
        stated.append(_signing_certificate(signer))
    if content_stamp is not None:
        stated.append({"type": _CONTENT_TIMESTAMP, "values": [_token(content_stamp, content)]})
    attributes = cms.CMSAttributes(stated)
    signature = signer.key.sign(attributes.dump())
    info: dict[str, Any] = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": _issuer_and_serial(signer)},
        "digest_algorithm": {"algorithm": oid},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": SIGNATURE_OIDS[signer.key.family]},
        "signature": signature,
    }
    if stamp is not None:
        token = {"type": "signature_time_stamp_token", "values": [_token(stamp, signature)]}
        info["unsigned_attrs"] = [token]
    return cms.SignerInfo(info)


def signed_data(
    content: bytes | None,
    signers: list[cms.SignerInfo],
    certificates: tuple[bytes, ...],
    *,
    content_type: str = DATA,
) -> bytes:
    """Wrap signers and certificates with the content, or without it where it is detached."""
    digests = {signer["digest_algorithm"]["algorithm"].dotted for signer in signers}
    encapsulated: dict[str, Any] = {"content_type": content_type}
    if content is not None:
        plain = content_type == DATA
        encapsulated["content"] = content if plain else core.ParsableOctetString(content)
    stored = [x509.Certificate.load(certificate) for certificate in certificates]
    signed = cms.SignedData(
        {
            "version": "v1" if content_type == DATA else "v3",
            "digest_algorithms": [{"algorithm": oid} for oid in sorted(digests)],
            "encap_content_info": encapsulated,
            **({"certificates": stored} if stored else {}),
            "signer_infos": signers,
        }
    )
    outer = _GMT_SIGNED_DATA if content_type == GMT_DATA else _SIGNED_DATA
    der: bytes = _ContentInfo({"content_type": outer, "content": signed}).dump()
    return der


def digest_of(signer: Identity) -> str:
    """Return the digest that goes with a key, as OID."""
    return SM3 if signer.key.family is KeyFamily.SM2 else _SHA256


def _attributes(content_digest: bytes, at: datetime | None, content_type: str) -> list[dict[str, Any]]:
    attributes: list[dict[str, Any]] = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [content_digest]},
    ]
    if at is not None:
        time = cms.Time({"utc_time": at.replace(microsecond=0)})
        attributes.append({"type": "signing_time", "values": [time]})
    return attributes


def _signing_certificate(signer: Identity) -> dict[str, Any]:
    oid = digest_of(signer)
    certificate = {"hash_algorithm": {"algorithm": oid}, "cert_hash": _hash(oid, signer.certificate)}
    return {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [certificate]})]}


def _token(stamp: Stamp, message: bytes) -> cms.ContentInfo:
    return cms.ContentInfo.load(stamp(message))


def _issuer_and_serial(signer: Identity) -> dict[str, Any]:
    return {"issuer": signer.asn1.issuer, "serial_number": signer.asn1.serial_number}


def _hash(oid: str, data: bytes) -> bytes:
    return digest(_DIGESTS[oid], data) or b""
