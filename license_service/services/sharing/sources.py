"""Ask data sources of other authorities, count what became of it, and say who shares what with whom."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from license_service.clock import Clock, format_instant
from license_service.domain.application import Application, SharedData
from license_service.domain.assessment import Assessment
from license_service.domain.case import CheckResult, Event, EventKind
from license_service.domain.matter import Matter
from license_service.domain.messages import message
from license_service.domain.shared_data import DataQuestion, questions_about
from license_service.services.ports import Store
from license_service.services.salted import with_salted
from license_service.services.sharing.breaker import CircuitBreaker
from license_service.services.sharing.data_sources import (
    Question,
    Says,
    SourceAnswer,
    SourceClient,
    SourceUse,
    Undecided,
)
from license_service.services.sharing.source_calls import ANSWERED, SourceCall

TOTAL_SECONDS = 6.0
"""For all questions of one application together: whoever applies waits for it."""
AT_ONCE = 8
"""Questions of one process that are under way at the same time."""
CHECK_SECONDS = 12.0

_RESULTS: dict[Says, Literal["confirmed", "contradicted", "undetermined"]] = {
    Says.YES: "confirmed",
    Says.NO: "contradicted",
    Says.UNDETERMINED: "undetermined",
}
_CHECKS = {
    Says.YES: CheckResult.KEPT,
    Says.NO: CheckResult.BROKEN,
    Says.UNDETERMINED: CheckResult.UNDETERMINED,
}
_NOT_ASKED = frozenset({Undecided.NOT_ASKED, Undecided.NOT_DECLARED, Undecided.INCOMPLETE})
_FAILURES = frozenset({Undecided.SILENT, Undecided.UNREADABLE})


@dataclass(frozen=True)
class DataAnswer:
    """Hold what a source answered about one material, under an id of its own."""

    id: str
    material: str
    source: str
    answer: SourceAnswer
    at: datetime

    def to_shared_data(self) -> SharedData | None:
        """Return what an assessment counts; None where nobody was asked for want of a value or a source."""
        if self.answer.reason in {Undecided.NOT_DECLARED, Undecided.INCOMPLETE}:
            return None
        return SharedData(self.id, self.material, self.source, _RESULTS[self.answer.says])

    def to_json(self) -> dict[str, str | None]:
        """Return what is told: never what the source holds, but the digest of its answer."""
        as_of = self.answer.as_of
        return {
            "answer": self.id,
            "material": self.material,
            "source": self.source,
            "result": _RESULTS[self.answer.says],
            "reason": self.answer.reason.value if self.answer.reason else None,
            "digest": f"sha256:{self.answer.digest}" if self.answer.digest else None,
            "asked_at": format_instant(self.at),
            "as_of": format_instant(as_of) if as_of else None,
        }

    def told(self) -> dict[str, Any]:
        """Return what the applicant is told: the same, with a sentence where nothing was decided."""
        text = message(self.answer.reason) if self.answer.reason else None
        return {**self.to_json(), "message": {"zh": text.zh, "en": text.en} if text else None}

    def to_event(self, salt: str) -> Event:
        """Return what the case's timeline says: of the answer a commitment with the case's salt."""
        return Event(EventKind.DATA_ASKED, with_salted(self.to_json(), "digest", salt))


class SourceService:
    """Ask for the worker whether promises were kept, and for the acceptance what papers would say."""

    def __init__(self, store: Store, clock: Clock, client: SourceClient) -> None:
        self._store, self._clock, self._client = store, clock, client
        self._breaker = CircuitBreaker(self._note_breaker)
        self._declared = {source.name for source in client.described() if SourceUse.DATA in source.uses}
        self._threads = ThreadPoolExecutor(AT_ONCE, "source")

    def check(self, source: str, values: dict[str, str], key: str) -> CheckResult:
        """Return whether a promise was kept; the caller has a breaker of its own.

        Raises:
            StoreUnavailableError: if the database does not answer.
        """
        answer = self._client.ask(Question(source, SourceUse.CHECK, values, key), CHECK_SECONDS)
        self._count([(source, answer)])
        return _CHECKS[answer.says]

    def know(self, matter: Matter) -> bool:
        """Tell whether a source that a matter names is declared; one that is not is never asked."""
        return any(item.by_data and item.by_data.source in self._declared for item in matter.materials)

    def questions(
        self, matter: Matter, application: Application, assessment: Assessment
    ) -> list[DataQuestion]:
        """Return what declared sources are to be asked about what an application leaves open."""
        found = questions_about(matter, application, assessment)
        return [question for question in found if question.source in self._declared]

    def ask(self, questions: Sequence[DataQuestion]) -> tuple[DataAnswer, ...]:
        """Return the answers to questions asked at the same time, within `TOTAL_SECONDS`.

        Raises:
            StoreUnavailableError: if the database does not answer.
        """
        ends, now = time.monotonic() + TOTAL_SECONDS, self._clock.now()
        names = [uuid.uuid4().hex for _ in questions]
        said = list(self._threads.map(self._ask, questions, names, [ends] * len(names)))
        answers = tuple(
            DataAnswer(name, question.material, question.source, answer, now)
            for name, question, answer in zip(names, questions, said, strict=True)
        )
        self._count([(item.source, item.answer) for item in answers])
        return answers

    def _ask(self, question: DataQuestion, name: str, ends: float) -> SourceAnswer:
        if question.values is None:
            return SourceAnswer(Says.UNDETERMINED, Undecided.INCOMPLETE)
        target, left = f"data:{question.source}", ends - time.monotonic()
        if left <= 0 or self._breaker.open_until(target, self._clock.now()):
            return SourceAnswer(Says.UNDETERMINED, Undecided.NOT_ASKED)
        asked = Question(question.source, SourceUse.DATA, question.values, name)
        answer = self._client.ask(asked, left)
        if answer.reason in _FAILURES:
            self._breaker.failed(target, self._clock.now())
        else:
            self._breaker.succeeded(target, self._clock.now())
        return answer

    def _count(self, answers: Sequence[tuple[str, SourceAnswer]]) -> None:
        calls = [
            SourceCall(source, answer.reason.value if answer.reason else ANSWERED, answer.milliseconds)
            for source, answer in answers
            if answer.reason not in _NOT_ASKED
        ]
        if not calls:
            return
        now = self._clock.now()
        with self._store.begin() as tx:
            # In one order for all, so that two processes never wait for each other's rows.
            for call in sorted(calls, key=lambda item: (item.source, item.outcome)):
                tx.count_call(call, now)

    def _note_breaker(self, target: str, open_until: datetime) -> None:
        with self._store.begin() as tx:
            tx.note_breaker(target, open_until)
