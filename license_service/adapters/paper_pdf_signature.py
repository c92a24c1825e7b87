"""Sign PDF papers under a certificate for the key of papers: PAdES B-B (ETSI EN 319 142-1)."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime
from pathlib import Path

from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate, load_pem_x509_certificates
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from license_service.adapters.paper_key_files import load_paper_key
from license_service.errors import ConfigurationError

_FIELD, _DIGEST = "Authority", "sha256"
_RESERVED = 16384
"""Bytes for the signature with its certificates."""


class PdfSignature:
    """Sign with the key in `directory` under the first of `certificates` (PEM), its issuers after it.

    Raises:
        ConfigurationError: if there is no certificate, or the first is another key's.
    """

    def __init__(self, directory: Path, certificates: Path) -> None:
        key, chain = load_paper_key(directory), _read(certificates)
        if chain[0].public_key() != key.public_key():
            raise ConfigurationError(f"{certificates}: the first certificate is not of the key of papers")
        written = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        first, *issuers = [x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in chain]
        self._signer = SimpleSigner(
            first, keys.PrivateKeyInfo.load(written), SimpleCertificateStore.from_certs(issuers)
        )

    def sign(self, document: bytes, at: datetime) -> bytes:
        """Return the document with a signature that states `at` as its time."""
        steps = PdfCMSEmbedder().write_cms(_FIELD, IncrementalPdfFileWriter(io.BytesIO(document)))
        next(steps)
        space = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=_RESERVED)
        steps.send(SigObjSetup(space))
        prepared, output = steps.send(SigIOSetup(md_algorithm=_DIGEST))
        signing = self._signer.async_sign(
            prepared.document_digest, _DIGEST, use_pades=True, signed_attr_settings=PdfCMSSignedAttributes()
        )
        steps.send(asyncio.run(signing))
        written: bytes = output.getvalue()
        return written


def _read(file: Path) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} holds no certificates in PEM") from error
