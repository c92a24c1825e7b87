"""An identifier whose license the register did not give: undetermined, and why, from the evidence alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from license_service.demo import people
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import AS_IS, Presentation
from license_service.verification.register import RegisterEntry
from license_service.verification.status import LicenseStatus
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_LICENSE = people.license_identifier(people.HEALTH_CERTIFICATE, people.HEALTH_CENTER, "999900000000002")
_OTHER = people.license_identifier(people.LEGAL_PERSON_ID, people.PUBLIC_SECURITY, "999900000000003")
_NAMED = Presentation(identifier=_LICENSE)
_UNKNOWN = ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND", ("LICENSE_NOT_IN_REGISTER",))
_SILENT = ("INDETERMINATE", "TRY_LATER", ("REGISTER_UNAVAILABLE",))


def _entry(reason: str, identifier: str = _LICENSE, hours: int = 0, status: str = "unknown") -> bytes:
    as_of = datetime.fromisoformat("2026-01-05T00:00:00Z") + timedelta(hours=hours)
    return RegisterEntry(identifier, "register", as_of, LicenseStatus(status), reason).to_bytes()


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((_entry("not-known"),), _UNKNOWN),
        ((_entry("unreachable"),), _SILENT),
        ((_entry("unreadable"),), _SILENT),
        ((_entry("not-known", _OTHER),), _SILENT),
        ((_entry("not-known"), _entry("unreachable", hours=1)), _SILENT),
        ((_entry("unreachable"), _entry("not-known", hours=1)), _UNKNOWN),
        ((_entry("not-known"), _entry("", hours=1, status="valid")), _UNKNOWN),
        ((_entry("", status="valid"),), _SILENT),
        ((b"{}", _entry("not-known")), _UNKNOWN),
        ((), _SILENT),
    ],
)
def test_the_newest_silence_says_why(
    entries: tuple[bytes, ...], expected: tuple[str, str, tuple[str, ...]], policy: VerificationPolicy
) -> None:
    now = datetime.fromisoformat("2026-01-05T02:00:00Z")
    report = verify(b"", policy, TrustStore(), Evidence(register_entries=entries), now, _NAMED)
    assert (report.indication, report.sub_indication, report.codes()) == expected
    assert (report.license, report.signatures) == (None, ())


@pytest.mark.parametrize(("document", "presentation"), [(b"", AS_IS), (b"x", _NAMED)])
def test_bytes_that_are_no_document_fail_as_ever(
    document: bytes, presentation: Presentation, policy: VerificationPolicy, now: datetime
) -> None:
    facts = Evidence(register_entries=(_entry("not-known"),))
    report = verify(document, policy, TrustStore(), facts, now, presentation)
    assert (report.indication, report.codes()) == ("TOTAL_FAILED", ("FORMAT_UNKNOWN",))
