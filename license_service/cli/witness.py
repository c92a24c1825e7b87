"""`license-service witness`: watch over the logs of others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from license_service.cli.key_lines import key_line
from license_service.clock import SystemClock
from license_service.errors import ConfigurationError

if TYPE_CHECKING:
    from flask import Flask

    from license_service.adapters.log_key_ring import WitnessKeyRing

_NAME = click.option("--name", required=True, help="The witness's name, such as witness.example/w1.")
_KEYS = click.option(
    "--keys",
    type=click.Path(path_type=Path),
    default=Path("keys/witness"),
    show_default=True,
    help="Folder of the private keys, the first made on first use.",
)
_ID = click.argument("identifier")
WITNESS = "witness"


@click.group()
def witness() -> None:
    """Cosign checkpoints of logs, so that none can show two histories."""


@witness.command()
@_NAME
@_KEYS
def key(name: str, keys: Path) -> None:
    """Print the verifier key of each key that cosigns, the oldest first."""
    for cosigner in _ring(keys, name).cosigners():
        click.echo(str(cosigner.verifier))


@witness.command()
@_NAME
@_KEYS
def rotate(name: str, keys: Path) -> None:
    """Draw a new key, which cosigns beside the old one: to logs and auditors it is one more witness."""
    ring = _ring(keys, name)
    click.echo(key_line(ring.add(ring.draw(SystemClock().now())), WITNESS))


@witness.command()
@_NAME
@_KEYS
@_ID
def retire(name: str, keys: Path, identifier: str) -> None:
    """Let a key cosign no more, when every log and auditor has the new one."""
    click.echo(key_line(_ring(keys, name).retire(identifier, SystemClock().now()), WITNESS))


@witness.command()
@_NAME
@_KEYS
@_ID
def destroy(name: str, keys: Path, identifier: str) -> None:
    """Remove the private part of a retired key."""
    click.echo(key_line(_ring(keys, name).destroy(identifier), WITNESS))


@witness.command(name="list")
@_NAME
@_KEYS
def list_keys(name: str, keys: Path) -> None:
    """List every key with its state, the oldest first."""
    for record in _ring(keys, name).records():
        click.echo(key_line(record, WITNESS))


@witness.command()
@_NAME
@_KEYS
@click.option(
    "--log", "logs", multiple=True, required=True, help="Verifier key of a log, or a file with one."
)
@click.option("--db", type=click.Path(path_type=Path), default=Path("var/witness.db"), show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
def serve(name: str, keys: Path, logs: tuple[str, ...], db: Path, host: str, port: int) -> None:
    """Serve c2sp.org/tlog-witness until terminated."""
    from granian.constants import Interfaces
    from granian.server import Server

    application = partial(_application, name, keys, logs, db)
    try:
        application()  # what is not usable is told here, not by a worker
    except ConfigurationError as error:
        raise click.ClickException(error.detail) from error
    server = Server("witness", address=host, port=port, interface=Interfaces.WSGI, blocking_threads=4)
    server.serve(target_loader=application, wrap_loader=False)


def _application(name: str, keys: Path, logs: tuple[str, ...], db: Path) -> Flask:
    from license_service.adapters.witness_memory import SqliteWitnessMemory
    from license_service.api.witness import create_witness_app
    from license_service.audit.errors import AuditError
    from license_service.cli.building import read_keys
    from license_service.services.proving.witness import WitnessService

    try:
        verifiers = read_keys(logs)
    except AuditError as error:
        raise ConfigurationError(f"--log: {error.code}") from error
    memory = SqliteWitnessMemory(db)
    return create_witness_app(WitnessService(memory, _ring(keys, name).cosigners, verifiers, SystemClock()))


def _ring(keys: Path, name: str) -> WitnessKeyRing:
    from license_service.adapters.log_key_ring import WitnessKeyRing

    return WitnessKeyRing(keys, name, SystemClock())
