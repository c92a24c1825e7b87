"""Revocation from CRLs in the evidence: good, revoked, or unknown, which is never good.

`revocation_mode='require'`: with `hard-fail` the library passes silently when a certificate names no
CRL. Clause: RFC 5280, 6.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from asn1crypto import crl, x509
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.errors import RevokedError

from license_service.verification.crypto.paths import (
    PathResult,
    PathStatus,
    run_without_waiting,
    validation_context,
)

_CACHED = 1024


class RevocationStatus(StrEnum):
    """What revocation data can say."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RevocationResult:
    """Hold the status of a path, and when it was revoked."""

    status: RevocationStatus
    code: str
    revoked_at: datetime | None = None
    detail: str = ""

    def is_after(self, moment: datetime) -> bool:
        """Tell whether revocation came after `moment`; one without a date counts from the beginning."""
        return self.revoked_at is not None and self.revoked_at > moment


def check_revocation(path: PathResult, crls: Sequence[bytes], moment: datetime) -> RevocationResult:
    """Judge every certificate of a found path below its anchor at `moment`; raises nothing."""
    if path.status is not PathStatus.FOUND:
        return RevocationResult(RevocationStatus.UNKNOWN, "REVOCATION_UNKNOWN", detail="no certificate path")
    if len(path.chain) == 1:
        return RevocationResult(RevocationStatus.GOOD, "OK", detail="the certificate is itself an anchor")
    return _check(path.chain, tuple(crls), moment)


@lru_cache(maxsize=_CACHED)
def _check(chain: tuple[bytes, ...], crls: tuple[bytes, ...], moment: datetime) -> RevocationResult:
    readable = [data for data in crls if _readable(data)]
    try:
        context = validation_context(
            [chain[-1]], chain[1:-1], moment, revocation_mode="require", crls=readable
        )
        validator = CertificateValidator(x509.Certificate.load(chain[0]), validation_context=context)
        run_without_waiting(validator.async_validate_path())
    except RevokedError as error:
        return RevocationResult(
            RevocationStatus.REVOKED, "CERTIFICATE_REVOKED", error.revocation_dt, error.reason.human_friendly
        )
    except Exception as error:  # noqa: BLE001 - the one call into the library; anything else is not known
        return RevocationResult(RevocationStatus.UNKNOWN, "REVOCATION_UNKNOWN", detail=type(error).__name__)
    return RevocationResult(RevocationStatus.GOOD, "OK")


@lru_cache(maxsize=_CACHED)
def issue_time(data: bytes) -> datetime | None:
    """Return when a CRL was made; None where it cannot be read."""
    if not _readable(data):
        return None
    try:
        moment: datetime = crl.CertificateList.load(data)["tbs_cert_list"]["this_update"].native
    except ValueError:
        return None
    return moment


def _readable(data: bytes) -> bool:
    try:
        crl.CertificateList.load(data, strict=True)["tbs_cert_list"]["issuer"].dump()
    except Exception:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; all mean unreadable
        return False
    return True
