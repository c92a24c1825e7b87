"""What an applicant brings: signed licenses, papers, promises, and requests to owe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from license_service.domain.conditions import Facts


@dataclass(frozen=True)
class Person:
    """Name an applicant or legal person; `id` is a USCC or citizen id."""

    name: str
    id: str


@dataclass(frozen=True)
class PresentedLicense:
    """Hold what assessment needs of a verification report.

    `issuer_code` is empty where the license does not say; `valid_until` is its last day, None for no end.
    `unread` says that there was no license to read: type and issuer are those of its identifier.
    """

    report_id: str
    indication: Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"]
    codes: tuple[str, ...]
    type_code: str
    holder_ids: tuple[str, ...]
    issuer_code: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    unread: bool = False
    identifier: str = ""


@dataclass(frozen=True)
class SharedData:
    """Hold what a government data source answered about one material, as a report of its own."""

    report_id: str
    material: str
    source: str
    result: Literal["confirmed", "contradicted", "undetermined"]


@dataclass(frozen=True)
class SubmittedDocument:
    """Name a paper handed in as a file, by material and digest."""

    material: str
    sha256: str
    file_name: str


class Channel(StrEnum):
    """Where a notice was shown and acknowledged; assisted is by a clerk or agent at the applicant's side."""

    ONLINE = "online"
    WINDOW = "window"
    KIOSK = "kiosk"
    ASSISTED = "assisted"


@dataclass(frozen=True)
class CommitmentOffer:
    """Promise what a notice asks; the digest says which text was shown.

    `proxy_authorization` is the SHA-256 of the written authorization where somebody else promises;
    `shown_at` is None where the notice is shown and acknowledged as the application is made.
    """

    material: str
    notice_digest: str
    acknowledged_by: str
    proxy_authorization: str | None = None
    channel: Channel = Channel.ONLINE
    shown_at: datetime | None = None


@dataclass(frozen=True)
class DeferralRequest:
    """Ask to hand a material in later."""

    material: str
    acknowledged_by: str


@dataclass(frozen=True)
class Application:
    """Hold one application for one matter; `fields` are the values its conditions ask for."""

    matter_code: str
    applicant: Person
    legal_person: Person | None
    licenses: tuple[PresentedLicense, ...]
    submitted: tuple[SubmittedDocument, ...]
    commitments: tuple[CommitmentOffer, ...]
    deferrals: tuple[DeferralRequest, ...]
    other_party: Person | None = None
    data: tuple[SharedData, ...] = ()
    fields: Facts = field(default_factory=dict)
