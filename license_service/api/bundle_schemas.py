"""Shapes of requests about bundles."""

from __future__ import annotations

from pydantic import Field, StrictBool

from license_service.api.schemas import (
    AgentModel,
    Closed,
    Code,
    CommitmentModel,
    DeferralModel,
    DocumentModel,
    FieldName,
    FieldValue,
    PersonModel,
    ReasonRequest,
    SubmittedModel,
    UseModel,
    use_of,
)
from license_service.domain.application import CommitmentOffer, DeferralRequest
from license_service.services.accepting.bundle_inputs import BundleInput, ResultInput

_MOST_ITEMS = 50


class MatterCommitmentModel(CommitmentModel):
    """Promise one matter of the bundle what its notice asks."""

    matter: Code

    def to_offer(self) -> tuple[str, CommitmentOffer]:
        """Return the matter and the domain's promise."""
        return self.matter, CommitmentOffer(**self.model_dump(exclude={"matter"}))


class MatterDeferralModel(DeferralModel):
    """Ask one matter of the bundle to take a material later."""

    matter: Code

    def to_request(self) -> tuple[str, DeferralRequest]:
        """Return the matter and the domain's request."""
        return self.matter, DeferralRequest(**self.model_dump(exclude={"matter"}))


class BundleRequest(Closed):
    """Apply for every matter of a bundle: people, documents, papers and fields are given once."""

    applicant: PersonModel
    legal_person: PersonModel | None = None
    other_party: PersonModel | None = Field(None, description="Spouse, seller, child: whom a matter joins.")
    fields: dict[FieldName, FieldValue] = Field(
        {}, max_length=_MOST_ITEMS, description="Values the matters' conditions ask for; see the guide."
    )
    documents: list[DocumentModel] = Field(
        [], max_length=_MOST_ITEMS, description="Each is verified once and serves every matter."
    )
    submitted: list[SubmittedModel] = Field(
        [], max_length=_MOST_ITEMS, description="Each serves every matter that asks for the material."
    )
    commitments: list[MatterCommitmentModel] = Field([], max_length=_MOST_ITEMS)
    deferrals: list[MatterDeferralModel] = Field([], max_length=_MOST_ITEMS)
    use: UseModel | None = None
    agent: AgentModel | None = Field(None, description="Who acts for the applicant in every matter.")
    by_agent: StrictBool = Field(default=False, description="The agent hands this in, promises included.")

    def to_input(self) -> BundleInput:
        """Return the use case's input."""
        return BundleInput(
            applicant=self.applicant.to_input(),
            legal_person=self.legal_person.to_input() if self.legal_person else None,
            documents=tuple(item.to_input() for item in self.documents),
            submitted=tuple(item.to_input() for item in self.submitted),
            commitments=tuple(item.to_offer() for item in self.commitments),
            deferrals=tuple(item.to_request() for item in self.deferrals),
            other_party=self.other_party.to_input() if self.other_party else None,
            fields=self.fields,
            use=use_of(self.use, by_agent=self.by_agent),
            agent=self.agent.to_input() if self.agent else None,
            by_agent=self.by_agent,
        )


class WaitWithdrawalRequest(ReasonRequest):
    """Withdraw matters that wait for a result."""

    matters: list[Code] = Field(
        [], max_length=_MOST_ITEMS, description="Default: all that wait. Cases already open are not meant."
    )


class ResultRequest(Closed):
    """Hand in the result that other matters of the application wait for."""

    document: DocumentModel
    applicant: PersonModel | None = Field(
        None, description="Who applies from here on: whom the result made, such as the company just founded."
    )
    agent: AgentModel | None = Field(
        None,
        description="Who acts from here on. Default: the agent of the application, if the applicant stays.",
    )
    by_agent: StrictBool = Field(default=False, description="The agent hands this in.")
    use: UseModel | None = None

    def to_input(self) -> ResultInput:
        """Return the use case's input."""
        return ResultInput(
            document=self.document.to_input(),
            applicant=self.applicant.to_input() if self.applicant else None,
            agent=self.agent.to_input() if self.agent else None,
            by_agent=self.by_agent,
            use=use_of(self.use, by_agent=self.by_agent),
        )
