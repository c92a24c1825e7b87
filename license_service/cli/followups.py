"""`license-service followups`: see what is due, run it by hand, revive what died."""

from __future__ import annotations

import json

import click

from license_service.cli.building import build_app


@click.group()
def followups() -> None:
    """Look after follow-ups."""


@followups.command(name="list")
@click.option("--tenant", default=None, help="Only this tenant's.")
@click.option("--state", type=click.Choice(["open", "done", "dead"]), default=None)
def list_command(tenant: str | None, state: str | None) -> None:
    """List follow-ups, one JSON object a line, the next first."""
    for row in build_app().follow_ups.list(tenant, state):
        click.echo(json.dumps(row, ensure_ascii=False, default=str))


@followups.command()
def run() -> None:
    """Run everything that is due, then stop: workers are not needed for it."""
    app = build_app()
    click.echo(f"{app.follow_ups.run_due()} follow-ups tried, {app.log.integrate()} events logged")


@followups.command()
@click.argument("identifier")
def revive(identifier: str) -> None:
    """Open a dead follow-up again."""
    if not build_app().follow_ups.revive(identifier):
        raise click.ClickException("no dead follow-up has this id")
