"""Read the facts of a certificate, once for each distinct certificate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import keys, x509

from license_service.verification.crypto import oids
from license_service.verification.crypto.turn import in_turn
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_CERTIFICATE_BYTES

_CACHED = 512
_PARSED = 128
_SHORT_NAMES = {
    "common_name": "CN",
    "organization_name": "O",
    "organizational_unit_name": "OU",
    "country_name": "C",
    "state_or_province_name": "ST",
    "locality_name": "L",
    "serial_number": "SERIALNUMBER",
    "email_address": "EMAIL",
}
_SIGNING_USAGES = frozenset({"digital_signature", "non_repudiation"})
_ESCAPED = frozenset(',+"\\<>;=')


@dataclass(frozen=True)
class CertificateFacts:
    """Hold what checks ask of a certificate.

    `key_type` is `SM2`, `EC-P256`, `EC-P384`, `EC-P521`, `RSA`, `ED25519` or `other`; `key_usage` is
    None where the extension is absent, which RFC 5280 reads as unrestricted.
    """

    der: bytes
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    organization: str
    common_name: str
    key_usage: frozenset[str] | None
    spki: bytes
    key_type: str
    key_bits: int

    @property
    def may_sign(self) -> bool:
        """Tell whether the key may sign documents.

        Chinese authorities issue certificates in pairs; the one for encryption must not have signed.
        Clause: RFC 5280, 4.2.1.3; GM/T 0015-2012, 5.2.4.2.3.
        """
        return self.key_usage is None or bool(self.key_usage & _SIGNING_USAGES)


@in_turn
def read_certificate(der: bytes) -> CertificateFacts:
    """Parse a DER certificate.

    Raises:
        FormatError: `CERTIFICATE_MALFORMED` if it cannot be read, bytes follow it, or it is too large.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise FormatError("CERTIFICATE_MALFORMED", "too large")
    return _read(der)


@lru_cache(maxsize=_CACHED)
def _read(der: bytes) -> CertificateFacts:
    try:
        return _facts(der, parsed_certificate(der))
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("CERTIFICATE_MALFORMED") from error


def _facts(der: bytes, certificate: Any) -> CertificateFacts:  # noqa: ANN401 - asn1crypto is untyped
    validity = certificate["tbs_certificate"]["validity"]
    not_before, not_after = validity["not_before"].native, validity["not_after"].native
    if not (isinstance(not_before, datetime) and isinstance(not_after, datetime)):
        raise ValueError("a year before the first")  # noqa: TRY004 - the value is out of range
    key_type, key_bits = _key(certificate.public_key)
    return CertificateFacts(
        der=der,
        subject=name_text(certificate.subject),
        issuer=name_text(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        not_before=not_before,
        not_after=not_after,
        organization=_attribute(certificate.subject, "organization_name"),
        common_name=_attribute(certificate.subject, "common_name"),
        key_usage=_key_usage(certificate.key_usage_value),
        spki=certificate.public_key.dump(),
        key_type=key_type,
        key_bits=key_bits,
    )


def read_public_key(spki: bytes) -> tuple[str, int]:
    """Return the type and size of a DER SubjectPublicKeyInfo, as `CertificateFacts` has them.

    Raises:
        FormatError: `PUBLIC_KEY_MALFORMED` if it is none or bytes follow it.
    """
    try:
        return _key(keys.PublicKeyInfo.load(spki, strict=True))
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("PUBLIC_KEY_MALFORMED") from error


def load_certificate(der: bytes) -> x509.Certificate | None:
    """Return a certificate as asn1crypto has it, or None where `read_certificate` refuses it."""
    try:
        read_certificate(der)
    except FormatError:
        return None
    return parsed_certificate(der)


@lru_cache(maxsize=_PARSED)
def parsed_certificate(der: bytes) -> x509.Certificate:
    """Return a certificate as asn1crypto has it, one object for all who ask.

    It parses what is read of it once, which costs more than a signature check.

    Raises:
        ValueError: or whatever else asn1crypto raises on bytes that are none.
    """
    return x509.Certificate.load(der, strict=True)


def name_text(name: Any) -> str:  # noqa: ANN401 - asn1crypto is untyped
    """Write a name as RFC 4514 does, last part first; BMPString and T61String are decoded by asn1crypto."""
    return ",".join(f"{label}={_escape(value)}" for label, value in reversed(list(_attributes(name))))


def _attributes(name: Any) -> Iterable[tuple[str, str]]:  # noqa: ANN401 - asn1crypto is untyped
    for relative in name.chosen:
        for pair in relative:
            kind = pair["type"].native
            yield _SHORT_NAMES.get(kind, kind), str(pair["value"].native)


def _attribute(name: Any, kind: str) -> str:  # noqa: ANN401 - asn1crypto is untyped
    return next((value for label, value in _attributes(name) if label == _SHORT_NAMES[kind]), "")


def _escape(value: str) -> str:
    return "".join(f"\\{c}" if c in _ESCAPED else c for c in value)


def _key_usage(value: Any) -> frozenset[str] | None:  # noqa: ANN401 - asn1crypto is untyped
    return None if value is None else frozenset(value.native)


def _key(public_key: Any) -> tuple[str, int]:  # noqa: ANN401 - asn1crypto is untyped
    algorithm = public_key.algorithm
    if algorithm == "rsa":
        return "RSA", public_key.bit_size
    if algorithm == "ec":
        parameters = public_key["algorithm"]["parameters"]
        named = getattr(parameters, "name", None) == "named"
        return _CURVES.get(parameters.chosen.dotted, _OTHER) if named else _OTHER
    return ("ED25519", 256) if algorithm == "ed25519" else _OTHER


_OTHER = ("other", 0)
_CURVES = {
    oids.SM2_CURVE: ("SM2", 256),
    "1.2.840.10045.3.1.7": ("EC-P256", 256),
    "1.3.132.0.34": ("EC-P384", 384),
    "1.3.132.0.35": ("EC-P521", 521),
}
