"""The demonstration's PKI: three branches, each with a signer, a revoked signer and a stranger.

```
SM2 root ── SM2 intermediate ── seal maker, signer, revoked signer, TSA
P-256 root ── P-256 intermediate ── ID signer, fire-safety signer, revoked ones
RSA root ── health signer, revoked signer          TSA
```
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import crl

from license_service.clock import format_instant
from license_service.demo.certificates import Identity, Life, Subject, issue, issue_crl, only_for
from license_service.demo.cms import Authority
from license_service.demo.keys import KeyFamily, generate_key, load_key
from license_service.demo.people import (
    FIRE_BRIGADE,
    HEALTH_CENTER,
    ISSUERS,
    MARKET_REGULATOR,
    PUBLIC_SECURITY,
    Party,
)

_SOURCE = "made by license-service demo keys"
_REVOKED_BEFORE = timedelta(days=30)
_AUTHORITY = "示例电子认证服务机构"

ROOTS = {"sm2-root": KeyFamily.SM2, "ec-root": KeyFamily.EC, "rsa-root": KeyFamily.RSA}
_INTERMEDIATES = {"sm2-intermediate": "sm2-root", "ec-intermediate": "ec-root"}
_SIGNERS: Mapping[str, tuple[str, Party | None, str]] = {
    # name: issuer, organization, common name; names with -revoked are put on the CRL
    "seal-maker": ("sm2-intermediate", None, "示例制章系统"),
    "business-signer": ("sm2-intermediate", MARKET_REGULATOR, "99999900000001"),
    "business-signer-revoked": ("sm2-intermediate", MARKET_REGULATOR, "99999900000001"),
    "business-signer-unlisted": ("sm2-intermediate", MARKET_REGULATOR, "99999900000002"),
    "identity-signer": ("ec-intermediate", PUBLIC_SECURITY, "identity"),
    "identity-signer-revoked": ("ec-intermediate", PUBLIC_SECURITY, "identity"),
    "fire-signer": ("ec-intermediate", FIRE_BRIGADE, "fire-safety"),
    "fire-signer-revoked": ("ec-intermediate", FIRE_BRIGADE, "fire-safety"),
    "health-signer": ("rsa-root", HEALTH_CENTER, "health"),
    "health-signer-revoked": ("rsa-root", HEALTH_CENTER, "health"),
    "tsa": ("rsa-root", None, "示例时间戳"),
    "tsa-sm2": ("sm2-intermediate", None, "示例时间戳"),
    "business-stranger": ("", MARKET_REGULATOR, "99999900000001"),
    "maker-stranger": ("", None, "示例制章系统"),
    "identity-stranger": ("", PUBLIC_SECURITY, "identity"),
    "fire-stranger": ("", FIRE_BRIGADE, "fire-safety"),
    "health-stranger": ("", HEALTH_CENTER, "health"),
}
_PURPOSES = {"tsa": "time_stamping", "tsa-sm2": "time_stamping"}
_STRANGER_FAMILIES = {
    "business-stranger": KeyFamily.SM2,
    "maker-stranger": KeyFamily.SM2,
    "identity-stranger": KeyFamily.EC,
    "fire-stranger": KeyFamily.EC,
    "health-stranger": KeyFamily.RSA,
}


@dataclass(frozen=True)
class DemoPki:
    """Hold every identity by name, and the CRLs."""

    identities: Mapping[str, Identity]
    crls: Mapping[str, bytes]

    def __getitem__(self, name: str) -> Identity:
        """Return an identity."""
        return self.identities[name]

    def chain(self, name: str) -> tuple[bytes, ...]:
        """Return the certificates of a signer up to, not including, its root."""
        chain = [self[name].certificate]
        issuer = _SIGNERS[name][0]
        return (*chain, self[issuer].certificate) if issuer in _INTERMEDIATES else tuple(chain)

    def authority(self, name: str, at: datetime) -> Authority:
        """Return a timestamp authority whose clock says `at`."""
        return Authority(self[name], self.chain(name), at)


def create_pki(now: datetime) -> DemoPki:
    """Make every key and certificate afresh."""
    life = Life.around(now)
    identities: dict[str, Identity] = {}
    for name, family in ROOTS.items():
        identities[name] = _authority(f"示例根 {family.upper()}", family, None, life)
    for name, root in _INTERMEDIATES.items():
        parent = identities[root]
        identities[name] = _authority(
            f"示例中间 {parent.key.family.upper()}", parent.key.family, parent, life
        )
    for name in _SIGNERS:
        identities[name] = _signer(name, identities, life)
    return DemoPki(identities, _crls(identities, now))


def save_pki(pki: DemoPki, directory: Path) -> None:
    """Write private keys (mode 600 in a 700 folder), anchors with their manifest, and evidence."""
    private = directory / "private"
    private.mkdir(parents=True, mode=0o700, exist_ok=True)
    private.chmod(0o700)
    for name, identity in pki.identities.items():
        identity.key.save(private / f"{name}.{identity.key.family}.key")
        (private / f"{name}.cer").write_bytes(identity.certificate)
    _save_trust(pki, directory / "trust")
    evidence = directory / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    for name, data in pki.crls.items():
        (evidence / f"{name}.crl").write_bytes(data)
    for name in _INTERMEDIATES:
        (evidence / f"{name}.cer").write_bytes(pki[name].certificate)


def load_pki(directory: Path) -> DemoPki:
    """Read what `save_pki` wrote."""
    identities = {}
    for path in sorted((directory / "private").glob("*.key")):
        name, family, _ = path.name.split(".")
        certificate = (directory / "private" / f"{name}.cer").read_bytes()
        identities[name] = Identity(certificate, load_key(path, KeyFamily(family)))
    crls = {path.stem: path.read_bytes() for path in (directory / "evidence").glob("*.crl")}
    return DemoPki(identities, crls)


def manifest(pki: DemoPki) -> str:
    """Return the trust manifest over the three roots."""
    return _head(pki) + "".join(_anchor(name, pki[name]) for name in ROOTS)


def _save_trust(pki: DemoPki, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in ROOTS:
        (directory / f"{name}.cer").write_bytes(pki[name].certificate)
    (directory / "manifest.toml").write_text(manifest(pki))


def _head(pki: DemoPki) -> str:
    issued = crl.CertificateList.load(pki.crls["rsa-root"])["tbs_cert_list"]["this_update"].native
    issued_at = format_instant(issued)
    return f'version = 2\nenvironment = "test"\nsequence = 1\nissued_at = "{issued_at}"\npublishers = []\n'


def _anchor(name: str, root: Identity) -> str:
    validity = root.asn1["tbs_certificate"]["validity"]
    purposes = ["license", "timestamp", *(["seal-maker"] if name == "sm2-root" else [])]
    issuers = [party.id for party in ISSUERS]
    return (
        f'\n[[anchors]]\nname = "{name}"\nfile = "{name}.cer"\n'
        f'sha256 = "{hashlib.sha256(root.certificate).hexdigest()}"\n'
        f"purposes = {purposes}\nlicense_types = ['11100000000013338W*']\nissuers = {issuers}\n"
        "regions = ['9999*']\n"
        f'valid_from = "{format_instant(validity["not_before"].native)}"\n'
        f'valid_until = "{format_instant(validity["not_after"].native)}"\nsource = "{_SOURCE}"\n'
    )


def _authority(name: str, family: KeyFamily, issuer: Identity | None, life: Life) -> Identity:
    return issue(Subject(name, _AUTHORITY), generate_key(family), issuer, life, authority=True)


def _signer(name: str, identities: Mapping[str, Identity], life: Life) -> Identity:
    issuer_name, party, common_name = _SIGNERS[name]
    issuer = identities[issuer_name] if issuer_name else None
    family = issuer.key.family if issuer else _STRANGER_FAMILIES[name]
    # Seal certificates name the unit as USCC and name in one text, so that it can be bound to the issuer.
    organization = f"{party.id}{party.name}" if party else _AUTHORITY
    subject, purpose = Subject(common_name, organization), _PURPOSES.get(name)
    changes = only_for(purpose) if purpose else None
    return issue(subject, generate_key(family), issuer, life, changes=changes)


def _crls(identities: Mapping[str, Identity], now: datetime) -> dict[str, bytes]:
    when = now - _REVOKED_BEFORE
    revoked = [name for name in _SIGNERS if name.endswith("-revoked")]
    return {
        name: issue_crl(
            identities[name],
            [(identities[s].certificate, when) for s in revoked if _SIGNERS[s][0] == name],
            now,
        )
        for name in (*ROOTS, *_INTERMEDIATES)
    }
