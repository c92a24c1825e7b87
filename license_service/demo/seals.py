"""Make electronic seals and the signatures made with them, in all three generations.

Clause: GM/T 0031-2014, 5 and 6 (v1); GB/T 38540-2020, 6.1 and 7.1 (v4; v5 adds a timestamp to the seal).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from asn1crypto import core, parser
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from license_service.demo.certificates import Identity, Life
from license_service.demo.keys import SIGNATURE_OIDS
from license_service.verification.crypto.digests import digest
from license_service.verification.crypto.sm2_digest import sm3_with_z
from license_service.verification.formats.ofd import seal_asn1 as ses

_VENDOR = "DEMO"
_UNIT_SEAL = 1
_SEAL_AGE, _SEAL_YEARS = timedelta(days=180), timedelta(days=3650)
_SM2_BYTES = 32
_SEQUENCE = (0, 1, 16)  # class, method, tag

Stamp = Callable[[bytes], bytes]
"""Return a timestamp token over a message."""


class SealVersion(IntEnum):
    """The generations of seals."""

    V1 = 1
    V4 = 4
    V5 = 5


class Listing(StrEnum):
    """How a seal lists the certificates that may sign with it."""

    CERTIFICATE = "certificate"
    SM3 = "SM3"
    SHA256 = "SHA256"
    SM3_WITH_Z = "SM3 with Z"


@dataclass(frozen=True)
class SealExtension:
    """Hold an extension of a seal."""

    oid: str
    critical: bool


@dataclass(frozen=True)
class Sealing:
    """Say who made the seal, who signs with it, which certificates it lists, and what is unusual about it.

    `algorithm` is the OID written for the signature where it is not that of the key; `raw` writes r then
    s; `hash_with_z` computes the data hash as some vendors do; `tagged` puts v1 extensions under [0];
    `life` is the seal's, by default ten years from half a year before it is used.
    """

    maker: Identity
    signer: Identity
    listed: tuple[bytes, ...]
    name: str
    version: SealVersion = SealVersion.V4
    listing: Listing = Listing.CERTIFICATE
    extensions: tuple[SealExtension, ...] = ()
    tagged: bool = False
    raw: bool = False
    hash_with_z: bool = False
    algorithm: str = ""
    life: Life | None = None
    stamp_seal: Stamp | None = None
    stamp_signature: Stamp | None = None

    type = "Seal"

    def sign(self, signature_xml: bytes, path: str, at: datetime) -> bytes:
        """Return SES_Signature over the bytes of the Signature.xml at `path`."""
        with_z = sm3_with_z(self.signer.key.spki(), signature_xml) if self.hash_with_z else None
        tbs = {
            "version": self.version,
            "data_hash": _bits(with_z or digest("SM3", signature_xml) or b""),
            "property_info": f"/{path}",
        }
        moment = at.replace(microsecond=0)
        der: bytes = (self._v1 if self.version is SealVersion.V1 else self._v4)(tbs, moment).dump()
        return der

    @property
    def _oid(self) -> str:
        return self.algorithm or SIGNATURE_OIDS[self.signer.key.family]

    def _v1(self, tbs: dict[str, Any], at: datetime) -> ses.SignatureV1:
        info = ses.SealInfoV1(self._seal_info(at, ses.Certificates(self.listed)))
        if self.extensions:
            info["tagged_ext_datas" if self.tagged else "ext_datas"] = self._extensions()
        maker = SIGNATURE_OIDS[self.maker.key.family]
        parts = (info, core.OctetString(self.maker.certificate), core.ObjectIdentifier(maker))
        signed = parser.emit(*_SEQUENCE, b"".join(part.dump() for part in parts))
        seal = {
            "info": info,
            "sign_info": {
                "cert": self.maker.certificate,
                "algorithm": maker,
                "signature": _bits(self.maker.key.sign(signed)),
            },
        }
        body = ses.TbsV1(
            {
                **tbs,
                "seal": seal,
                "time_info": _bits(at.isoformat().encode()),
                "cert": self.signer.certificate,
                "algorithm": self._oid,
            }
        )
        return ses.SignatureV1({"tbs": body, "signature": _bits(self._value(body.dump()))})

    def _v4(self, tbs: dict[str, Any], at: datetime) -> ses.SignatureV4:
        info = ses.SealInfoV4(self._seal_info(at, self._list()))
        if self.extensions:
            info["ext_datas"] = self._extensions()
        seal_value = self.maker.key.sign(info.dump())
        seal = ses.SealV4(
            {
                "info": info,
                "cert": self.maker.certificate,
                "algorithm": SIGNATURE_OIDS[self.maker.key.family],
                "signature": _bits(seal_value),
                **_stamped(self.stamp_seal, seal_value),
            }
        )
        body = ses.TbsV4({**tbs, "seal": seal, "time_info": at})
        value = self._value(body.dump())
        return ses.SignatureV4(
            {
                "tbs": body,
                "cert": self.signer.certificate,
                "algorithm": self._oid,
                "signature": _bits(value),
                **_stamped(self.stamp_signature, value),
            }
        )

    def _value(self, data: bytes) -> bytes:
        return raw_value(self.signer.key.sign(data)) if self.raw else self.signer.key.sign(data)

    def _seal_info(self, at: datetime, listed: core.SequenceOf) -> dict[str, Any]:
        life = self.life or Life(at - _SEAL_AGE, at - _SEAL_AGE + _SEAL_YEARS)
        by_type = {"cert_list_type": 1 if self.listing is Listing.CERTIFICATE else 2}
        return {
            "header": {"id": "ES", "version": self.version, "vid": _VENDOR},
            "es_id": self.signer.asn1.subject.native["common_name"],
            "property": {
                "type": _UNIT_SEAL,
                "name": self.name,
                **(by_type if self.version is not SealVersion.V1 else {}),
                "cert_list": listed,
                "create_date": life.start,
                "valid_start": life.start,
                "valid_end": life.end,
            },
            "picture": {"type": "PNG", "data": _seal_picture(), "width": 40, "height": 40},
        }

    def _list(self) -> core.SequenceOf:
        if self.listing is Listing.CERTIFICATE:
            return ses.Certificates(self.listed)
        values = [self._digest(certificate) for certificate in self.listed]
        return ses.CertificateDigests([{"type": self.listing, "value": value} for value in values])

    def _digest(self, certificate: bytes) -> bytes:
        if self.listing is Listing.SM3_WITH_Z:
            return sm3_with_z(self.signer.key.spki(), certificate) or b""
        return digest(self.listing, certificate) or b""

    def _extensions(self) -> ses.ExtDatas:
        return ses.ExtDatas(
            [{"extn_id": e.oid, "critical": e.critical, "extn_value": b"\x05\x00"} for e in self.extensions]
        )


def raw_value(der: bytes) -> bytes:
    """Write an SM2 signature as r then s."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(_SM2_BYTES) + s.to_bytes(_SM2_BYTES)


def _stamped(stamp: Stamp | None, value: bytes) -> dict[str, Any]:
    return {"timestamp": _bits(stamp(value))} if stamp else {}


def _seal_picture() -> bytes:
    """Draw a red ring as PNG (ISO/IEC 15948)."""
    size, inner, outer = 80, 32**2, 39**2
    rows = bytearray()
    for y in range(size):
        rows.append(0)
        for x in range(size):
            distance = (x - size // 2) ** 2 + (y - size // 2) ** 2
            rows += b"\xd0\x10\x10\xff" if inner <= distance <= outer else b"\0\0\0\0"
    header = struct.pack(">2I5B", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bits(data: bytes) -> core.OctetBitString:
    return core.OctetBitString(data).cast(core.BitString)
