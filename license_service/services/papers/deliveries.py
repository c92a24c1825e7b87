"""Deliveries of papers (送达): who received which paper, how and when, without naming anyone."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from license_service.clock import Clock, format_instant
from license_service.domain.agent import AgentAct
from license_service.domain.case import Event, EventKind
from license_service.services.accepting.agents import acting, describe_actor
from license_service.services.blind_index import BlindIndex
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.cases.cases import load_case
from license_service.services.papers.papers import newest
from license_service.services.papers.sheet import digest_of
from license_service.services.ports import Store
from license_service.services.recording import record_event


class Channel(StrEnum):
    """How a paper is delivered."""

    WINDOW = "window"
    ONLINE = "online"
    POST = "post"


class PaperDeliveryService:
    """Answer `POST /v1/cases/{id}/papers/{kind}/deliveries`."""

    def __init__(self, store: Store, clock: Clock, index: BlindIndex) -> None:
        self._store = store
        self._clock = clock
        self._index = index

    def deliver(
        self,
        caller: Caller,
        case_id: str,
        kind: str,
        channel: Channel,
        claim: IdempotencyClaim,
        *,
        by_agent: bool,
    ) -> dict[str, Any]:
        """Record that the newest paper of a kind was received; it must have been asked for before.

        Raises:
            NotFoundError: if this tenant has no such case, or the case has no such paper.
            AgentScopeError: or another code of agents, if one receives who may not.
        """
        caller.require(Scope.CASES_WRITE)
        now = self._clock.now()
        with self._store.begin() as tx:
            kept = tx.stored_answer(caller.tenant, claim)
            if kept is not None:
                return kept
            stored = load_case(tx, caller.tenant, case_id)
            paper = newest(tx.papers_of(caller.tenant, case_id), kind)
            actor = acting(stored, AgentAct.RECEIVE, now, by_agent=by_agent)
            told = {
                "paper": kind,
                "digest": digest_of(paper.body),
                "channel": channel.value,
                "actor": describe_actor(case_id, stored.salt, actor, self._index),
            }
            event = record_event(tx, caller.tenant, case_id, Event(EventKind.PAPER_DELIVERED, told), now)
            answer = {**told, "event": event.id, "delivered_at": format_instant(now)}
            tx.keep_answer(caller.tenant, claim, answer, case_id)
        return answer
