"""The corpus's own authority: fresh keys that are thrown away, and what of it is published with the cases.

```
SM2 root ── intermediate ── makers, signers       and strangers that nobody vouches for
```
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from asn1crypto import x509

from license_service.clock import SHANGHAI, format_instant
from license_service.demo import people
from license_service.demo.certificates import Identity, Life, Subject, issue, issue_crl
from license_service.demo.issuer import LicenseDetails
from license_service.demo.keys import KeyFamily, PrivateKey, generate_key

_REVOKED_BEFORE = timedelta(days=30)
_UNIT = people.MARKET_REGULATOR
_MAKER_UNIT, _CODE = "示例电子认证服务机构", "99999900000001"
_ENCRYPTION = frozenset({"key_encipherment", "data_encipherment", "key_agreement"})
_USAGES: Mapping[str, frozenset[str] | None] = {
    "signer-encryption": _ENCRYPTION,
    "signer-key-agreement": frozenset({"key_agreement"}),
    "signer-authority-usage": frozenset({"key_cert_sign", "crl_sign"}),
    "signer-digital-signature": frozenset({"digital_signature"}),
    "signer-non-repudiation": frozenset({"non_repudiation"}),
    "signer-any-usage": None,
}


@dataclass(frozen=True)
class Authority:
    """Hold every identity by name, and what a verifier is given of them."""

    moment: datetime
    identities: Mapping[str, Identity]
    crls: tuple[bytes, ...]

    def __getitem__(self, name: str) -> Identity:
        """Return an identity."""
        return self.identities[name]

    def shared(self, *, crls: bool = True, anchors: bool = True) -> dict[str, Any]:
        """Return the inputs that every case of a group shares."""
        root = {
            "certificate": _base64(self["root"].certificate),
            "purposes": ["license", "seal-maker"],
            "licenseTypes": [people.BUSINESS_LICENSE],
            "issuers": [_UNIT.id],
        }
        return {
            "validationTime": format_instant(self.moment),
            "holder": people.COMPANY.id,
            "anchors": [root] if anchors else [],
            "certificates": [_base64(self["intermediate"].certificate)],
            "crls": [_base64(crl) for crl in self.crls] if crls else [],
        }


def create_authority(moment: datetime) -> Authority:
    """Make every key and certificate afresh around `moment`."""
    life = Life.around(moment)
    root = issue(Subject("示例根", _MAKER_UNIT), _key(), None, life, authority=True)
    parent = issue(Subject("示例中间", _MAKER_UNIT), _key(), root, life, authority=True)
    identities = {"root": root, "intermediate": parent, **_leaves(parent, life)}
    revoked = [
        (identity.certificate, moment - _REVOKED_BEFORE)
        for name, identity in identities.items()
        if name.endswith("-revoked")
    ]
    crls = (issue_crl(root, [], moment), issue_crl(parent, revoked, moment))
    return Authority(moment, identities, crls)


def license_details(moment: datetime) -> LicenseDetails:
    """Return what the corpus's license says."""
    start = last_day(moment, -200)
    return LicenseDetails(
        people.BUSINESS_LICENSE, "营业执照", "999900000000009", people.COMPANY, _UNIT, start, None, {}
    )


def last_day(moment: datetime, days: int) -> date:
    """Return the day `days` after `moment`, as Chinese law counts days."""
    return (moment + timedelta(days=days)).astimezone(SHANGHAI).date()


def change_certificate(identity: Identity, issuer: Identity, change: Callable[[Any], None]) -> Identity:
    """Issue a certificate again with something in it changed."""
    certificate = identity.asn1
    tbs = certificate["tbs_certificate"]
    change(tbs)
    certificate["signature_value"] = issuer.key.sign(tbs.dump(force=True))
    return Identity(certificate.dump(force=True), identity.key)


def _leaves(parent: Identity, life: Life) -> dict[str, Identity]:
    unit = f"{_UNIT.id}{_UNIT.name}"
    signer = issue(Subject(_CODE, unit), _key(), parent, life)
    past = Life(life.start, life.start + timedelta(days=100))
    future = Life(life.start + timedelta(days=400), life.end)
    other = f"{people.PUBLIC_SECURITY.id}{people.PUBLIC_SECURITY.name}"
    leaves = {
        "maker": issue(Subject("示例制章系统", _MAKER_UNIT), _key(), parent, life),
        "maker-revoked": issue(Subject("示例制章系统", _MAKER_UNIT), _key(), parent, life),
        "maker-stranger": issue(Subject("示例制章系统", _MAKER_UNIT), _key(), None, life),
        "signer": signer,
        "signer-unlisted": issue(Subject(_CODE, unit), _key(), parent, life),
        "signer-renewed": issue(Subject(_CODE, unit), signer.key, parent, life),
        "signer-revoked": issue(Subject(_CODE, unit), _key(), parent, life),
        "signer-stranger": issue(Subject(_CODE, unit), _key(), None, life),
        "signer-of-signer": issue(Subject(_CODE, unit), _key(), signer, life),
        "signer-past": issue(Subject(_CODE, unit), _key(), parent, past),
        "signer-future": issue(Subject(_CODE, unit), _key(), parent, future),
        "signer-other-unit": issue(Subject(_CODE, other), _key(), parent, life),
        "signer-no-code": issue(Subject(_CODE, _UNIT.name), _key(), parent, life),
    }
    return leaves | {name: _used_for(usage, signer, parent) for name, usage in _USAGES.items()}


def _used_for(usage: frozenset[str] | None, signer: Identity, parent: Identity) -> Identity:
    # The same key and name: the pair of a Chinese double certificate differs in less than this.
    def change(tbs: Any) -> None:  # noqa: ANN401 - asn1crypto is untyped
        kept = [e for e in tbs["extensions"] if e["extn_id"].native != "key_usage"]
        added = [{"extn_id": "key_usage", "critical": True, "extn_value": set(usage)}] if usage else []
        tbs["extensions"] = x509.Extensions([*kept, *added])
        tbs["serial_number"] = tbs["serial_number"].native + 2

    return change_certificate(signer, parent, change)


def _key() -> PrivateKey:
    return generate_key(KeyFamily.SM2)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
