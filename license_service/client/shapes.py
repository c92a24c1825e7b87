"""What the service is sent and answers, as types. Answers may have more members: later versions add some."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Text(TypedDict):
    """A text in Chinese and English."""

    zh: str
    en: str


class Person(TypedDict):
    """Name a person or an organization by its citizen id or USCC."""

    name: str
    id: str


class Document(TypedDict, total=False):
    """Present a license: its bytes in base64, or the id of a verification made before."""

    content: str
    verification_id: str


class Paper(TypedDict):
    """Name a paper handed in as a file, by its SHA-256."""

    material: str
    sha256: str
    file_name: str


class Commitment(TypedDict):
    """Promise what the notice of that digest asks."""

    material: str
    notice_digest: str
    acknowledged_by: str
    proxy_authorization: NotRequired[str]


class Deferral(TypedDict):
    """Ask to hand a material in later."""

    material: str
    acknowledged_by: str


class Agent(TypedDict):
    """Name who acts for an applicant; one of `authorization` (SHA-256) and `verification_id` proves it."""

    name: str
    id: str
    scope: list[str]
    valid_from: str
    valid_until: str
    authorization: NotRequired[str]
    verification_id: NotRequired[str]


class Application(TypedDict):
    """Describe an application."""

    applicant: Person
    legal_person: NotRequired[Person]
    other_party: NotRequired[Person]
    fields: NotRequired[dict[str, str | int | bool]]
    documents: NotRequired[list[Document]]
    submitted: NotRequired[list[Paper]]
    commitments: NotRequired[list[Commitment]]
    deferrals: NotRequired[list[Deferral]]
    agent: NotRequired[Agent]
    by_agent: NotRequired[bool]


class Beside(TypedDict, total=False):
    """What the caller knows beside a document; instants are RFC 3339."""

    validation_time: str
    holder: str
    purpose: str
    audience: str
    nonce: str
    password: str


Indication = Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"]


class Report(TypedDict):
    """A verdict; its whole shape is at `/v1/schemas/report`."""

    sha256: str
    format: str
    indication: Indication
    sub_indication: str | None
    license: dict[str, Any] | None
    signatures: list[dict[str, Any]]
    validation_time: str


class Verification(TypedDict):
    """A verdict that is kept."""

    id: str
    created_at: str
    event_id: str
    report: Report
    codes: list[str]
    messages: list[dict[str, Any]]
    bindings: list[dict[str, Any]] | None


class BatchLine(Verification):
    """The verdict on one document of a batch."""

    index: int
    name: str


class Batch(TypedDict):
    """How far a batch is."""

    id: str
    state: Literal["running", "complete"]
    total: int
    done: int
    indications: dict[Indication, int]


class MatterSummary(TypedDict):
    """What a list of matters says of one."""

    code: str
    version: str
    name: Text
    subjects: list[str]
    authority: str
    basis: str
    effective_from: str
    effective_until: str | None


class Material(TypedDict):
    """A material, with every way to satisfy it that the rule has."""

    code: str
    name: Text
    primary: bool
    basis: str
    by_submission: bool
    needed_when: NotRequired[dict[str, Any]]
    by_license: NotRequired[dict[str, Any]]
    by_data: NotRequired[dict[str, Any]]
    by_commitment: NotRequired[dict[str, Any]]
    by_deferral: NotRequired[dict[str, Any]]


class Matter(MatterSummary):
    """The guide of a matter."""

    result: str
    time_limit: dict[str, Any] | None
    special_procedures: list[dict[str, Any]]
    fields: list[dict[str, Any]]
    eligibility: list[dict[str, Any]]
    materials: list[Material]
    catalogue: dict[str, str]


class Finding(TypedDict):
    """What becomes of one material."""

    material: str
    outcome: str
    code: str
    report_id: str | None
    reasons: list[str]
    alternatives: list[str]
    conditions: list[dict[str, Any]]


class Obligation(TypedDict):
    """What is promised or owed."""

    id: str
    kind: Literal["commitment", "deferral"]
    material: str
    state: str
    due_on: str
    due_at: str
    provisional: bool
    explanation: dict[str, Any] | None


class Case(TypedDict):
    """A case; `version` is there where it was read or changed, and goes into `version=` of a change."""

    id: str
    matter_code: str
    matter_version: str
    state: str
    opened_at: str
    materials: list[Finding]
    obligations: list[Obligation]
    decision: dict[str, Any] | None
    version: NotRequired[int]


class DataAnswer(TypedDict):
    """What a data source said of one material."""

    answer: str
    material: str
    source: str
    result: Literal["confirmed", "contradicted", "undetermined"]
    reason: str | None
    digest: str | None
    asked_at: str
    as_of: str | None
    message: Text | None


class AssessedCase(Case):
    """A case as it was opened, with all that is to be corrected, told at once."""

    outcome: str
    correction_notice: list[dict[str, Any]]
    unused_documents: list[str]
    superfluous: list[str]
    unanswered_fields: list[str]
    not_eligible: list[dict[str, Any]]
    data: NotRequired[list[DataAnswer]]
    data_not_asked: NotRequired[list[str]]


class Supplemented(TypedDict):
    """What became of something handed in, and the case after it."""

    finding: Finding
    case: Case


class Event(TypedDict):
    """What happened; `seq` counts the events of a case without gaps."""

    id: str
    kind: str
    time: str
    data: dict[str, Any]
    case: NotRequired[str]
    seq: NotRequired[int]


class EventPage(TypedDict):
    """Events in the order of the log; `next` continues behind them, also where there were none."""

    events: list[Event]
    next: str


class SharingLists(TypedDict):
    """Who shares what, in which form, and how well it works."""

    as_of: str
    sharing: list[dict[str, Any]]
    standards: list[dict[str, Any]]
    operations: list[dict[str, Any]]
