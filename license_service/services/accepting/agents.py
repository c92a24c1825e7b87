"""Agents at each act: whether they may, whether it is proven, and who acted, without naming anyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from license_service.clock import SHANGHAI
from license_service.domain.agent import ActorRole, Agent, AgentAct
from license_service.domain.application import CommitmentOffer, Person
from license_service.domain.case import Transition
from license_service.errors import AgentProofError, AgentUnknownError, NotFoundError
from license_service.services.accepting.inputs import ApplicationInput
from license_service.services.blind_index import BlindIndex
from license_service.services.ports import Transaction
from license_service.services.records import StoredCase
from license_service.services.verifying.verifications import presented
from license_service.verification.report import Indication

Actor = tuple[ActorRole, Person]


def applying(given: ApplicationInput, now: datetime) -> Actor:
    """Return who applies.

    Raises:
        AgentUnknownError: if an agent is said to act and none is named.
        AgentNotInForceError: if the authorization is not in force.
        AgentScopeError: if it does not cover applying, or promising where something is promised.
    """
    if not given.by_agent:
        return ActorRole.APPLICANT, given.applicant
    actor = _agent(given.agent, AgentAct.APPLY, now)
    if given.commitments and not given.promised_before:
        _agent(given.agent, AgentAct.COMMIT, now)
    return actor


def acting(stored: StoredCase, act: AgentAct, now: datetime, *, by_agent: bool) -> Actor:
    """Return who acts in a case.

    Raises:
        AgentUnknownError: or another code of agents, if one acts who may not.
    """
    return _agent(stored.agent, act, now) if by_agent else (ActorRole.APPLICANT, stored.applicant)


def promises_of(given: ApplicationInput) -> tuple[CommitmentOffer, ...]:
    """Return what is promised; what an agent hands in is promised by proxy, and the rule decides on it."""
    if not given.by_agent or given.agent is None or given.promised_before:
        return given.commitments
    return tuple(map(given.agent.promise, given.commitments))


def require_proof(tx: Transaction, tenant: str, given: ApplicationInput, now: datetime) -> None:
    """Refuse a license that does not prove an authorization: genuine, in force, naming both by id.

    Raises:
        NotFoundError: if there is no such verification.
        AgentProofError: if the license is not genuine, ended, or does not name both.
    """
    agent = given.agent
    if agent is None or not agent.verification:
        return
    answer = tx.verification(tenant, agent.verification)
    if answer is None:
        raise NotFoundError("no such verification")
    license_ = presented(answer)
    named = {*license_.holder_ids, *license_.fields.values()}
    ended = license_.valid_until is not None and license_.valid_until < _day(now)
    genuine = license_.indication == Indication.TOTAL_PASSED and not ended
    if not genuine or not {agent.person.id, given.applicant.id} <= named:
        raise AgentProofError("the license is not genuine or ended, or does not name agent and applicant")


def by_actor(transition: Transition, actor: Actor, index: BlindIndex, salt: str) -> Transition:
    """Return a transition whose first event, the act itself, says who acted: by role and blind index."""
    act, *others = transition.events
    named = {"actor": describe_actor(transition.case.id, salt, actor, index)}
    return replace(transition, events=(replace(act, data={**act.data, **named}), *others))


def describe_actor(case_id: str, salt: str, actor: Actor, index: BlindIndex) -> dict[str, str]:
    """Return what events say of who acts; `salt` is the case's."""
    role, person = actor
    return {"role": role.value, "index": index.of_actor(case_id, salt, person.id)}


def _agent(agent: Agent | None, act: AgentAct, now: datetime) -> Actor:
    if agent is None:
        raise AgentUnknownError("the case names no agent")
    agent.require(act, _day(now))
    return ActorRole.AGENT, agent.person


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
