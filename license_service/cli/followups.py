"""`license-service followups`: see what is due and why, run it by hand, try again what died."""

from __future__ import annotations

import json

import click

from license_service.cli.building import build_app
from license_service.services.following.oversight import LISTED


@click.group()
def followups() -> None:
    """Look after follow-ups."""


@followups.command(name="list")
@click.option("--tenant", default=None, help="Only this tenant's.")
@click.option("--state", type=click.Choice(["open", "done", "dead"]), default=None)
@click.option("--limit", type=click.IntRange(1), default=LISTED, show_default=True, help="As many at most.")
def list_command(tenant: str | None, state: str | None, limit: int) -> None:
    """List follow-ups, one JSON object a line, the next first."""
    for row in build_app().services.oversight.list(tenant, state, limit):
        click.echo(json.dumps(row, ensure_ascii=False))


@followups.command()
@click.argument("identifier")
def explain(identifier: str) -> None:
    """Say what one is for, what went wrong at each attempt, and what happens next."""
    answer = build_app().services.oversight.explain(identifier)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


@followups.command()
def run() -> None:
    """Run everything that is due, then stop: workers are not needed for it."""
    app = build_app()
    click.echo(f"{app.follow_ups.run_due()} follow-ups tried, {app.log.integrate()} events logged")


@followups.command()
@click.argument("identifier")
def retry(identifier: str) -> None:
    """Open a dead follow-up again."""
    if not build_app().services.oversight.retry(identifier):
        raise click.ClickException("no dead follow-up has this id")
