"""`license-service audit replay`: every kept verdict computed again, on every core."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from license_service.cli.building import build_app
from license_service.cli.cores import spread
from license_service.cli.reading import REASON, noted
from license_service.cli.report import outcome_text
from license_service.clock import parse_instant
from license_service.errors import ConfigurationError

if TYPE_CHECKING:
    from license_service.services.records import ErasedVerification
    from license_service.services.verifying.replay import Replay, Replayer

_PATH = click.Path(path_type=Path)
_STATUS = {"differs": 1, "inputs_differ": 2}
"""Exit status of an outcome; of both, the first."""
_COUNTED = ("same", *_STATUS, "erased")
_VERDICT = "indication"


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    try:
        return parse_instant(value) if value else None
    except ValueError as error:
        raise click.BadParameter(f"expected an RFC 3339 instant: {error}") from error


@click.command(name="replay")
@click.option("--all", "everything", is_flag=True, required=True, help="Every kept verdict.")
@click.option("--policy", type=_PATH, help="Say what would differ under this verification policy.")
@click.option("--evidence", type=_PATH, help="Say what would differ with this folder's CRLs and OCSP too.")
@click.option("--at", callback=_instant, help="Say what would differ at this moment (RFC 3339).")
@click.option("--jobs", type=click.IntRange(min=0), default=0, help="Processes; default one for each core.")
@REASON
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; the last is the summary.")
def replay_all(
    policy: Path | None,
    evidence: Path | None,
    at: datetime | None,
    jobs: int,
    reason: str | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Compute kept verdicts again and tell those that differ; nothing that was decided is changed.

    Exit 0 the same bytes, 1 some differ, 2 an input of some is missing, 3 usage.
    """
    del everything  # said, so that nobody starts hours of work by leaving something out
    app, began = build_app(), time.monotonic()
    replays = app.replays
    replayer = _replayer(replays.replayer, policy, evidence, at)
    results = _watched(spread(_Naming(replayer), replays.answers(), jobs), replays.count())
    told, moved = _tell(noted(results, app.readings, reason, "audit replay"), as_json=as_json)
    summary = {
        "verdicts": told.total(),
        **{outcome: told[outcome] for outcome in _COUNTED},
        "changed": dict(sorted(moved.items())),
        "seconds": round(time.monotonic() - began, 1),
    }
    click.echo(json.dumps({"summary": summary}) if as_json else _summary(summary))
    sys.exit(next((status for outcome, status in _STATUS.items() if told[outcome]), 0))


class _Naming:
    """Replay an answer and name the result."""

    def __init__(self, replayer: Replayer) -> None:
        self._replayer = replayer

    def __call__(self, answer: Mapping[str, Any] | ErasedVerification) -> tuple[str, Replay]:
        from license_service.services.verifying.replay import name_of

        return name_of(answer), self._replayer(answer)


def _replayer(
    replayer: Replayer, policy: Path | None, evidence: Path | None, at: datetime | None
) -> Replayer:
    from license_service.adapters.trust_files import load_evidence, load_policy

    try:
        return replace(
            replayer,
            policy=load_policy(policy) if policy else None,
            evidence=load_evidence(evidence) if evidence else None,
            moment=at,
        )
    except ConfigurationError as error:
        raise click.UsageError(error.detail) from error


def _watched(results: Iterable[tuple[str, Replay]], count: int) -> Iterator[tuple[str, Replay]]:
    hidden = sys.stdout.isatty() or not sys.stderr.isatty()
    with click.progressbar(results, length=count, label="replaying", file=sys.stderr, hidden=hidden) as bar:
        yield from bar


def _tell(results: Iterable[tuple[str, Replay]], *, as_json: bool) -> tuple[Counter[str], Counter[str]]:
    """Print what is not the same; count outcomes, and verdicts that moved from one to another."""
    told: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for name, result in results:
        told[result.outcome.value] += 1
        moved.update(f"{c.before} → {c.after}" for c in result.changes if c.path == _VERDICT)
        if result.outcome.value in _STATUS:
            click.echo(_json(name, result) if as_json else outcome_text(name, result))
    return told, moved


def _json(name: str, result: Replay) -> str:
    return json.dumps({"verification": name, **result.to_json()}, ensure_ascii=False)


def _summary(summary: dict[str, Any]) -> str:
    moved = "".join(f"; {count} {change}" for change, count in summary["changed"].items())
    counts = ", ".join(f"{summary[name]} {name}" for name in _COUNTED)
    return f"{summary['verdicts']} verdicts: {counts}{moved}; {summary['seconds']} s"
