"""Shapes of requests: closed, bounded, and turned into the inputs of the use cases here."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from license_service.domain.agent import Agent, AgentAct
from license_service.domain.application import (
    Channel,
    CommitmentOffer,
    DeferralRequest,
    Person,
    SubmittedDocument,
)
from license_service.domain.identifiers import is_citizen_id, is_uscc
from license_service.errors import DocumentTooLargeError, NotFoundError
from license_service.services.accepting.inputs import (
    ApplicationInput,
    DocumentInput,
    SupplementInput,
    UseInput,
    UseMode,
)
from license_service.verification.limits import MAX_DOCUMENT_BYTES
from license_service.verification.presentation import Presentation

_MOST_ITEMS = 50
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def _decode(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        document = base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not standard base64 (RFC 4648, 4)") from error
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLargeError(f"more than {MAX_DOCUMENT_BYTES} bytes")
    return document


def _known(form: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(form, value):
            raise NotFoundError("no id has this form")
        return value

    return check


def _numbered(value: str) -> str:
    identifier = value.upper()
    if not is_citizen_id(identifier) and not is_uscc(identifier):
        raise ValueError("neither a citizen id nor a USCC: the check digit is another")
    return identifier


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_NO_CONTROLS)]
_CODE, _IDENTIFIER = r"^[a-z0-9][a-z0-9-]{0,63}$", r"^[0-9a-f]{32}$"
Code = Annotated[str, StringConstraints(pattern=_CODE)]
Identifier = Annotated[str, StringConstraints(pattern=_IDENTIFIER)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FieldValue = StrictBool | Annotated[StrictInt, Field(ge=-(10**15), le=10**15)] | Name
LicenseIdentifier = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._]{1,200}$")]
HolderId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,32}$")]
Base64Bytes = Annotated[
    bytes,
    BeforeValidator(_decode),
    Field(json_schema_extra={"contentEncoding": "base64", "format": "byte"}),
]


class Closed(BaseModel):
    """Refuse unknown members: a misspelt one must not be silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64")


class VerificationRequest(Closed):
    """Ask for a verdict on a document."""

    document: Base64Bytes | None = Field(None, description="The file in base64.")
    identifier: LicenseIdentifier | None = Field(
        None, description="In place of a document: the register gives the one of this 电子证照标识."
    )
    validation_time: AwareDatetime | None = Field(
        None, ge=_EARLIEST, le=_LATEST, description="Judge at this instant; default now."
    )
    holder: HolderId | None = Field(None, description="USCC or citizen id the license must belong to.")
    purpose: Name | None = Field(
        None, description="What it is used for; an annotated copy must have been made for it."
    )
    audience: Name | None = Field(None, description="Who the holder of a credential was asked to sign for.")
    nonce: Name | None = Field(None, description="The nonce the holder of a credential was asked to sign.")
    password: SecretStr | None = Field(None, max_length=127, description="Opens an encrypted PDF; not kept.")
    content: Base64Bytes | None = Field(None, description="What a detached signature is over, in base64.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.document is None) == (self.identifier is None):
            raise ValueError("exactly one of document and identifier")
        return self

    def to_presentation(self) -> Presentation:
        """Return what the caller knows beside the document."""
        return Presentation(
            holder=self.holder,
            purpose=self.purpose,
            audience=self.audience,
            nonce=self.nonce,
            password=self.password.get_secret_value() if self.password else None,
            content=self.content,
            identifier=self.identifier,
        )


class DocumentModel(Closed):
    """Present a license: its bytes, the id of a verification made before, or its own identifier."""

    content: Base64Bytes | None = None
    verification_id: Identifier | None = None
    identifier: LicenseIdentifier | None = Field(
        None,
        description="The register gives the license of this 电子证照标识; where it does not, a person looks.",
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [self.content, self.verification_id, self.identifier]
        if len(given) - given.count(None) != 1:
            raise ValueError("exactly one of content, verification_id and identifier")
        return self

    def to_input(self) -> DocumentInput:
        """Return the use case's input."""
        return DocumentInput(self.content, self.verification_id, self.identifier)


class PersonModel(Closed):
    """Name an applicant or legal person."""

    name: Name
    id: HolderId

    def to_input(self) -> Person:
        """Return the domain's person."""
        return Person(self.name, self.id.upper())


class SubmittedModel(Closed):
    """Name a paper handed in as a file, by its digest."""

    material: Code
    sha256: Sha256
    file_name: Name

    def to_input(self) -> SubmittedDocument:
        """Return the domain's paper."""
        return SubmittedDocument(self.material, self.sha256, self.file_name)


class CommitmentModel(Closed):
    """Promise what the notice of that digest asks."""

    material: Code
    notice_digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    acknowledged_by: Name
    proxy_authorization: Sha256 | None = Field(
        None, description="SHA-256 of the written authorization, where somebody else promises."
    )
    channel: Channel = Field(Channel.ONLINE, description="Where the notice was shown and acknowledged.")
    shown_at: AwareDatetime | None = Field(
        None, ge=_EARLIEST, le=_LATEST, description="When the notice was shown; default now."
    )


class DeferralModel(Closed):
    """Ask to hand a material in later."""

    material: Code
    acknowledged_by: Name


class UseModel(Closed):
    """Say why licenses are used, by which officer, and on whose word."""

    purpose: Name | None = Field(None, description="用证事由; default: the name of the matter.")
    officer: Name | None = Field(None, description="Who asked, beside the API key.")
    mode: UseMode | None = Field(
        None, description="Default: `authorized` where an agent acts, otherwise `holder`."
    )


def use_of(given: UseModel | None, *, by_agent: bool) -> UseInput:
    """Return why licenses are used; on whose word follows from who acts, unless it is said."""
    usual = UseMode.AUTHORIZED if by_agent else UseMode.HOLDER
    if given is None:
        return UseInput(mode=usual)
    return UseInput(given.purpose or "", given.officer or "", given.mode or usual)


class AgentModel(Closed):
    """Name who acts for the applicant, in what, until when, and what proves it."""

    name: Name
    id: Annotated[HolderId, AfterValidator(_numbered)]
    scope: Annotated[list[AgentAct], Field(min_length=1, max_length=len(AgentAct))]
    valid_from: date
    valid_until: date = Field(description="The last day.")
    authorization: Sha256 | None = Field(None, description="SHA-256 of the written authorization.")
    verification_id: Identifier | None = Field(
        None, description="A verdict on a license that names agent and applicant, in place of it."
    )

    @model_validator(mode="after")
    def _proven_once(self) -> Self:
        if (self.authorization is None) == (self.verification_id is None):
            raise ValueError("exactly one of authorization and verification_id")
        if self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        return self

    def to_input(self) -> Agent:
        """Return the domain's agent."""
        return Agent(
            Person(self.name, self.id),
            frozenset(self.scope),
            self.valid_from,
            self.valid_until,
            self.authorization or "",
            self.verification_id or "",
        )


class WalkthroughRequest(Closed):
    """Describe an application; nothing of it is stored."""

    applicant: PersonModel
    legal_person: PersonModel | None = None
    other_party: PersonModel | None = Field(None, description="Spouse, seller, child: whom the matter joins.")
    fields: dict[FieldName, FieldValue] = Field(
        {}, max_length=_MOST_ITEMS, description="Values the matter's conditions ask for; see its guide."
    )
    documents: list[DocumentModel] = Field([], max_length=_MOST_ITEMS)
    submitted: list[SubmittedModel] = Field([], max_length=_MOST_ITEMS)
    commitments: list[CommitmentModel] = Field([], max_length=_MOST_ITEMS)
    deferrals: list[DeferralModel] = Field([], max_length=_MOST_ITEMS)
    agent: AgentModel | None = Field(None, description="Who acts for the applicant, now or later.")
    by_agent: StrictBool = Field(default=False, description="The agent hands this in, promises included.")

    def to_input(self, matter_code: str) -> ApplicationInput:
        """Return the use case's input."""
        return ApplicationInput(
            matter_code=matter_code,
            applicant=self.applicant.to_input(),
            legal_person=self.legal_person.to_input() if self.legal_person else None,
            documents=tuple(item.to_input() for item in self.documents),
            submitted=tuple(item.to_input() for item in self.submitted),
            commitments=tuple(CommitmentOffer(**item.model_dump()) for item in self.commitments),
            deferrals=tuple(DeferralRequest(**item.model_dump()) for item in self.deferrals),
            other_party=self.other_party.to_input() if self.other_party else None,
            fields=self.fields,
            agent=self.agent.to_input() if self.agent else None,
            by_agent=self.by_agent,
        )


class CaseRequest(WalkthroughRequest):
    """Apply."""

    matter_code: Code
    use: UseModel | None = None

    def to_input(self, matter_code: str) -> ApplicationInput:
        """Return the use case's input."""
        return replace(super().to_input(matter_code), use=use_of(self.use, by_agent=self.by_agent))


class SupplementRequest(Closed):
    """Hand in what is owed for a material: a license, or a paper by its digest."""

    material: Code
    document: DocumentModel | None = None
    submitted: SubmittedModel | None = None
    use: UseModel | None = None
    by_agent: StrictBool = Field(default=False, description="The agent of the case hands this in.")

    def to_input(self) -> SupplementInput:
        """Return the use case's input."""
        document = self.document.to_input() if self.document else None
        submitted = self.submitted.to_input() if self.submitted else None
        use = use_of(self.use, by_agent=self.by_agent)
        return SupplementInput(self.material, document, submitted, use, self.by_agent)


class ReasonRequest(Closed):
    """State why; the applicant reads it."""

    reason: Reason


class SuspensionRequest(ReasonRequest):
    """Name the special procedure whose time does not count."""

    procedure: Code


class MatterPath(BaseModel):
    """Name a matter."""

    code: Annotated[str, AfterValidator(_known(_CODE))]


class ItemPath(BaseModel):
    """Name a verification, case or event."""

    id: Annotated[str, AfterValidator(_known(_IDENTIFIER))]
