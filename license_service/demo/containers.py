"""Sign license fields as JWS and PDF.

Clause: RFC 7515 (JWS, x5c); ETSI EN 319 142-1 (PAdES B-B).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime

from asn1crypto import cms, x509
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
