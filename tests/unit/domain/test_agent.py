"""An authorization: in force from its first to its last day, for the acts it names, and kept as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

import pytest

from license_service.demo.people import OTHER_PERSON
from license_service.domain.agent import Agent, AgentAct, agent_from_json, agent_to_json
from license_service.domain.application import Person
from license_service.errors import AgentNotInForceError, AgentScopeError

_FIRST, _LAST = date(2026, 3, 2), date(2026, 3, 9)
_PERSON = Person(OTHER_PERSON.name, OTHER_PERSON.id)


def _scopes() -> Iterator[frozenset[AgentAct]]:
    for size in range(1, len(AgentAct) + 1):
        yield from map(frozenset, combinations(AgentAct, size))


@pytest.mark.parametrize("act", AgentAct)
@pytest.mark.parametrize("scope", list(_scopes()), ids=lambda scope: "+".join(sorted(scope)))
def test_an_act_is_covered_where_the_scope_names_it(scope: frozenset[AgentAct], act: AgentAct) -> None:
    agent = Agent(_PERSON, scope, _FIRST, _LAST, authorization="0" * 64)
    if act in scope:
        agent.require(act, _FIRST)
        agent.require(act, _LAST)
    else:
        with pytest.raises(AgentScopeError):
            agent.require(act, _FIRST)


@pytest.mark.parametrize("day", [_FIRST - timedelta(days=1), _LAST + timedelta(days=1)])
def test_nothing_is_covered_before_the_first_and_after_the_last_day(day: date) -> None:
    agent = Agent(_PERSON, frozenset(AgentAct), _FIRST, _LAST, authorization="0" * 64)
    with pytest.raises(AgentNotInForceError):
        agent.require(AgentAct.APPLY, day)


@pytest.mark.parametrize("proof", [{"authorization": "0" * 64}, {"verification": "v1"}])
def test_an_agent_comes_back_as_it_was_kept(proof: dict[str, str]) -> None:
    agent = Agent(_PERSON, frozenset({AgentAct.APPLY, AgentAct.RECEIVE}), _FIRST, _LAST, **proof)
    assert agent_from_json(agent_to_json(agent)) == agent
    assert agent.proof == ("0" * 64 if "authorization" in proof else "verification:v1")
