"""Issue the four licenses of the demonstration, each in a genuine copy and in twins that lie.

A twin differs from its genuine copy by one thing, and `expected.json` says which code must refuse it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from license_service.clock import SHANGHAI
from license_service.demo import people
from license_service.demo.cms import sign_cms
from license_service.demo.containers import sign_jws
from license_service.demo.ofd import pack, sign_ofd, unpack
from license_service.demo.pdf import PdfSigning, sign_pdf, write_license
from license_service.demo.people import Party
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing

_ONE_DAY = timedelta(days=1)


class Twin(StrEnum):
    """How a copy lies."""

    GENUINE = "genuine"
    ALTERED = "altered"
    WRONG_HOLDER = "wrong-holder"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SELF_MADE_CA = "self-made-ca"
    SIGNER_NOT_IN_SEAL = "signer-not-in-seal"


@dataclass(frozen=True)
class LicenseDetails:
    """Say what a license says."""

    type_code: str
    name: str
    number: str
    holder: Party
    issuer: Party
    valid_from: date
    valid_until: date | None
    extra: Mapping[str, str]

    def fields(self) -> dict[str, str]:
        """Return the fields by their GB/T 36903 short names."""
        return {
            "ZZBS": people.license_identifier(self.type_code, self.issuer, self.number),
            "ZZMC": self.name,
            "ZZLXDM": self.type_code,
            "ZZBH": self.number,
            "CZZT": self.holder.name,
            "CZZTDM": self.holder.id,
            "CZZTDMLX": self.holder.id_type,
            "ZZBFJG": self.issuer.name,
            "ZZBFJGDM": self.issuer.id,
            "ZZYXQQSRQ": self.valid_from.isoformat(),
            "ZZYXQJZRQ": self.valid_until.isoformat() if self.valid_until else "长期",
            **self.extra,
        }


@dataclass(frozen=True)
class Sample:
    """Say how one license is signed, lied about, and refused when altered."""

    file: str
    signer: str
    details: LicenseDetails
    other_holder: Party
    sign: Callable[[DemoPki, LicenseDetails, str, datetime], bytes]
    alter: Callable[[bytes], bytes]
    altered_code: str


@dataclass(frozen=True)
class ExpectedVerdict:
    """Say what verifying a sample must answer, and for which holder it is presented."""

    file: str
    twin: str
    holder: str
    indication: str
    code: str | None


def samples(now: datetime) -> tuple[Sample, ...]:
    """Return the four samples with dates around `now`."""
    today = now.astimezone(SHANGHAI).date()
    start, end = today - timedelta(days=200), today + timedelta(days=1000)
    return (
        Sample(
            "business-license.ofd", "business-signer",
            LicenseDetails(
                people.BUSINESS_LICENSE, "营业执照", "999900000000001", people.COMPANY,
                people.MARKET_REGULATOR, start, None, {"KZ_FDDBR": people.LEGAL_PERSON.name},
            ),
            people.OTHER_COMPANY, _sign_ofd, _alter_ofd, "REFERENCE_MISMATCH",
        ),
        Sample(
            "health-certificate.pdf", "health-signer",
            LicenseDetails(
                people.HEALTH_CERTIFICATE, "食品从业人员健康证明", "999900000000002", people.LEGAL_PERSON,
                people.HEALTH_CENTER, start, end, {},
            ),
            people.OTHER_PERSON, _sign_pdf, _alter_pdf, "DATA_HASH_MISMATCH",
        ),
        Sample(
            "legal-person-id.jws", "identity-signer",
            LicenseDetails(
                people.LEGAL_PERSON_ID, "居民身份证", "999900000000003", people.LEGAL_PERSON,
                people.PUBLIC_SECURITY, start, end, {},
            ),
            people.OTHER_PERSON, _sign_jws, _alter_jws, "SIGNATURE_INVALID",
        ),
        Sample(
            "fire-safety.cms", "fire-signer",
            LicenseDetails(
                people.FIRE_SAFETY, "公众聚集场所消防安全检查合格证", "999900000000004", people.COMPANY,
                people.FIRE_BRIGADE, start, end, {},
            ),
            people.OTHER_COMPANY, _sign_cms, _alter_cms, "DATA_HASH_MISMATCH",
        ),
    )  # fmt: skip


def issue_twin(pki: DemoPki, sample: Sample, twin: Twin, now: datetime) -> bytes:
    """Make one copy of a sample."""
    details, signed_at = sample.details, now - _ONE_DAY
    match twin:
        case Twin.GENUINE | Twin.ALTERED:
            genuine = sample.sign(pki, details, sample.signer, signed_at)
            return genuine if twin is Twin.GENUINE else sample.alter(genuine)
        case Twin.WRONG_HOLDER:
            return sample.sign(pki, replace(details, holder=sample.other_holder), sample.signer, signed_at)
        case Twin.EXPIRED:
            ended = now.astimezone(SHANGHAI).date() - timedelta(days=2)
            return sample.sign(pki, replace(details, valid_until=ended), sample.signer, now - 30 * _ONE_DAY)
        case Twin.REVOKED:
            return sample.sign(pki, details, f"{sample.signer}-revoked", signed_at)
        case Twin.SELF_MADE_CA:
            return sample.sign(pki, details, sample.signer.replace("signer", "stranger"), signed_at)
        case Twin.SIGNER_NOT_IN_SEAL:
            return sample.sign(pki, details, f"{sample.signer}-unlisted", signed_at)


def twins_of(sample: Sample) -> tuple[Twin, ...]:
    """Return the copies a sample has: only a seal can leave its signer out."""
    return tuple(t for t in Twin if t is not Twin.SIGNER_NOT_IN_SEAL or sample.file.endswith(".ofd"))


def expected_verdict(sample: Sample, twin: Twin) -> ExpectedVerdict:
    """Return what verifying the copy must answer."""
    codes = {
        Twin.ALTERED: sample.altered_code,
        Twin.WRONG_HOLDER: "HOLDER_MISMATCH",
        Twin.EXPIRED: "LICENSE_EXPIRED",
        Twin.REVOKED: "CERTIFICATE_REVOKED",
        Twin.SELF_MADE_CA: "NO_CERTIFICATE_CHAIN",
        Twin.SIGNER_NOT_IN_SEAL: "SIGNER_NOT_IN_SEAL",
    }
    indications = {Twin.GENUINE: "TOTAL_PASSED", Twin.SELF_MADE_CA: "INDETERMINATE"}
    return ExpectedVerdict(
        file=f"{twin}/{sample.file}",
        twin=twin,
        holder=sample.details.holder.id,
        indication=indications.get(twin, "TOTAL_FAILED"),
        code=codes.get(twin),
    )


def issue_all(pki: DemoPki, out: Path, now: datetime) -> list[ExpectedVerdict]:
    """Write every copy of every sample below `out`, with `expected.json`; return what it says."""
    verdicts = []
    for sample in samples(now):
        for twin in twins_of(sample):
            verdict = expected_verdict(sample, twin)
            path = out / verdict.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(issue_twin(pki, sample, twin, now))
            verdicts.append(verdict)
    rows = [asdict(verdict) for verdict in verdicts]
    (out / "expected.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    return verdicts


def _sign_ofd(pki: DemoPki, details: LicenseDetails, signer: str, at: datetime) -> bytes:
    stranger = signer.endswith("stranger")
    listed = "business-signer" if signer.endswith("unlisted") else signer
    sealing = Sealing(
        maker=pki["maker-stranger" if stranger else "seal-maker"],
        signer=pki[signer],
        listed=(pki[listed].certificate,),
        name=f"{details.issuer.name}电子印章",
    )
    return sign_ofd(details.fields(), sealing, at)


def _sign_pdf(pki: DemoPki, details: LicenseDetails, signer: str, at: datetime) -> bytes:
    return sign_pdf(write_license(details.fields()), PdfSigning(pki[signer], pki.chain(signer)), at)


def _sign_jws(pki: DemoPki, details: LicenseDetails, signer: str, at: datetime) -> bytes:
    return sign_jws(details.fields(), pki[signer], pki.chain(signer), at)


def _sign_cms(pki: DemoPki, details: LicenseDetails, signer: str, at: datetime) -> bytes:
    return sign_cms(details.fields(), pki[signer], pki.chain(signer), at)


def _alter_ofd(data: bytes) -> bytes:
    members = unpack(data)
    page = "Doc_0/Pages/Page_0/Content.xml"
    return pack({**members, page: members[page].replace("营业".encode(), "经营".encode())})


def _alter_pdf(data: bytes) -> bytes:
    return data.replace(b"DEMONSTRATION", b"DEMONSTRATIVE", 1)


def _alter_jws(data: bytes) -> bytes:
    header, payload, signature = data.split(b".")
    text = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
    altered = text.replace(b'"ZZBH":"9999', b'"ZZBH":"8999', 1)
    return b".".join((header, base64.urlsafe_b64encode(altered).rstrip(b"="), signature))


def _alter_cms(data: bytes) -> bytes:
    return data.replace(b'"ZZBH":"9999', b'"ZZBH":"8999', 1)
