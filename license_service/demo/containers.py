"""Sign license fields as JWS, CMS and PDF.

Clause: RFC 7515 (JWS, x5c); RFC 5652 and RFC 5035 (CMS); ETSI EN 319 142-1 (PAdES B-B).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asn1crypto import cms, tsp, x509
from pyhanko.pdf_utils import embed, generic, writer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields as pdf_fields
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from license_service.demo.certificates import Identity
from license_service.demo.jose import chain_header, sign_compact, to_json
from license_service.demo.keys import SIGNATURE_OIDS
from license_service.verification.formats.pdf import METADATA_FILE

_SIGNATURE_SPACE = 16384


def sign_jws(fields: Mapping[str, str], signer: Identity, chain: tuple[bytes, ...], at: datetime) -> bytes:
    """Make a compact JWS with the chain in x5c."""
    return sign_compact(chain_header(chain), {**fields, "iat": int(at.timestamp())}, signer.key)


def sign_cms(fields: Mapping[str, str], signer: Identity, chain: tuple[bytes, ...], at: datetime) -> bytes:
    """Make CMS SignedData over attached JSON with the signed attributes a verifier requires."""
    body = to_json(fields)
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [hashlib.sha256(body).digest()]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": at.replace(microsecond=0)})]},
            {"type": "signing_certificate_v2", "values": [_signing_certificate(signer)]},
        ]
    )
    info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": _issuer_and_serial(signer)},
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": SIGNATURE_OIDS[signer.key.family]},
        "signature": signer.key.sign(attributes.dump()),
    }
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data", "content": body},
            "certificates": [x509.Certificate.load(certificate) for certificate in chain],
            "signer_infos": [info],
        }
    )
    der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return der


def sign_pdf(fields: Mapping[str, str], signer: Identity, chain: tuple[bytes, ...]) -> bytes:
    """Make a one-page PDF with the fields as an embedded file, signed as PAdES B-B."""
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(certificate) for certificate in chain])
    pdf_signer = _PdfSigner(signer, store)
    metadata = signers.PdfSignatureMetadata(
        field_name="Issuer",
        md_algorithm="sha256",
        subfilter=pdf_fields.SigSeedSubFilter.PADES,
        embed_validation_info=False,
    )
    signed = signers.PdfSigner(metadata, signer=pdf_signer).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(_pdf_page(fields))), bytes_reserved=_SIGNATURE_SPACE
    )
    data: bytes = signed.getvalue()
    return data


class _PdfSigner(signers.Signer):
    """Sign with a demonstration key."""

    def __init__(self, identity: Identity, store: SimpleCertificateStore) -> None:
        self._identity = identity
        super().__init__(
            signing_cert=identity.asn1,
            cert_registry=store,
            signature_mechanism=cms.SignedDigestAlgorithm({"algorithm": SIGNATURE_OIDS[identity.key.family]}),
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002, FBT002 - the library's interface
        return self._identity.key.sign(data)


def _pdf_page(fields: Mapping[str, str]) -> bytes:
    pdf = writer.PdfFileWriter(stream_xrefs=False)
    lines = [f"{name}: {value}" for name, value in fields.items() if value.isascii()]
    text = ["BT /F1 11 Tf 14 TL 60 760 Td"]
    text += [f"({_pdf_text(line)}) Tj T*" for line in ("HEALTH CERTIFICATE (DEMONSTRATION)", *lines)]
    stream = generic.StreamObject(stream_data="\n".join([*text, "ET"]).encode("ascii"))
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font_object = generic.DictionaryObject(
        {generic.pdf_name(k): generic.pdf_name(v) for k, v in font.items()}
    )
    fonts = generic.DictionaryObject({generic.pdf_name("/F1"): font_object})
    resources = generic.DictionaryObject({generic.pdf_name("/Font"): fonts})
    page = writer.PageObject(contents=pdf.add_object(stream), media_box=(0, 0, 595, 842), resources=resources)
    pdf.insert_page(page)
    embedded = embed.EmbeddedFileObject.from_file_data(
        pdf, data=to_json(fields), mime_type="application/json"
    )
    specification = embed.FileSpec(
        file_spec_string=METADATA_FILE, file_name=METADATA_FILE, embedded_data=embedded
    )
    embed.embed_file(pdf, specification)
    buffer = io.BytesIO()
    pdf.write(buffer)
    return buffer.getvalue()


def _pdf_text(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _signing_certificate(signer: Identity) -> tsp.SigningCertificateV2:
    digest = hashlib.sha256(signer.certificate).digest()
    return tsp.SigningCertificateV2({"certs": [{"cert_hash": digest}]})


def _issuer_and_serial(signer: Identity) -> dict[str, Any]:
    return {"issuer": signer.asn1.issuer, "serial_number": signer.asn1.serial_number}
