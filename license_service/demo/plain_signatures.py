"""Sign a Signature.xml without a seal: GB/T 35275 SignedData as vendors write it, or a bare SM2 value.

Clause: GM/T 0099-2020, 7.2.2 b); GB/T 35275-2017, 9.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from asn1crypto import cms, core, parser, x509

from license_service.demo.certificates import Identity
from license_service.demo.seals import raw_value
from license_service.verification.crypto.digests import digest

_GMT_DATA, _GMT_SIGNED_DATA = "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.6.1.4.2.2"
_SEQUENCE, _CONTEXT_0 = (0, 1, 16), (2, 1, 0)  # class, method, tag
_PKCS7_DATA = "1.2.840.113549.1.7.1"
_SM3, _SM2_SIGN, _SM2_WITH_SM3 = "1.2.156.10197.1.401", "1.2.156.10197.1.301.1", "1.2.156.10197.1.501"


class PlainEncoding(StrEnum):
    """The four encodings met in the field."""

    ATTRIBUTES = "attributes"
    HASH = "hash"
    BASE64 = "base64"
    BARE = "bare"


@dataclass(frozen=True)
class PlainSigning:
    """Say who signs, with which certificates in the file, and in which encoding."""

    signer: Identity
    chain: tuple[bytes, ...]
    encoding: PlainEncoding = PlainEncoding.ATTRIBUTES
    raw: bool = False

    type = "Sign"

    def sign(self, signature_xml: bytes, _path: str, at: datetime) -> bytes:
        """Return the signed value over the bytes of a Signature.xml."""
        hashed = digest("SM3", signature_xml) or b""
        match self.encoding:
            case PlainEncoding.BARE:
                return self._value(signature_xml)
            case PlainEncoding.HASH:
                return self._signed_data(hashed, _SM2_WITH_SM3, {"signature": self._value(hashed)})
            case PlainEncoding.BASE64:
                content = base64.b64encode(hashed)
                return self._signed_data(content, _SM2_WITH_SM3, {"signature": self._value(content)})
            case PlainEncoding.ATTRIBUTES:
                attributes = _attributes(hashed, at)
                value = {"signed_attrs": attributes, "signature": self._value(attributes.dump())}
                return self._signed_data(None, _SM2_SIGN, value)

    def _value(self, data: bytes) -> bytes:
        return raw_value(self.signer.key.sign(data)) if self.raw else self.signer.key.sign(data)

    def _signed_data(self, content: bytes | None, algorithm: str, signed: dict[str, Any]) -> bytes:
        certificate = self.signer.asn1
        signer = {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {
                    "issuer": certificate.issuer,
                    "serial_number": certificate.serial_number,
                }
            },
            "digest_algorithm": {"algorithm": _SM3},
            "signature_algorithm": {"algorithm": algorithm},
            **signed,
        }
        body = cms.SignedData(
            {
                "version": "v1",
                "digest_algorithms": [{"algorithm": _SM3}],
                "encap_content_info": {
                    "content_type": _PKCS7_DATA if content is None else _GMT_DATA,
                    **({} if content is None else {"content": core.OctetString(content, explicit=0)}),
                },
                "certificates": [x509.Certificate.load(item) for item in self.chain],
                "signer_infos": [signer],
            }
        )
        tagged = parser.emit(*_CONTEXT_0, body.dump())
        der: bytes = parser.emit(*_SEQUENCE, core.ObjectIdentifier(_GMT_SIGNED_DATA).dump() + tagged)
        return der


def _attributes(hashed: bytes, at: datetime) -> cms.CMSAttributes:
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": [_GMT_DATA]},
            {"type": "message_digest", "values": [hashed]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": at.replace(microsecond=0)})]},
        ]
    )
