"""What was handed in for a bundle is kept whole while a matter waits, promises as they were made."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from license_service.demo.people import COMPANY, LEGAL_PERSON, OTHER_PERSON
from license_service.domain.agent import Agent, AgentAct
from license_service.domain.application import (
    Channel,
    CommitmentOffer,
    DeferralRequest,
    Person,
    SubmittedDocument,
)
from license_service.services.accepting.bundle_inputs import (
    BundleInput,
    ResultInput,
    bundle_input_from_json,
    bundle_input_to_json,
)
from license_service.services.accepting.inputs import DocumentInput

FOUNDER, MADE = Person(LEGAL_PERSON.name, LEGAL_PERSON.id), Person(COMPANY.name, COMPANY.id)
AGENT = Agent(
    Person(OTHER_PERSON.name, OTHER_PERSON.id),
    frozenset(AgentAct), date(2026, 1, 1), date(2026, 2, 1), authorization="ab" * 32,
)  # fmt: skip
OFFER = CommitmentOffer(
    "proof", "sha256:0", "示例甲", channel=Channel.WINDOW, shown_at=datetime(2026, 1, 2, tzinfo=UTC)
)
GIVEN = BundleInput(
    FOUNDER, FOUNDER, (),
    (SubmittedDocument("paper", "0" * 64, "f.pdf"),),
    (("matter", OFFER),), (("matter", DeferralRequest("debt", "示例甲")),),
    other_party=MADE, fields={"flag": True, "area": 3}, agent=AGENT,
)  # fmt: skip


def _kept(given: BundleInput) -> BundleInput:
    return bundle_input_from_json(json.loads(json.dumps(bundle_input_to_json(given))))


@pytest.mark.parametrize("given", [GIVEN, replace(GIVEN, agent=None, other_party=None, legal_person=None)])
def test_what_is_kept_is_read_back(given: BundleInput) -> None:
    assert _kept(given) == given


@pytest.mark.parametrize(("by_agent", "proof"), [(True, AGENT.proof), (False, None)])
def test_a_promise_by_proxy_is_kept_as_one_and_one_in_person_too(by_agent: bool, proof: str | None) -> None:
    ((_, offer),) = _kept(replace(GIVEN, by_agent=by_agent)).commitments
    assert offer.proxy_authorization == proof


@pytest.mark.parametrize(
    ("result", "agent"),
    [
        (ResultInput(DocumentInput()), AGENT),
        (ResultInput(DocumentInput(), applicant=FOUNDER), AGENT),
        (ResultInput(DocumentInput(), applicant=MADE), None),
        (ResultInput(DocumentInput(), applicant=MADE, agent=replace(AGENT, authorization="cd" * 32)), "new"),
    ],
)
def test_whom_a_result_made_is_not_bound_by_the_agent_of_the_one_before(
    result: ResultInput, agent: Agent | str | None
) -> None:
    after = GIVEN.with_result(result)
    assert after.agent == (result.agent if agent == "new" else agent)
    assert after.commitments == GIVEN.commitments
    assert after.promised_before
