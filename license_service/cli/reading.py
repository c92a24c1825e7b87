"""Who reads, and why, for commands that show personal data: the auditor's feed says so."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from license_service.services.proving.operator_events import Reader

if TYPE_CHECKING:
    from license_service.services.proving.readings import ReadingService
    from license_service.services.verifying.replay import Replay

_REASON = re.compile(r"[A-Za-z0-9._/-]{1,64}")


def _reason(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _REASON.fullmatch(value):
        raise click.BadParameter("a code of at most 64 letters, digits and . _ / -: it goes into the log")
    return value


REASON = click.option(
    "--reason",
    callback=_reason,
    default=None,
    help="Why personal data is read, for the log: the number of a file or order, no names.",
)


def reader(reason: str | None) -> Reader:
    """Return who runs this command."""
    return Reader(f"cli:{getpass.getuser()}", reason)


def noted(
    results: Iterable[tuple[str, Replay]], readings: ReadingService, reason: str | None, command: str
) -> Iterator[tuple[str, Replay]]:
    """Yield replays; of each that shows members of a report, the log says so first."""
    by = reader(reason)
    for identifier, result in results:
        if result.changes:
            readings.note(by, command, identifier)
        yield identifier, result
