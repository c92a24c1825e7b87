"""What everything that takes applications works with, and the questions it asks others before it decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from license_service.clock import SHANGHAI, Clock
from license_service.domain.application import Application
from license_service.domain.assessment import assess
from license_service.domain.matter import Matter
from license_service.domain.shared_data import DataQuestion
from license_service.domain.standing import Standing
from license_service.services.accepting.acceptance import Judged, look_judged, to_application
from license_service.services.accepting.agents import applying, require_proof
from license_service.services.accepting.inputs import ApplicationInput
from license_service.services.accepting.license_uses import UseLog
from license_service.services.caller import Caller
from license_service.services.cases.case_book import CaseBook
from license_service.services.ports import Doorbell, Store
from license_service.services.sharing.sources import DataAnswer, SourceService
from license_service.services.verifying.verifications import Verifier


@dataclass(frozen=True)
class Desk:
    """Hold what taking an application needs."""

    store: Store
    clock: Clock
    verifier: Verifier
    book: CaseBook
    sources: SourceService
    uses: UseLog
    doorbell: Doorbell

    def ring(self, due: Iterable[str]) -> None:
        """Ring for follow-ups that are due; a doorbell that fails raises nothing."""
        for identifier in due:
            self.doorbell.ring(identifier)

    def require_agent(self, caller: Caller, applications: Iterable[ApplicationInput], now: datetime) -> None:
        """Refuse an agent who may not apply, or without proof: before anybody is asked on the agent's word.

        Raises:
            AgentNotInForceError: or another code of agents, if one acts who may not.
        """
        given = list(applications)
        for application in given:
            applying(application, now)
        # Of several matters applied for at once, all name the same agent.
        if given and given[0].agent is not None:
            with self.store.read() as tx:
                require_proof(tx, caller.tenant, given[0], now)

    def ask_sources(
        self,
        caller: Caller,
        inputs: Mapping[str, tuple[Matter, ApplicationInput]],
        judged: Sequence[Judged],
        now: datetime,
        awaited: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> dict[str, tuple[DataAnswer, ...]]:
        """Ask data sources what licenses leave open, by matter; before the transaction, so nobody waits.

        Nothing is asked about materials that are `awaited`: what comes of another matter is not there yet.

        Raises:
            NotFoundError: if the tenant has no verification that was named.
        """
        asked = {code: pair for code, pair in inputs.items() if self.sources.know(pair[0])}
        if not asked:
            return dict.fromkeys(inputs, ())
        with self.store.read() as tx:
            licenses = look_judged(tx, caller.tenant, judged)
            standings = {
                code: self.book.standing(tx, caller.tenant, given.applicant.id, code, now)
                for code, (_, given) in asked.items()
            }
        questions = [
            (code, question)
            for code, (matter, given) in asked.items()
            for question in self._questions(
                matter, to_application(matter, given, licenses), standings[code], now
            )
            if question.material not in awaited.get(code, ())
        ]
        said = self.sources.ask([question for _, question in questions])
        pairs = list(zip((code for code, _ in questions), said, strict=True))
        return {code: tuple(item for other, item in pairs if other == code) for code in inputs}

    def _questions(
        self, matter: Matter, application: Application, standing: Standing, now: datetime
    ) -> list[DataQuestion]:
        assessment = assess(matter, application, standing, now.astimezone(SHANGHAI).date())
        return self.sources.questions(matter, application, assessment)
