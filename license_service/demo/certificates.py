"""Certificates and CRLs of the demonstration, for all three key families.

Clause: RFC 5280, 4 and 5; GM/T 0015-2012 (SM2 certificates).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl, x509

from license_service.demo.keys import SIGNATURE_OIDS, PrivateKey

_CA_USAGE = {"key_cert_sign", "crl_sign"}
_SERIAL_BITS = 63
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
class Extension:
    """Hold the value of an extension as asn1crypto takes it."""

    value: object
    critical: bool = False


def only_for(purpose: str) -> dict[str, Extension | None]:
    """Return the change that leaves one extended key usage, critical, such as `time_stamping`."""
    return {"extended_key_usage": Extension([purpose], critical=True)}


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
    changes: Mapping[str, Extension | None] | None = None,
    **fields: object,
) -> Identity:
    """Make a certificate signed by `issuer`, or by its own key where there is none.

    `changes` replaces, adds or removes extensions by name, `fields` those of the TBSCertificate: that is how
    tests make certificates no authority would.
    """
    signing_key = issuer.key if issuer else key
    issuer_name = issuer.asn1.subject if issuer else subject.name()
    issuer_info = issuer.key if issuer else key
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(_SERIAL_BITS) | 1,
            "signature": _algorithm(signing_key),
            "issuer": issuer_name,
            "validity": {
                "not_before": x509.Time({"general_time": life.start}),
                "not_after": x509.Time({"general_time": life.end}),
            },
            "subject": subject.name(),
            "subject_public_key_info": key.public_info(),
            "extensions": _extensions(key, issuer_info, changes or {}, authority=authority),
            **fields,
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
    entries = [revoked_entry(certificate, when) for certificate, when in revoked]
    return sign_crl(issuer, Life(this_update, this_update + timedelta(days=days)), entries)


def revoked_entry(
    certificate: bytes, when: datetime, *extensions: Mapping[str, Any], serial: int | None = None
) -> dict[str, Any]:
    """Return an entry of a CRL."""
    listed = serial or x509.Certificate.load(certificate).serial_number
    entry: dict[str, Any] = {
        "user_certificate": listed,
        "revocation_date": x509.Time({"general_time": when.replace(microsecond=0)}),
    }
    return {**entry, "crl_entry_extensions": list(extensions)} if extensions else entry


def sign_crl(
    signer: Identity,
    life: Life,
    entries: Iterable[Mapping[str, Any]] = (),
    changes: Mapping[str, Extension | None] | None = None,
    **fields: object,
) -> bytes:
    """Make a CRL in force for `life`; `changes` and `fields` as in `issue`."""
    defaults = {
        "authority_key_identifier": Extension({"key_identifier": _key_identifier(signer.key)}),
        "crl_number": Extension(1),
    }
    listed = list(entries)
    contents: dict[str, Any] = {
        "version": "v2",
        "signature": _algorithm(signer.key),
        "issuer": signer.asn1.subject,
        "this_update": x509.Time({"general_time": life.start}),
        "next_update": x509.Time({"general_time": life.end}),
        "crl_extensions": _named({**defaults, **(changes or {})}),
        **({"revoked_certificates": listed} if listed else {}),
        **fields,
    }
    tbs = crl.TbsCertList({name: value for name, value in contents.items() if value is not None})
    signed = crl.CertificateList(
        {
            "tbs_cert_list": tbs,
            "signature_algorithm": _algorithm(signer.key),
            "signature": signer.key.sign(tbs.dump()),
        }
    )
    der: bytes = signed.dump()
    return der


def _extensions(
    key: PrivateKey, issuer: PrivateKey, changes: Mapping[str, Extension | None], *, authority: bool
) -> list[dict[str, Any]]:
    defaults = {
        "basic_constraints": Extension({"ca": authority}, critical=True),
        "key_usage": Extension(_CA_USAGE if authority else _SIGNER_USAGE, critical=True),
        "key_identifier": Extension(_key_identifier(key)),
        "authority_key_identifier": Extension({"key_identifier": _key_identifier(issuer)}),
    }
    return _named({**defaults, **changes})


def _named(extensions: Mapping[str, Extension | None]) -> list[dict[str, Any]]:
    return [
        {"extn_id": name, "critical": extension.critical, "extn_value": extension.value}
        for name, extension in extensions.items()
        if extension is not None
    ]


def _key_identifier(key: PrivateKey) -> bytes:
    return hashlib.sha256(key.spki()).digest()[:20]


def _algorithm(key: PrivateKey) -> dict[str, Any]:
    return {"algorithm": SIGNATURE_OIDS[key.family]}
