"""Private keys of the demonstration, in three families behind one interface."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from license_service.verification.crypto import libcrypto

_RSA_BITS = 3072


class KeyFamily(StrEnum):
    """The algorithm families; each is a branch of the PKI."""

    SM2 = "sm2"
    EC = "ec"
    RSA = "rsa"


SIGNATURE_OIDS = {
    KeyFamily.SM2: "1.2.156.10197.1.501",
    KeyFamily.EC: "1.2.840.10045.4.3.2",
    KeyFamily.RSA: "1.2.840.113549.1.1.11",
}


@dataclass(frozen=True)
class PrivateKey:
    """Hold a private key as PKCS#8 DER; made at run time, never committed."""

    family: KeyFamily
    der: bytes

    def spki(self) -> bytes:
        """Return the SubjectPublicKeyInfo."""
        if self.family is KeyFamily.SM2:
            return libcrypto.sm2_public_spki(self.der)
        return self._load().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Sign with the family's algorithm: SM2-SM3, ECDSA-SHA256 in DER, or RSA-SHA256."""
        if self.family is KeyFamily.SM2:
            return libcrypto.sm2_sign(self.der, data)
        key = self._load()
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return key.sign(data, ec.ECDSA(hashes.SHA256()))

    def public_info(self) -> asn1_keys.PublicKeyInfo:
        """Return the public key as asn1crypto has it."""
        return asn1_keys.PublicKeyInfo.load(self.spki())

    def save(self, path: Path) -> None:
        """Write the key as PEM with mode 600."""
        path.touch(mode=0o600)
        path.write_bytes(pem.armor("PRIVATE KEY", self.der))

    def _load(self) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        # The key was made here; testing its primes anew costs a hundred times what signing does.
        key = serialization.load_der_private_key(self.der, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise TypeError(f"not a key of the {self.family} family")
        return key


def generate_key(family: KeyFamily) -> PrivateKey:
    """Make a fresh key: SM2, P-256, or RSA with 3072 bits."""
    if family is KeyFamily.SM2:
        return PrivateKey(family, libcrypto.generate_sm2_key())
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if family is KeyFamily.EC:
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(65537, _RSA_BITS)
    return PrivateKey(family, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def load_key(path: Path, family: KeyFamily) -> PrivateKey:
    """Read a key written by `PrivateKey.save`."""
    return PrivateKey(family, pem.unarmor(path.read_bytes())[2])
