"""Agents (代办人): who acts for an applicant, in what, until when, and what proves it.

Whoever acts by an agent stays responsible. Clause: 民法典, art. 162 (what an agent does within the authority
binds the principal) and art. 165 (an authorization states name, matters, authority and duration).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from license_service.domain.application import CommitmentOffer, Person
from license_service.errors import AgentNotInForceError, AgentScopeError, LicenseServiceError


class AgentAct(StrEnum):
    """What an agent may be authorized to do."""

    APPLY = "apply"
    SUPPLEMENT = "supplement"
    COMMIT = "commit"
    RECEIVE = "receive"


class ActorRole(StrEnum):
    """As whom somebody acts in a case."""

    APPLICANT = "applicant"
    AGENT = "agent"


@dataclass(frozen=True)
class Agent:
    """Hold an authorization; `valid_until` is its last day.

    `authorization` is the SHA-256 of the written one, `verification` names the verdict on a license that
    proves it; one of them is given.
    """

    person: Person
    scope: frozenset[AgentAct]
    valid_from: date
    valid_until: date
    authorization: str = ""
    verification: str = ""

    @property
    def proof(self) -> str:
        """Return what proves the authorization."""
        return self.authorization or f"verification:{self.verification}"

    def require(self, act: AgentAct, on: date) -> None:
        """Refuse an act that is not authorized on a day.

        Raises:
            AgentNotInForceError: before the authorization begins or after it ended.
            AgentScopeError: if it does not cover the act.
        """
        if not self.valid_from <= on <= self.valid_until:
            raise AgentNotInForceError(f"the authorization is in force {self.valid_from}/{self.valid_until}")
        if act not in self.scope:
            raise AgentScopeError(f"the authorization does not cover {act}")

    def promise(self, offer: CommitmentOffer) -> CommitmentOffer:
        """Return a promise as one made by proxy: the rule of its material decides on it."""
        return replace(offer, proxy_authorization=offer.proxy_authorization or self.proof)

    def refusals(self, on: date) -> dict[AgentAct, str | None]:
        """Return for each act the code it is refused with on a day; None where the agent may."""
        return {act: self._refusal(act, on) for act in AgentAct}

    def _refusal(self, act: AgentAct, on: date) -> str | None:
        try:
            self.require(act, on)
        except LicenseServiceError as error:
            return error.code
        return None


def agent_to_json(agent: Agent) -> dict[str, Any]:
    """Return the shape in which an agent is kept."""
    return {
        **vars(agent),
        "person": vars(agent.person),
        "scope": sorted(agent.scope),
        "valid_from": agent.valid_from.isoformat(),
        "valid_until": agent.valid_until.isoformat(),
    }


def agent_from_json(data: Mapping[str, Any]) -> Agent:
    """Read the shape in which an agent is kept."""
    typed = {
        "person": Person(**data["person"]),
        "scope": frozenset(map(AgentAct, data["scope"])),
        "valid_from": date.fromisoformat(data["valid_from"]),
        "valid_until": date.fromisoformat(data["valid_until"]),
    }
    return Agent(**{**data, **typed})
