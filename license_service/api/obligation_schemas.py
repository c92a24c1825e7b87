"""Shapes of what people do about promises, debts, decisions and credit records."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from license_service.api.schemas import Closed, Code, HolderId, ItemPath, ReasonRequest
from license_service.domain.acts import Ruling
from license_service.domain.case import CheckResult
from license_service.domain.decision import DecisionResult
from license_service.domain.identifiers import is_citizen_id
from license_service.errors import NotFoundError
from license_service.services.cases.credit import OfficialEntry

_OBLIGATION = r"[0-9a-f]{32}(\.[a-z0-9-]{1,64}){1,2}"
_LAST = date(2199, 12, 31)


def _known_obligation(value: str) -> str:
    if not re.fullmatch(_OBLIGATION, value):
        raise NotFoundError("no id has this form")
    return value


def _no_person(value: str) -> str:
    # It goes into the log, which nobody can take it out of again.
    if is_citizen_id(value.upper()):
        raise ValueError("an officer is named by a staff number, never by a citizen id")
    return value


Officer = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"),
    AfterValidator(_no_person),
    Field(description="Staff number of who acts; it is in the log."),
]
Basis = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class ObligationPath(ItemPath):
    """Name an obligation of a case."""

    obligation: Annotated[str, AfterValidator(_known_obligation)]


class OfficialRequest(ReasonRequest):
    """State why, and who acts."""

    officer: Officer


class FindingRequest(OfficialRequest):
    """Say what a clerk found about a promise."""

    result: CheckResult


class RulingRequest(OfficialRequest):
    """Rule on an objection."""

    ruling: Ruling


class DecisionRequest(OfficialRequest):
    """Decide on a case."""

    result: DecisionResult


class CreditEntryRequest(OfficialRequest):
    """Enter that an applicant is listed for serious dishonesty."""

    applicant_id: HolderId
    matter: Code | None = Field(None, description="The one matter it counts in; none: all.")
    last_day: date = Field(le=_LAST, description="The last day on which it counts.")
    basis: Basis

    def to_input(self) -> OfficialEntry:
        """Return the use case's input."""
        return OfficialEntry(
            self.applicant_id, self.matter or "", self.last_day, self.basis, self.reason, self.officer
        )


class CreditSearch(Closed):
    """Name whose records are wanted: in a body, since addresses are written to logs."""

    applicant_id: HolderId
