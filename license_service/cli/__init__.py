"""The `license-service` command; one file a group.

A refusal is told in one line with exit status 1. Wrong usage exits 3, not click's 2: that is a verdict of
`verify` and `audit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from license_service import __version__
from license_service.audit.errors import AuditError
from license_service.cli.audit import audit
from license_service.cli.calendar import calendar
from license_service.cli.demo import demo
from license_service.cli.erase import erase
from license_service.cli.followups import followups
from license_service.cli.keys import keys
from license_service.cli.log import log
from license_service.cli.matters import matters
from license_service.cli.problems import problems
from license_service.cli.replay import replay
from license_service.cli.report import report
from license_service.cli.token import token
from license_service.cli.trust import trust
from license_service.cli.verify import verify
from license_service.cli.webhooks import webhooks
from license_service.cli.witness import witness
from license_service.errors import LicenseServiceError

_USAGE = 3


class _Command(click.Group):
    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - as click has it
        """Read the options of the command itself."""
        with _told():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Read the options of the command below, and run it."""
        with _told():
            return super().invoke(ctx)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        error.exit_code = _USAGE  # type: ignore[misc]  # a class variable to mypy; click reads it here
        raise
    except LicenseServiceError as error:
        raise click.ClickException(f"{error.code}: {error.detail}") from error
    except AuditError as error:
        raise click.ClickException(str(error)) from error


@click.group(cls=_Command)
@click.version_option(__version__)
def main() -> None:
    """Verify signed electronic licenses, follow up what is promised, and prove it all."""


for command in (
    verify,
    report,
    replay,
    audit,
    calendar,
    demo,
    erase,
    followups,
    keys,
    log,
    matters,
    problems,
    token,
    trust,
    webhooks,
    witness,
):
    main.add_command(command)
