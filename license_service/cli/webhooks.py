"""`license-service webhooks`: where approval systems want their events, and how these are signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from license_service.cli.building import build_app

if TYPE_CHECKING:
    from license_service.services.records import WebhookEndpoint

_ED25519 = click.option("--ed25519", is_flag=True, help="Sign by Ed25519; the receiver gets a public key.")


@click.group()
def webhooks() -> None:
    """Register webhook endpoints and look after them."""


@webhooks.command()
@click.option("--tenant", required=True, help="Whose events to send.")
@_ED25519
@click.argument("url")
def add(tenant: str, url: str, *, ed25519: bool) -> None:
    """Register URL and print what its receiver verifies with; a secret cannot be shown again.

    Nothing is sent to a host that LICENSE_SERVICE_WEBHOOK_HOSTS does not list.
    """
    _show(build_app().services.webhooks.add_endpoint(tenant, url, ed25519=ed25519))


@webhooks.command()
@_ED25519
@click.argument("identifier")
def rotate(identifier: str, *, ed25519: bool) -> None:
    """Sign with a fresh secret too, until `retire` ends the old ones; print it."""
    _show(build_app().services.webhooks.rotate(identifier, ed25519=ed25519))


@webhooks.command()
@click.argument("identifier")
def retire(identifier: str) -> None:
    """Sign with the newest secret alone."""
    click.echo(f"{build_app().services.webhooks.retire(identifier)} secrets retired")


@webhooks.command()
@click.option("--tenant", required=True, help="Whose events to send again.")
@click.option("--after", required=True, help="An event's id, or an index in the log; -1 is before the first.")
def replay(tenant: str, after: str) -> None:
    """Send events again that a receiver missed; their ids are the same, so it can drop what it had."""
    click.echo(f"{build_app().services.webhooks.replay(tenant, after)} deliveries to do")


@webhooks.command(name="list")
def list_endpoints() -> None:
    """List the endpoints of every tenant, one JSON object a line; secrets are not shown."""
    for item in build_app().services.webhooks.registered():
        to = item.endpoint
        shown = {"id": to.id, "tenant": to.tenant, "url": to.url, "enabled": item.enabled}
        click.echo(json.dumps({**shown, "secrets": 1 + len(to.previous)}))


@webhooks.command()
@click.argument("identifier")
def remove(identifier: str) -> None:
    """Send nothing more to an endpoint, nor what waits for it."""
    build_app().services.webhooks.remove(identifier)
    click.echo(f"{identifier} removed")


def _show(endpoint: WebhookEndpoint) -> None:
    from license_service.services.following.webhooks import public_key

    verifies = public_key(endpoint.secret)
    key = {"secret": endpoint.secret} if verifies is None else {"public_key": verifies}
    click.echo(json.dumps({"id": endpoint.id, "url": endpoint.url, **key}))
