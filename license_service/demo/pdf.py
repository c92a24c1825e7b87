"""Make signed PDFs: PAdES B-B, B-T, B-LT and B-LTA, certification, and SM2 with SM3.

Each function appends one revision to the bytes it is given. Clause: ETSI EN 319 142-1 (PAdES);
ISO 32000-2, 12.8; GM/T 0010-2012 (SM2 in CMS).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils import embed, generic, writer
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields as pdf_fields
from pyhanko.sign import signers
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from license_service.demo.certificates import Identity
from license_service.demo.cms import DATA, GMT_DATA, Authority, signed_data, signer_info
from license_service.demo.keys import KeyFamily
from license_service.verification.formats.pdf.sources import JSON_FILE

_SIGNATURE_SPACE = 16384


@dataclass(frozen=True)
class PdfSigning:
    """Say how to sign: by whom, in which field, and what the signature permits, locks, shows and proves."""

    signer: Identity
    chain: tuple[bytes, ...]
    field: str = "Issuer"
    subfilter: pdf_fields.SigSeedSubFilter = pdf_fields.SigSeedSubFilter.PADES
    certify: pdf_fields.MDPPerm | None = None
    lock: pdf_fields.FieldMDPSpec | None = None
    tsa: Authority | None = None
    box: tuple[int, int, int, int] | None = None
    reserved: int = _SIGNATURE_SPACE
    names_certificate: bool = True


def write_pdf(
    files: Mapping[str, bytes],
    lines: tuple[str, ...] = (),
    *,
    xmp: bytes = b"",
    password: str | None = None,
    packed: bool = False,
) -> bytes:
    """Make an unsigned page with lines of text and embedded files.

    `xmp` is a packet of metadata, `password` encrypts with AES-256, `packed` puts objects into streams.
    """
    pdf = (_PlainWriter if xmp else writer.PdfFileWriter)(stream_xrefs=packed)
    if password is not None:
        pdf.encrypt("owner", password, pdf_mac=False)
    pack = pdf.prepare_object_stream() if packed else None
    text = ["BT /F1 11 Tf 14 TL 60 760 Td"]
    text += [f"({_pdf_text(line)}) Tj T*" for line in lines]
    stream = generic.StreamObject(stream_data="\n".join([*text, "ET"]).encode("ascii"))
    fonts = generic.DictionaryObject({pdf_name("/F1"): _font()})
    resources = generic.DictionaryObject({pdf_name("/Font"): fonts})
    pdf.insert_page(
        writer.PageObject(contents=pdf.add_object(stream), media_box=(0, 0, 595, 842), resources=resources)
    )
    for name, data in files.items():
        embedded = embed.EmbeddedFileObject.from_file_data(pdf, data=data, mime_type="application/json")
        embed.embed_file(pdf, embed.FileSpec(file_spec_string=name, file_name=name, embedded_data=embedded))
    if pack is not None:
        pdf.add_object(generic.DictionaryObject({pdf_name("/Packed"): _font()}), obj_stream=pack)
        pdf.root[pdf_name("/PieceInfo")] = pdf.add_object(_font(), obj_stream=pack)
    if xmp:
        types = {pdf_name("/Type"): pdf_name("/Metadata"), pdf_name("/Subtype"): pdf_name("/XML")}
        pdf.root[pdf_name("/Metadata")] = pdf.add_object(generic.StreamObject(types, stream_data=xmp))
    buffer = io.BytesIO()
    pdf.write(buffer)
    return buffer.getvalue()


def write_license(fields: Mapping[str, str]) -> bytes:
    """Make the unsigned page of a license: its ASCII fields as text, all of them as `license.json`."""
    lines = [f"{name}: {value}" for name, value in fields.items() if value.isascii()]
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return write_pdf({JSON_FILE: body}, ("HEALTH CERTIFICATE (DEMONSTRATION)", *lines))


def sign_pdf(data: bytes, signing: PdfSigning, at: datetime, password: str | None = None) -> bytes:
    """Append a signature: PAdES B-B, B-T with a timestamp authority, or SM2 with SM3 by the signer's key."""
    update = _SigningUpdate(io.BytesIO(data))
    if password is not None:
        update.encrypt(password)
    steps = cms_embedder.PdfCMSEmbedder(_new_field(signing)).write_cms(signing.field, update)
    next(steps)
    placeholder = SignatureObject(timestamp=at, subfilter=signing.subfilter, bytes_reserved=signing.reserved)
    steps.send(cms_embedder.SigObjSetup(placeholder, mdp_setup=_permissions(signing)))
    # pyHanko cannot digest with SM3: the content is read back from what it wrote.
    prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm="sha256"))
    written = output.getvalue()
    covered = written[: prepared.reserved_region_start] + written[prepared.reserved_region_end :]
    steps.send(_structure(covered, signing, at))
    return _bytes(output)


def add_security_store(data: bytes, certificates: tuple[bytes, ...], crls: tuple[bytes, ...]) -> bytes:
    """Append a DSS, which makes B-LT of B-T."""
    output = io.BytesIO(data)
    DocumentSecurityStore.add_dss(
        output,
        None,
        certs=[x509.Certificate.load(certificate) for certificate in certificates],
        crls=[crl.CertificateList.load(item) for item in crls],
    )
    return output.getvalue()


def add_document_timestamp(data: bytes, tsa: Authority, field: str = "Archive") -> bytes:
    """Append a DocTimeStamp, which makes B-LTA of B-LT."""
    stamped = signers.PdfTimeStamper(_DemoTimeStamper(tsa), field_name=field).timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(data)), "sha256", bytes_reserved=_SIGNATURE_SPACE
    )
    return _bytes(stamped)


class _DemoTimeStamper(TimeStamper):
    """Let pyHanko ask the demonstration's authority, which it gives a digest and not the message."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        self._authority = authority

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over the digest."""
        _ = md_algorithm
        return cms.ContentInfo.load(self._authority.stamp_digest(message_digest))


class _MetadataAsGiven:
    """Leave metadata alone: pyHanko writes an XMP packet anew and drops properties it does not know."""

    def _update_meta(self) -> None:
        """Change nothing."""


class _PlainWriter(_MetadataAsGiven, writer.PdfFileWriter):
    pass


class _SigningUpdate(_MetadataAsGiven, IncrementalPdfFileWriter):
    pass


def _structure(covered: bytes, signing: PdfSigning, at: datetime) -> bytes:
    # PAdES writes its claimed time elsewhere.
    pades = signing.subfilter is pdf_fields.SigSeedSubFilter.PADES
    content_type = GMT_DATA if signing.signer.key.family is KeyFamily.SM2 else DATA
    info = signer_info(
        covered,
        signing.signer,
        None if pades else at,
        content_type=content_type,
        stamp=signing.tsa,
        names_certificate=signing.names_certificate,
    )
    return signed_data(None, [info], signing.chain, content_type=content_type)


def _new_field(signing: PdfSigning) -> pdf_fields.SigFieldSpec | None:
    return pdf_fields.SigFieldSpec(signing.field, box=signing.box) if signing.box else None


def _permissions(signing: PdfSigning) -> cms_embedder.SigMDPSetup | None:
    if signing.certify is None and signing.lock is None:
        return None
    return cms_embedder.SigMDPSetup(
        md_algorithm="sha256",
        certify=signing.certify is not None,
        docmdp_perms=signing.certify,
        field_lock=signing.lock,
    )


def _bytes(buffer: io.BytesIO) -> bytes:
    return buffer.getvalue()


def _font() -> generic.DictionaryObject:
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    return generic.DictionaryObject({pdf_name(key): pdf_name(value) for key, value in font.items()})


def _pdf_text(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
