"""The ring of keys that sign papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate, load_pem_x509_certificates
from joserfc import jws
from joserfc.jwk import ECKey

from license_service.adapters.p256_key_ring import ALGORITHM, P256KeyRing, identify
from license_service.clock import Clock
from license_service.errors import ConfigurationError, KeyStateError
from license_service.services.proving.key_records import KeyRecord

PAPER = "paper"
_TYPE = "license-service-paper+jws"


class PaperKeyRing(P256KeyRing):
    """Hold the keys of papers; the first is `paper.key` in `directory`.

    `certificates` is a PEM file: the certificate of one of them, under which PDF papers are signed, then its
    issuers. It is read at each use, so that a certificate of a new key takes the old one's place there.

    Raises:
        ConfigurationError: as `P256KeyRing`.
    """

    def __init__(self, directory: Path, clock: Clock, certificates: Path | None = None) -> None:
        super().__init__(directory, PAPER, clock)
        self._certificates = certificates

    def sign(self, payload: bytes) -> str:
        """Return a compact JWS over a payload; its `kid` is the key's thumbprint (RFC 7638)."""
        key = ECKey.import_key(self.newest())
        header = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": _TYPE}
        return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])

    def certified(self) -> tuple[bytes, Sequence[Certificate]]:
        """Return the key that the certificate is of, in DER (PKCS#8), and the chain.

        Raises:
            ConfigurationError: if there is no certificate, or the first is of no active key.
        """
        chain = self._chain()
        for key in self.active():
            if chain and key.public_key() == chain[0].public_key():
                return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), chain
        raise ConfigurationError(f"{self._certificates}: the first certificate is of no active key of papers")

    def retire(self, identifier: str, now: datetime) -> KeyRecord:
        """Let an active key sign no more.

        Raises:
            KeyStateError: as `KeyRing`, or if PDF papers are signed under its certificate.
        """
        chain = self._chain()
        public = chain[0].public_key() if chain else None
        if isinstance(public, EllipticCurvePublicKey) and identifier == identify(public):
            raise KeyStateError(
                "the certificate of papers is of this key: put one of the new key in its place"
            )
        return super().retire(identifier, now)

    def _chain(self) -> Sequence[Certificate]:
        if self._certificates is None:
            return ()
        try:
            return load_pem_x509_certificates(self._certificates.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self._certificates} holds no certificates in PEM") from error
