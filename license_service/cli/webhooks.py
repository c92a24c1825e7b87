"""`license-service webhooks`: where approval systems want their events."""

from __future__ import annotations

import json

import click

from license_service.cli.building import build_app


@click.group()
def webhooks() -> None:
    """Register webhook endpoints."""


@webhooks.command()
@click.option("--tenant", required=True, help="Whose events to send.")
@click.argument("url")
def add(tenant: str, url: str) -> None:
    """Register URL and print its id and secret; the secret cannot be shown again.

    Nothing is sent to a host that LICENSE_SERVICE_WEBHOOK_HOSTS does not list.
    """
    endpoint = build_app().services.webhooks.add_endpoint(tenant, url)
    click.echo(json.dumps({"id": endpoint.id, "url": endpoint.url, "secret": endpoint.secret}))
