"""The three lists of data sharing (数据共享清单、标准清单、运维清单), from the live system.

Nobody writes them: what is shared for what comes from the catalogue that decides, names and freshness from
the declarations that are asked by, availability from the calls that were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from license_service.clock import SHANGHAI, Clock, format_instant
from license_service.domain.matter import Catalogue, CheckMethod, Matter
from license_service.errors import ConfigurationError
from license_service.services.caller import Caller, Scope
from license_service.services.ports import Store
from license_service.services.sharing.data_sources import SourceDescription, SourceUse
from license_service.services.sharing.source_calls import ANSWERED, KEPT_FOR, CallFigures

_OF_THE_RULE = frozenset({"matter.code", "material"})


class DataSharingService:
    """Answer `GET /v1/data-sharing/lists`."""

    def __init__(
        self, store: Store, clock: Clock, catalogue: Catalogue, sources: Sequence[SourceDescription]
    ) -> None:
        """Keep what is declared.

        Raises:
            ConfigurationError: if a rule asks a source by what its declaration does not have.
        """
        self._store, self._clock, self._catalogue, self._sources = store, clock, catalogue, sources
        require_fitting(catalogue, sources)

    def lists(self, caller: Caller) -> dict[str, Any]:
        """Return who shares what, in which form, and how well it works.

        Raises:
            ForbiddenError: without the scope.
            StoreUnavailableError: if the database does not answer.
        """
        caller.require(Scope.MATTERS_READ)
        now = self._clock.now()
        with self._store.read() as tx:
            figures, breakers = tx.call_figures(now - KEPT_FOR), tx.open_breakers(now)
        matters = self._catalogue.in_effect(now.astimezone(SHANGHAI).date())
        uses = [use for matter in matters for use in _uses(matter)]
        return {
            "as_of": format_instant(now),
            "sharing": [*(_shared(source, uses) for source in self._sources), *self._undeclared(uses)],
            "standards": [_standard(source) for source in self._sources],
            "operations": [_operation(source, figures, breakers) for source in self._sources],
        }

    def _undeclared(self, uses: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        declared = {source.name for source in self._sources}
        for name in sorted({use["source"] for use in uses} - declared):
            yield {"source": name, "connected": False, "used_by": _used(name, uses)}


def require_fitting(catalogue: Catalogue, sources: Sequence[SourceDescription]) -> None:
    """Refuse a catalogue that asks a declared source for what it is not declared for.

    Raises:
        ConfigurationError: naming matter, material and source.
    """
    declared = {source.name: source for source in sources}
    for matter in catalogue.matters:
        for use in _uses(matter):
            source = declared.get(use["source"])
            problem = source and _misfit(source, use)
            if problem:
                where = f"matter {matter.code} {matter.version}, {use['material']}"
                raise ConfigurationError(f"{where}: source {use['source']} {problem}")


def _misfit(source: SourceDescription, use: dict[str, Any]) -> str:
    if SourceUse(use["use"]) not in source.uses:
        return f"is not declared for {use['use']}"
    if missing := [name for name in use["query"] if name not in source.query]:
        return f"is not asked by {', '.join(missing)}"
    members = [source.query[name] for name in (*use["query"], *(_OF_THE_RULE & source.query.keys()))]
    return "would be sent two values under one name" if len(set(members)) != len(members) else ""


def _uses(matter: Matter) -> Iterator[dict[str, Any]]:
    for material in matter.materials:
        of = {"matter": matter.code, "material": material.code}
        if route := material.by_data:
            query = list(route.query)
            yield {**of, "source": route.source, "use": "data", "query": query, "basis": route.basis}
        if (promise := material.by_commitment) and promise.check.method is CheckMethod.DATA_SOURCE:
            yield {**of, "source": promise.check.source, "use": "check", "query": [], "basis": promise.basis}


def _used(name: str, uses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: use[key] for key in use if key != "source"} for use in uses if use["source"] == name]


def _shared(source: SourceDescription, uses: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "source": source.name,
        "connected": True,
        "title": {"zh": source.title_zh, "en": source.title_en},
        "owner": source.owner,
        "uses": sorted(use.value for use in source.uses),
        "used_by": _used(source.name, uses),
    }


def _standard(source: SourceDescription) -> dict[str, Any]:
    return {
        "source": source.name,
        "query": dict(source.query),
        "answer": dict(source.answer),
        "max_age_days": source.max_age_days,
    }


def _operation(
    source: SourceDescription, figures: Sequence[CallFigures], breakers: Sequence[str]
) -> dict[str, Any]:
    own = [item for item in figures if item.source == source.name]
    calls, answered = sum(i.calls for i in own), [i for i in own if i.outcome == ANSWERED]
    decided = sum(i.calls for i in answered)
    last = max((i.last_at for i in answered), default=None)
    return {
        "source": source.name,
        "owner": source.owner,
        "days": KEPT_FOR.days,
        "calls": calls,
        "availability": round(decided / calls, 4) if calls else None,
        "average_ms": round(sum(i.total_ms for i in own) / calls) if calls else None,
        "longest_ms": max((i.longest_ms for i in own), default=None),
        "errors": {i.outcome: i.calls for i in own if i.outcome != ANSWERED},
        "last_answer_at": format_instant(last) if last else None,
        "suspended": not {f"source:{source.name}", f"data:{source.name}"}.isdisjoint(breakers),
    }
