"""Data sources over HTTP: only those the operator declared, at pinned addresses, each within its time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from license_service.adapters.pinned_http import Budget, PinnedHttp, origin
from license_service.adapters.source_shape import Source, parse_sources
from license_service.adapters.trust_files import read_file
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.services.sharing.data_sources import (
    Question,
    Says,
    SourceAnswer,
    SourceDescription,
    Undecided,
)

_LARGEST_ANSWER = 64 * 1024


class HttpDataSources:
    """Ask by POST of JSON with `Idempotency-Key`; only a 200 whose body is read as declared decides."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        secrets: Mapping[str, str],
        clock: Clock,
        networks: Iterable[str] = (),
    ) -> None:
        """Keep how to ask; `secrets` holds those of the sources that have one, by the source's name.

        Raises:
            ConfigurationError: if a network is none.
        """
        self._sources, self._secrets, self._clock = sources, secrets, clock
        self._http = PinnedHttp(filter(None, (origin(s.endpoint) for s in sources.values())), networks)

    def ask(self, question: Question, seconds: float) -> SourceAnswer:
        """Return what a source says; any other status, shape, age or silence is undetermined."""
        source = self._sources.get(question.source)
        if source is None or question.use not in source.uses:
            return SourceAnswer(Says.UNDETERMINED, Undecided.NOT_DECLARED)
        sent = source.sent(question.use, question.values)
        if sent is None:
            return SourceAnswer(Says.UNDETERMINED, Undecided.INCOMPLETE)
        began = time.monotonic()
        answer = self._exchange(source, question, source.body(sent), min(seconds, source.seconds))
        took = round((time.monotonic() - began) * 1000)
        if answer is None:
            return SourceAnswer(Says.UNDETERMINED, Undecided.SILENT, milliseconds=took)
        says, reason, as_of = source.answer.read(answer, sent, self._clock.now())
        return SourceAnswer(says, reason, hashlib.sha256(answer).hexdigest(), as_of, took)

    def described(self) -> Sequence[SourceDescription]:
        """Return every source, by name."""
        return [self._sources[name].describe(name) for name in sorted(self._sources)]

    def _exchange(self, source: Source, question: Question, body: bytes, seconds: float) -> bytes | None:
        secret = self._secrets.get(question.source, "")
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": question.key,
            **source.headers(secret, body, self._clock.now()),
        }
        budget = Budget(seconds, _LARGEST_ANSWER)
        return self._http.ask(source.endpoint, budget, method="POST", body=body, headers=headers)


def load_sources(
    path: str, environment: Mapping[str, str], clock: Clock, networks: Iterable[str] = ()
) -> HttpDataSources:
    """Read the declarations at `path`, and their secrets from the variables they name; empty: no sources.

    Raises:
        ConfigurationError: if one is not complete, or its secret is not there.
    """
    if not path:
        return HttpDataSources({}, {}, clock, networks)
    sources = parse_sources(read_file(Path(path)).decode(errors="replace"), path)
    secrets = {
        name: _secret(name, source.authentication.secret, environment)
        for name, source in sources.items()
        if source.authentication
    }
    return HttpDataSources(sources, secrets, clock, networks)


def _secret(source: str, variable: str, environment: Mapping[str, str]) -> str:
    secret = environment.get(variable, "")
    if not secret or not secret.isascii() or not secret.isprintable():
        raise ConfigurationError(f"source {source}: {variable} holds no secret")
    return secret
