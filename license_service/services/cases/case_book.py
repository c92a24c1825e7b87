"""What every change of a case rests on: the rule it was accepted under, and the credit of who applies."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from license_service.clock import SHANGHAI, format_instant
from license_service.domain.acts import Act
from license_service.domain.application import (
    Application,
    DeferralRequest,
    PresentedLicense,
    SubmittedDocument,
)
from license_service.domain.assessment import MaterialFinding, assess
from license_service.domain.case import Case, Circumstances, Event, EventKind, Transition
from license_service.domain.credit import CreditEntry, CreditRecord, standing_of
from license_service.domain.matter import Catalogue
from license_service.domain.standing import Standing
from license_service.domain.workdays import WorkCalendar
from license_service.errors import ConfigurationError, InvalidRequestError
from license_service.services.blind_index import BlindIndex
from license_service.services.ports import Transaction
from license_service.services.recording import record_event, record_transition
from license_service.services.records import StoredCase


@dataclass(frozen=True)
class CaseBook:
    """Hold the catalogue, the calendar, and how applicants are found in the credit records."""

    catalogue: Catalogue
    calendar: WorkCalendar
    index: BlindIndex

    def circumstances(self, case: Case, now: datetime) -> Circumstances:
        """Return what a change of a case depends on now.

        Raises:
            ConfigurationError: if the catalogue lost the version the case was accepted under.
        """
        matter = self.catalogue.version(case.matter_code, case.matter_version)
        if matter is None:
            raise ConfigurationError("the catalogue lost the version this case was accepted under")
        return Circumstances(matter, self.calendar, now)

    def standing(
        self, tx: Transaction, tenant: str, applicant_id: str, matter: str, now: datetime
    ) -> Standing:
        """Return what stands against an applicant in a matter."""
        records = tx.credit_records_of(tenant, self.index.of_applicant(tenant, applicant_id))
        return standing_of(records, matter, now)

    def keep(self, tx: Transaction, stored: StoredCase, transition: Transition, now: datetime) -> list[str]:
        """Save a changed case with its events, its follow-ups and what it enters against the applicant.

        Return the ids of follow-ups due already.

        Raises:
            CaseStateError: if somebody saved it since it was read.
        """
        tx.save_case(replace(stored, case=transition.case))
        due = record_transition(tx, stored.tenant, transition, now)
        for entry in transition.credit:
            self.enter(tx, stored.tenant, stored.applicant.id, entry, now)
        return due

    def enter(
        self,
        tx: Transaction,
        tenant: str,
        applicant_id: str,
        entry: CreditEntry,
        now: datetime,
        acts: Iterable[Act] = (),
    ) -> CreditRecord:
        """Enter a credit record, and say so in the log without saying against whom."""
        subject = self.index.of_applicant(tenant, applicant_id)
        record = CreditRecord(uuid.uuid4().hex, subject, entry, acts=tuple(acts))
        tx.add_credit_record(tenant, record)
        data = {
            "record": record.id,
            "mark": entry.mark.value,
            "matter": entry.matter,
            "until": format_instant(entry.until),
            "cause": entry.cause,
            "officer": "".join(act.officer for act in record.acts),
        }
        record_credit_event(tx, tenant, record, Event(EventKind.CREDIT_RECORDED, data), now)
        return record


def record_credit_event(
    tx: Transaction, tenant: str, record: CreditRecord, event: Event, now: datetime
) -> None:
    """Write what happened to a record: to the timeline of the case it comes from, where it comes from one."""
    case_id = record.entry.cause.split(".")[0] or None
    if case_id:
        tx.lock_case(case_id)
    record_event(tx, tenant, case_id, event, now)


def reassess(
    stored: StoredCase,
    at: Circumstances,
    material_code: str,
    standing: Standing,
    *,
    licenses: tuple[PresentedLicense, ...] = (),
    submitted: tuple[SubmittedDocument, ...] = (),
    deferrals: tuple[DeferralRequest, ...] = (),
) -> MaterialFinding:
    """Say what becomes of one material of an accepted case, judged like at the first time.

    It was needed when the case was accepted, so what made it needed is not asked again.

    Raises:
        InvalidRequestError: if the matter has no such material.
    """
    material = at.matter.material(material_code)
    if material is None:
        raise InvalidRequestError(f"{at.matter.code} has no material {material_code}")
    application = Application(
        matter_code=at.matter.code,
        applicant=stored.applicant,
        legal_person=stored.legal_person,
        licenses=licenses,
        submitted=submitted,
        commitments=(),
        deferrals=deferrals,
        other_party=stored.other_party,
    )
    asked = replace(at.matter, materials=(replace(material, needed_when=None),), eligibility=())
    return assess(asked, application, standing, at.now.astimezone(SHANGHAI).date()).findings[0]
