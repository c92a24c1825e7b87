"""`license-service keys`: API keys for approval systems, and the keys that sign and seal."""

from __future__ import annotations

import json

import click

from license_service.cli.building import build_app
from license_service.cli.key_lines import key_line
from license_service.clock import format_instant
from license_service.services.caller import Scope
from license_service.services.erasing.data_keys import DataWrappingKey
from license_service.services.proving.key_rotation import KeyRotationService


@click.group()
def keys() -> None:
    """Make API keys, which are kept as digests only, and replace the keys that sign and seal."""


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


@keys.command()
def issued() -> None:
    """List the API keys of every tenant, one JSON object a line."""
    for key in build_app().services.keys.issued():
        caller = key.caller
        whose = {"id": caller.key_id, "tenant": caller.tenant, "name": key.name}
        ends = format_instant(key.expires_at)
        click.echo(json.dumps({**whose, "scopes": sorted(caller.scopes), "expires_at": ends}))


@keys.command()
@click.argument("identifier")
def revoke(identifier: str) -> None:
    """End an API key now; its id is the third part of it, and in what `issued` prints."""
    build_app().services.keys.revoke(identifier)
    click.echo(f"{identifier} revoked")


_DATA = "data"
_ROTATED = ["log", "log-sm2", "paper", "token", "cursor"]
_USE = click.argument("use", type=click.Choice([*_ROTATED, _DATA]))
_RETIRABLE = click.argument("use", type=click.Choice(_ROTATED))
_ID = click.argument("identifier")


@keys.command()
@_USE
@click.option("--pkcs11", "in_token", is_flag=True, help="Draw it in the PKCS#11 token; the log's alone.")
def rotate(use: str, *, in_token: bool) -> None:
    """Draw a new key: of the log, which signs beside the old one; of all else, which is used from now on."""
    if use == _DATA:
        click.echo(_data_line(build_app().data_keys.rotate()))
    else:
        click.echo(key_line(_rotation(use).rotate(in_token=in_token), use))


@keys.command()
@_RETIRABLE
@_ID
def retire(use: str, identifier: str) -> None:
    """Let a key sign no more, when whoever verifies has the new one; what it signed still verifies."""
    click.echo(key_line(_rotation(use).retire(identifier), use))


@keys.command()
@_USE
@_ID
def destroy(use: str, identifier: str) -> None:
    """Remove the private part of a retired key, or a wrapping key that wraps nothing any more.

    Cursors that a destroyed key sealed are refused; what a destroyed key signed still verifies.
    """
    if use == _DATA:
        click.echo(_data_line(build_app().data_keys.destroy(identifier)))
    else:
        click.echo(key_line(_rotation(use).destroy(identifier), use))


@keys.command(name="list")
@_USE
def list_keys(use: str) -> None:
    """List every key with its state, the oldest first."""
    if use == _DATA:
        for key in build_app().data_keys.records():
            click.echo(_data_line(key))
        return
    for record in _rotation(use).records():
        click.echo(key_line(record, use))


def _rotation(use: str) -> KeyRotationService:
    found = build_app().rotations.get(use)
    if found is None:
        raise click.ClickException(f"there are no keys of {use}: this machine has no libcrypto 3")
    return found


def _data_line(key: DataWrappingKey) -> str:
    return f"{_DATA} {key.id} {key.state} {key.created} {key.algorithm}"
