"""`license-service calendar`: count provisional deadlines again once a year's calendar is official."""

from __future__ import annotations

import click

from license_service.cli.building import build_app


@click.group()
def calendar() -> None:
    """Look after deadlines and the calendar they were counted with."""


@calendar.command()
def recompute() -> None:
    """Recompute provisional deadlines; each one that moves is recorded in its case, and never moves back."""
    found = build_app().recomputation.run()
    for case_id in found.changed:
        click.echo(case_id)
    for identifier in found.applications:
        click.echo(f"application {identifier}")
    for case_id in found.without_rule:
        click.echo(f"{case_id}: the catalogue lost the version it was accepted under", err=True)
    click.echo(f"{found.looked_at} cases, {len(found.changed)} changed, calendar {found.calendar_digest}")
