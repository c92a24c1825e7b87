"""Make an OFD license with an electronic seal (GB/T 38540 v4) and GB/T 36903 metadata.

Clause: GB/T 33190-2016, 7 and 18; GB/T 38540-2020, 6.1 and 7.1; GB/T 36905-2018.
"""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from asn1crypto import core

from license_service.demo.certificates import Identity
from license_service.demo.keys import SIGNATURE_OIDS, KeyFamily
from license_service.verification.crypto.digests import digest
from license_service.verification.formats.ofd import seal_asn1 as ses

_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_SM3 = "1.2.156.10197.1.401"
_VENDOR = "DEMO"
_V4 = 4
_UNIT_SEAL = 1
_CERTIFICATES = 1
_SEAL_YEARS = timedelta(days=3650)
_SIGNATURE_XML = "Doc_0/Signs/Sign_0/Signature.xml"
_SIGNED_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
_SIGNATURES_XML = "Doc_0/Signs/Signatures.xml"
_EPOCH = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sealing:
    """Say who made the seal, who signs with it, and which certificates it lists."""

    maker: Identity
    signer: Identity
    listed: tuple[bytes, ...]
    name: str


def sign_ofd(fields: Mapping[str, str], sealing: Sealing, at: datetime) -> bytes:
    """Make the signed package."""
    members = _content(fields)
    members[_SIGNATURES_XML] = _signatures_xml()
    signature_xml = _signature_xml(members)
    members[_SIGNATURE_XML] = signature_xml
    members[_SIGNED_VALUE] = _sealed_signature(signature_xml, sealing, at)
    return pack(members)


def pack(members: Mapping[str, bytes]) -> bytes:
    """Zip members with fixed times, so that equal content is equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the members of a package of our own."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _content(fields: Mapping[str, str]) -> dict[str, bytes]:
    datas = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(value)}</ofd:CustomData>"
        for name, value in fields.items()
    )
    root = (
        f'<ofd:OFD {_NAMESPACE} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:CustomDatas>{datas}</ofd:CustomDatas></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        f"<ofd:Signatures>{_SIGNATURES_XML}</ofd:Signatures></ofd:DocBody></ofd:OFD>"
    )
    document = (
        f"<ofd:Document {_NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>100</ofd:MaxUnitID><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 297 210</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>"
        '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>'
    )
    return {
        "OFD.xml": _xml(root),
        "Doc_0/Document.xml": _xml(document),
        "Doc_0/Pages/Page_0/Content.xml": _xml(_page(fields)),
    }


def _page(fields: Mapping[str, str]) -> str:
    objects = "".join(
        f'<ofd:TextObject ID="{10 + i}" Boundary="20 {20 + 10 * i} 250 8" Font="1" Size="4">'
        f'<ofd:TextCode X="0" Y="4">{escape(f"{name} {value}")}</ofd:TextCode></ofd:TextObject>'
        for i, (name, value) in enumerate(fields.items())
    )
    layer = f'<ofd:Layer ID="2">{objects}</ofd:Layer>'
    return f"<ofd:Page {_NAMESPACE}><ofd:Content>{layer}</ofd:Content></ofd:Page>"


def _signatures_xml() -> bytes:
    return _xml(
        f"<ofd:Signatures {_NAMESPACE}><ofd:MaxSignId>1</ofd:MaxSignId>"
        f'<ofd:Signature ID="s001" Type="Seal" BaseLoc="/{_SIGNATURE_XML}"/></ofd:Signatures>'
    )


def _signature_xml(members: Mapping[str, bytes]) -> bytes:
    covered = {name: data for name, data in members.items() if name != _SIGNATURES_XML}
    references = "".join(
        f'<ofd:Reference FileRef="/{name}">'
        f"<ofd:CheckValue>{_check_value(data)}</ofd:CheckValue></ofd:Reference>"
        for name, data in covered.items()
    )
    return _xml(
        f'<ofd:Signature {_NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="{_VENDOR}" Version="1.0"/>'
        f"<ofd:SignatureMethod>{SIGNATURE_OIDS[KeyFamily.SM2]}</ofd:SignatureMethod>"
        f'<ofd:References CheckMethod="{_SM3}">{references}</ofd:References>'
        '<ofd:StampAnnot ID="1" PageRef="1" Boundary="200 140 40 40"/></ofd:SignedInfo>'
        f"<ofd:SignedValue>/{_SIGNED_VALUE}</ofd:SignedValue></ofd:Signature>"
    )


def _sealed_signature(signature_xml: bytes, sealing: Sealing, at: datetime) -> bytes:
    algorithm = SIGNATURE_OIDS[sealing.signer.key.family]
    tbs = ses.TbsV4(
        {
            "version": _V4,
            "seal": _seal(sealing, at),
            "time_info": at.replace(microsecond=0),
            "data_hash": _bits(digest("SM3", signature_xml) or b""),
            "property_info": f"/{_SIGNATURE_XML}",
        }
    )
    signature = ses.SignatureV4(
        {
            "tbs": tbs,
            "cert": sealing.signer.certificate,
            "algorithm": algorithm,
            "signature": _bits(sealing.signer.key.sign(tbs.dump())),
        }
    )
    der: bytes = signature.dump()
    return der


def _seal(sealing: Sealing, at: datetime) -> ses.SealV4:
    start = at.replace(microsecond=0) - timedelta(days=180)
    info = ses.SealInfoV4(
        {
            "header": {"id": "ES", "version": _V4, "vid": _VENDOR},
            "es_id": sealing.signer.asn1.subject.native["common_name"],
            "property": {
                "type": _UNIT_SEAL,
                "name": sealing.name,
                "cert_list_type": _CERTIFICATES,
                "cert_list": ses.Certificates(sealing.listed),
                "create_date": start,
                "valid_start": start,
                "valid_end": start + _SEAL_YEARS,
            },
            "picture": {"type": "PNG", "data": _seal_picture(), "width": 40, "height": 40},
        }
    )
    return ses.SealV4(
        {
            "info": info,
            "cert": sealing.maker.certificate,
            "algorithm": SIGNATURE_OIDS[sealing.maker.key.family],
            "signature": _bits(sealing.maker.key.sign(info.dump())),
        }
    )


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


def _check_value(data: bytes) -> str:
    return base64.b64encode(digest("SM3", data) or b"").decode()


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()
