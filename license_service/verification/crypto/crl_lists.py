"""Read certificate revocation lists: what they are about, and whether they list one certificate.

A list of a hundred thousand entries is searched as bytes: a serial number whose encoding is not in it is
not listed, and only where it is are the entries walked. Clause: RFC 5280, 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509

from license_service.verification.crypto.der import read_header
from license_service.verification.crypto.names import comparable
from license_service.verification.document import FormatError

ALL_REASONS = frozenset(crl.CRLReason._map.values()) - {"unspecified", "remove_from_crl"}  # noqa: SLF001 - asn1crypto's own table
_KNOWN = frozenset(
    {
        "issuer_alt_name",
        "crl_number",
        "delta_crl_indicator",
        "issuing_distribution_point",
        "authority_key_identifier",
        "freshest_crl",
        "authority_information_access",
    }
)
_KNOWN_OF_ENTRIES = frozenset(
    {"crl_reason", "hold_instruction_code", "invalidity_date", "certificate_issuer"}
)
_CERTIFICATE_ISSUER = bytes.fromhex("0603551d1d")
Name = tuple[str, str]


@dataclass(frozen=True)
class RevokedEntry:
    """Hold what a list says of a certificate; `readable` is False where it says more than we understand."""

    revoked_at: datetime
    reason: str
    readable: bool


@dataclass(frozen=True)
class RevocationList:
    """Hold a list as read; `base` is the number a delta builds on, None for a complete list."""

    asn1: crl.CertificateList
    issuer: str
    issuer_text: str
    this_update: datetime
    next_update: datetime | None
    number: int
    base: int | None
    key_identifier: bytes | None
    scope: Any
    """IssuingDistributionPoint, or None."""
    entries: bytes

    @property
    def indirect(self) -> bool:
        """Tell whether it may list certificates of others than its issuer."""
        return bool(self.scope and self.scope["indirect_crl"].native)

    @property
    def names(self) -> frozenset[Name]:
        """Return the names of the distribution point it is for; empty where it names none."""
        return point_names(self.scope["distribution_point"], self.asn1.issuer) if self.scope else frozenset()

    @property
    def reasons(self) -> frozenset[str]:
        """Return the reasons it covers."""
        some = self.scope["only_some_reasons"].native if self.scope else None
        return ALL_REASONS if some is None else ALL_REASONS & some

    def covers(self, certificate: x509.Certificate) -> bool:
        """Tell whether certificates of this kind are in its scope. Clause: RFC 5280, 6.3.3 b) 2) ii-iv."""
        if self.scope is None:
            return True
        unwanted = "only_contains_user_certs" if certificate.ca else "only_contains_ca_certs"
        return not (self.scope[unwanted].native or self.scope["only_contains_attribute_certs"].native)

    def entry(self, certificate: x509.Certificate) -> RevokedEntry | None:
        """Return what it says of `certificate`, or None where it does not list it."""
        serial = certificate["tbs_certificate"]["serial_number"].dump()
        if serial not in self.entries:
            return None
        issuer, wanted, position = self.issuer, comparable(certificate.issuer), 0
        while position < len(self.entries):
            begin, end = read_header(self.entries, position, len(self.entries))
            entry = self.entries[position:end]
            if _CERTIFICATE_ISSUER in entry:  # holds for the entries that follow, too
                named = crl.RevokedCertificate.load(entry).issuer_name
                issuer = named.hashable if named else issuer
            if self.entries.startswith(serial, begin) and issuer == wanted:
                return _entry(crl.RevokedCertificate.load(entry, strict=True))
            position = end
        return None


def read_crl(der: bytes) -> RevocationList:
    """Parse a CRL.

    Raises:
        FormatError: `CRL_MALFORMED`, or `CRL_EXTENSION_UNKNOWN` where it has a critical one we do not know.
    """
    try:
        parsed = _read(der)
        unknown = parsed.asn1.critical_extensions - _KNOWN
    except Exception as error:  # asn1crypto raises many types on hostile DER; all mean malformed
        raise FormatError("CRL_MALFORMED") from error
    if unknown:
        raise FormatError("CRL_EXTENSION_UNKNOWN", ", ".join(sorted(unknown)))
    return parsed


def point_names(point: Any, issuer: x509.Name) -> frozenset[Name]:  # noqa: ANN401 - asn1crypto is untyped
    """Return the comparable names of a DistributionPointName; one relative to an issuer is made whole."""
    if not point:
        return frozenset()
    if point.name == "full_name":
        return frozenset(map(general_name, point.chosen))
    # A comparable name is the comparable texts of its parts, joined; this one has a part more.
    return frozenset({("directory_name", f"{issuer.hashable}\x1e{point.chosen.hashable}")})


def general_name(name: x509.GeneralName) -> Name:
    """Return a name that can be compared."""
    if name.name == "directory_name":
        return name.name, name.chosen.hashable
    return name.name, name.chosen.dump().hex()


def _read(der: bytes) -> RevocationList:
    asn1 = crl.CertificateList.load(der, strict=True)
    tbs = asn1["tbs_cert_list"]
    if tbs["signature"].dump() != asn1["signature_algorithm"].dump():
        raise ValueError("two signature algorithms")
    number, base = asn1.crl_number_value, asn1.delta_crl_indicator_value
    return RevocationList(
        asn1=asn1,
        issuer=comparable(asn1.issuer),
        issuer_text=asn1.issuer.human_friendly,
        this_update=_time(tbs["this_update"]),
        next_update=_time(tbs["next_update"]) if tbs["next_update"].native else None,
        number=number.native if number else -1,
        base=base.native if base is not None else None,
        key_identifier=asn1.authority_key_identifier,
        scope=asn1.issuing_distribution_point_value,
        entries=tbs["revoked_certificates"].contents or b"",
    )


def _entry(entry: crl.RevokedCertificate) -> RevokedEntry:
    when = _time(entry["revocation_date"])
    invalid = entry.invalidity_date_value.native if entry.invalidity_date_value else when
    reason = entry.crl_reason_value.native if entry.crl_reason_value else "unspecified"
    readable = not entry.critical_extensions - _KNOWN_OF_ENTRIES
    return RevokedEntry(min(when, invalid), reason, readable)


def _time(value: Any) -> datetime:  # noqa: ANN401 - asn1crypto is untyped
    native = value.native
    if not isinstance(native, datetime):
        raise ValueError("a year before the first")  # noqa: TRY004 - the value is out of range
    return native
