"""`license-service keys`: API keys for approval systems."""

from __future__ import annotations

import click

from license_service.cli.building import build_app
from license_service.services.caller import Scope


@click.group()
def keys() -> None:
    """Make API keys; they are kept as digests only."""


@keys.command()
@click.option("--tenant", required=True, help="Whose key it is; tenants see nothing of one another.")
@click.option("--name", required=True, help="What the key is for.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), required=True
)
@click.option("--days", default=365, show_default=True, help="Days until it ends, at most 365.")
def create(tenant: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Create a key and print it; it cannot be shown again."""
    click.echo(build_app().services.keys.create(tenant, name, [Scope(s) for s in scopes], days))
