"""Certificates and CRLs of the demonstration, for all three key families.

Clause: RFC 5280, 4 and 5; GM/T 0015-2012 (SM2 certificates).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl, x509

from license_service.demo.keys import SIGNATURE_OIDS, PrivateKey

_CA_USAGE = {"key_cert_sign", "crl_sign"}
_SIGNER_USAGE = {"digital_signature", "non_repudiation"}


@dataclass(frozen=True)
class Subject:
    """Name a certificate's holder."""

    common_name: str
    organization: str

    def name(self) -> x509.Name:
        """Return the distinguished name."""
        parts = {
            "country_name": "CN",
            "organization_name": self.organization,
            "common_name": self.common_name,
        }
        return x509.Name.build(parts)


@dataclass(frozen=True)
class Identity:
    """Hold a certificate with its private key."""

    certificate: bytes
    key: PrivateKey

    @property
    def asn1(self) -> x509.Certificate:
        """Return the parsed certificate."""
        return x509.Certificate.load(self.certificate)


@dataclass(frozen=True)
class Life:
    """Say from when to when a certificate is valid."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, moment: datetime, days: int = 3650) -> Life:
        """Begin a year before `moment`, end `days` after it."""
        start = moment.replace(microsecond=0)
        return cls(start - timedelta(days=365), start + timedelta(days=days))


def issue(
    subject: Subject,
    key: PrivateKey,
    issuer: Identity | None,
    life: Life,
    *,
    authority: bool = False,
    purpose: str | None = None,
) -> Identity:
    """Make a certificate signed by `issuer`, or by its own key where there is none.

    `purpose` becomes its only extended key usage, critical, such as `time_stamping`.
    """
    signing_key = issuer.key if issuer else key
    issuer_name = issuer.asn1.subject if issuer else subject.name()
    issuer_info = issuer.key if issuer else key
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(63) | 1,
            "signature": _algorithm(signing_key),
            "issuer": issuer_name,
            "validity": {
                "not_before": x509.Time({"general_time": life.start}),
                "not_after": x509.Time({"general_time": life.end}),
            },
            "subject": subject.name(),
            "subject_public_key_info": key.public_info(),
            "extensions": [
                *_extensions(key, issuer_info, authority=authority),
                *([_extension("extended_key_usage", [purpose], critical=True)] if purpose else []),
            ],
        }
    )
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": _algorithm(signing_key),
            "signature_value": signing_key.sign(tbs.dump()),
        }
    )
    return Identity(certificate.dump(), key)


def issue_crl(
    issuer: Identity, revoked: Iterable[tuple[bytes, datetime]], moment: datetime, days: int = 365
) -> bytes:
    """Make a CRL that lists `revoked` certificates with the time of each."""
    this_update = moment.replace(microsecond=0) - timedelta(hours=1)
    entries = [
        {
            "user_certificate": x509.Certificate.load(certificate).serial_number,
            "revocation_date": x509.Time({"general_time": when.replace(microsecond=0)}),
        }
        for certificate, when in revoked
    ]
    fields: dict[str, Any] = {
        "version": "v2",
        "signature": _algorithm(issuer.key),
        "issuer": issuer.asn1.subject,
        "this_update": x509.Time({"general_time": this_update}),
        "next_update": x509.Time({"general_time": this_update + timedelta(days=days)}),
        "crl_extensions": [
            _extension("authority_key_identifier", {"key_identifier": _key_identifier(issuer.key)}),
            _extension("crl_number", 1),
        ],
    }
    if entries:
        fields["revoked_certificates"] = entries
    tbs = crl.TbsCertList(fields)
    signed = crl.CertificateList(
        {
            "tbs_cert_list": tbs,
            "signature_algorithm": _algorithm(issuer.key),
            "signature": issuer.key.sign(tbs.dump()),
        }
    )
    der: bytes = signed.dump()
    return der


def _extensions(key: PrivateKey, issuer: PrivateKey, *, authority: bool) -> list[dict[str, Any]]:
    return [
        _extension("basic_constraints", {"ca": authority}, critical=True),
        _extension("key_usage", _CA_USAGE if authority else _SIGNER_USAGE, critical=True),
        _extension("key_identifier", _key_identifier(key)),
        _extension("authority_key_identifier", {"key_identifier": _key_identifier(issuer)}),
    ]


def _extension(name: str, value: object, *, critical: bool = False) -> dict[str, Any]:
    return {"extn_id": name, "critical": critical, "extn_value": value}


def _key_identifier(key: PrivateKey) -> bytes:
    return hashlib.sha256(key.spki()).digest()[:20]


def _algorithm(key: PrivateKey) -> dict[str, Any]:
    return {"algorithm": SIGNATURE_OIDS[key.family]}
