"""What callers hand in for a bundle, and what each of its matters is given of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from license_service.clock import format_instant, parse_instant
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
from license_service.services.accepting.inputs import ApplicationInput, DocumentInput


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


def bundle_input_to_json(given: BundleInput) -> dict[str, Any]:
    """Return what was handed in without its documents, to be kept until every matter has its case."""
    commitments = [[code, _offer_to_json(offer)] for code, offer in given.commitments]
    kept = {**asdict(given), "documents": [], "fields": dict(given.fields)}
    return {**kept, "commitments": commitments}


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
    )


def _offer_to_json(offer: CommitmentOffer) -> dict[str, Any]:
    shown = format_instant(offer.shown_at) if offer.shown_at else None
    return {**asdict(offer), "channel": offer.channel.value, "shown_at": shown}


def _offer(data: Mapping[str, Any]) -> CommitmentOffer:
    shown = parse_instant(data["shown_at"]) if data["shown_at"] else None
    return CommitmentOffer(**{**data, "channel": Channel(data["channel"]), "shown_at": shown})


def _person(data: Mapping[str, str] | None) -> Person | None:
    return Person(**data) if data else None
