"""Whether the license is still in force, as those who keep its status say.

Each source states what it knows; the worst statement decides, and a source that does not know makes
the whole unknown. Where no source is named there is nothing to judge.
"""

from __future__ import annotations

from collections.abc import Callable

from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.checks.register import state_by_register
from license_service.verification.checks.status_list import state_by_status_list
from license_service.verification.report import Check, CheckName
from license_service.verification.status import LicenseStatus, StatusStatement

SOURCES: tuple[Callable[[SignatureContext], StatusStatement | None], ...] = (
    state_by_status_list,
    state_by_register,
)
_NAME = CheckName.LICENSE_STATUS
_REFUSALS = {
    LicenseStatus.SUSPENDED: "LICENSE_SUSPENDED",
    LicenseStatus.ANNULLED: "LICENSE_ANNULLED",
    LicenseStatus.REVOKED: "LICENSE_REVOKED",
    LicenseStatus.CANCELED: "LICENSE_CANCELED",
    LicenseStatus.EXPIRED: "LICENSE_STATUS_EXPIRED",
    LicenseStatus.CHANGED: "LICENSE_SUPERSEDED",
    LicenseStatus.TRANSFERRED: "LICENSE_TRANSFERRED",
}


def check_license_status(context: SignatureContext) -> Check | None:
    """Judge the state of the license at the validation time; None where no source is named."""
    stated = (source(context) for source in SOURCES)
    return combine([statement for statement in stated if statement is not None])


def combine(statements: list[StatusStatement]) -> Check | None:
    """Return the check for what all sources say: refused by one is refused, unknown to one is unknown."""
    for statement in statements:
        if statement.status in _REFUSALS:
            return failed(_NAME, _REFUSALS[statement.status], **_detail(statement))
    for statement in statements:
        if statement.differing:
            fields = list(statement.differing)
            return failed(_NAME, "REGISTER_FIELDS_DIFFER", **_detail(statement), fields=fields)
    for statement in statements:
        if statement.status is not LicenseStatus.VALID:
            return undetermined(_NAME, "STATUS_UNKNOWN", **_detail(statement))
    return passed(_NAME, **_detail(statements[0])) if statements else None


def _detail(statement: StatusStatement) -> dict[str, object]:
    return {"source": statement.source, "status": statement.status, **statement.detail}
