"""Sign PDF papers under a certificate for the key of papers: PAdES B-B (ETSI EN 319 142-1)."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime

from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from license_service.adapters.paper_key_ring import PaperKeyRing

_FIELD, _DIGEST = "Authority", "sha256"
_RESERVED = 16384
"""Bytes for the signature with its certificates."""


class PdfSignature:
    """Sign with the key of papers that a certificate is of, under that certificate.

    Raises:
        ConfigurationError: as `PaperKeyRing.certified`.
    """

    def __init__(self, ring: PaperKeyRing) -> None:
        self._ring = ring
        self._signer()

    def sign(self, document: bytes, at: datetime) -> bytes:
        """Return the document with a signature that states `at` as its time."""
        steps = PdfCMSEmbedder().write_cms(_FIELD, IncrementalPdfFileWriter(io.BytesIO(document)))
        next(steps)
        space = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=_RESERVED)
        steps.send(SigObjSetup(space))
        prepared, output = steps.send(SigIOSetup(md_algorithm=_DIGEST))
        signing = self._signer().async_sign(
            prepared.document_digest, _DIGEST, use_pades=True, signed_attr_settings=PdfCMSSignedAttributes()
        )
        steps.send(asyncio.run(signing))
        written: bytes = output.getvalue()
        return written

    def _signer(self) -> SimpleSigner:
        key, chain = self._ring.certified()
        first, *issuers = [x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in chain]
        return SimpleSigner(first, keys.PrivateKeyInfo.load(key), SimpleCertificateStore.from_certs(issuers))
