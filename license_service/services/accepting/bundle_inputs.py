"""What callers hand in for a bundle, and what each of its matters is given of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.agent import Agent, agent_from_json, agent_to_json
from license_service.domain.application import (
    Channel,
    CommitmentOffer,
    DeferralRequest,
    Person,
    SubmittedDocument,
)
from license_service.domain.conditions import Facts
from license_service.domain.matter import Matter
from license_service.errors import InvalidRequestError
from license_service.services.accepting.inputs import ApplicationInput, DocumentInput, UseInput


@dataclass(frozen=True)
class BundleInput:
    """Hold one application for several matters; promises and debts name the matter they are made to."""

    applicant: Person
    legal_person: Person | None
    documents: tuple[DocumentInput, ...]
    submitted: tuple[SubmittedDocument, ...]
    commitments: tuple[tuple[str, CommitmentOffer], ...]
    deferrals: tuple[tuple[str, DeferralRequest], ...]
    other_party: Person | None = None
    fields: Facts = field(default_factory=dict)
    use: UseInput = field(default_factory=UseInput)
    agent: Agent | None = None
    by_agent: bool = False
    promised_before: bool = False

    def for_matter(self, matter: Matter) -> ApplicationInput:
        """Return what concerns one matter: papers and fields it asks for, promises and debts made to it."""
        asked = {material.code for material in matter.materials}
        stated = {item.name for item in matter.fields}
        return ApplicationInput(
            matter_code=matter.code,
            applicant=self.applicant,
            legal_person=self.legal_person,
            documents=(),
            submitted=tuple(item for item in self.submitted if item.material in asked),
            commitments=tuple(offer for code, offer in self.commitments if code == matter.code),
            deferrals=tuple(request for code, request in self.deferrals if code == matter.code),
            other_party=self.other_party,
            fields={name: value for name, value in self.fields.items() if name in stated},
            use=self.use,
            agent=self.agent,
            by_agent=self.by_agent,
            promised_before=self.promised_before,
        )

    def with_result(self, result: ResultInput) -> BundleInput:
        """Return what is handed in with the result of a matter.

        An authorization is by the applicant who gave it: whom the result made names an agent anew.
        """
        applicant = result.applicant or self.applicant
        agent = result.agent or (self.agent if applicant == self.applicant else None)
        return replace(
            self,
            applicant=applicant,
            agent=agent,
            by_agent=result.by_agent,
            use=result.use,
            promised_before=True,
        )

    def require_known(self, matters: Sequence[Matter]) -> None:
        """Refuse what no matter of the bundle asks for: a misspelt one must not be silently ignored.

        Raises:
            InvalidRequestError: naming every field, matter and material there is not.
        """
        fields = {item.name for matter in matters for item in matter.fields}
        materials = {material.code for matter in matters for material in matter.materials}
        made_to = {code for code, _ in (*self.commitments, *self.deferrals)}
        unknown = {
            "fields": self.fields.keys() - fields,
            "materials": {item.material for item in self.submitted} - materials,
            "matters": made_to - {matter.code for matter in matters},
        }
        told = [f"{kind} {', '.join(sorted(names))}" for kind, names in unknown.items() if names]
        if told:
            raise InvalidRequestError(f"this bundle has no {'; no '.join(told)}")


@dataclass(frozen=True)
class ResultInput:
    """Hand in the result of a matter; `applicant` is whom it made, `agent` who acts from here on."""

    document: DocumentInput
    applicant: Person | None = None
    agent: Agent | None = None
    by_agent: bool = False
    use: UseInput = field(default_factory=UseInput)


def bundle_input_to_json(given: BundleInput) -> dict[str, Any]:
    """Return what was handed in without its documents, to be kept until every matter has its case."""
    promised = given.by_agent and not given.promised_before and given.agent
    made = [(code, promised.promise(offer) if promised else offer) for code, offer in given.commitments]
    return {
        "applicant": vars(given.applicant),
        "legal_person": _person_to_json(given.legal_person),
        "other_party": _person_to_json(given.other_party),
        "submitted": [vars(item) for item in given.submitted],
        "commitments": [[code, _offer_to_json(offer)] for code, offer in made],
        "deferrals": [[code, vars(request)] for code, request in given.deferrals],
        "fields": dict(given.fields),
        "agent": agent_to_json(given.agent) if given.agent else None,
    }


def bundle_input_from_json(data: Mapping[str, Any]) -> BundleInput:
    """Read it back."""
    return BundleInput(
        applicant=Person(**data["applicant"]),
        legal_person=_person(data["legal_person"]),
        documents=(),
        submitted=tuple(SubmittedDocument(**item) for item in data["submitted"]),
        commitments=tuple((code, _offer(item)) for code, item in data["commitments"]),
        deferrals=tuple((code, DeferralRequest(**item)) for code, item in data["deferrals"]),
        other_party=_person(data["other_party"]),
        fields=data["fields"],
        agent=agent_from_json(data["agent"]) if data.get("agent") else None,
    )


def _offer_to_json(offer: CommitmentOffer) -> dict[str, Any]:
    shown = format_instant(offer.shown_at) if offer.shown_at else None
    return {**asdict(offer), "channel": offer.channel.value, "shown_at": shown}


def _offer(data: Mapping[str, Any]) -> CommitmentOffer:
    shown = parse_instant(data["shown_at"]) if data["shown_at"] else None
    return CommitmentOffer(**{**data, "channel": Channel(data["channel"]), "shown_at": shown})


def _person_to_json(person: Person | None) -> dict[str, str] | None:
    return vars(person) if person else None


def _person(data: Mapping[str, str] | None) -> Person | None:
    return Person(**data) if data else None
