"""`license-service log`: what auditors take away."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

import click

from license_service.audit.policy import policy_lines
from license_service.cli.building import build_app
from license_service.clock import format_instant


@click.group()
def log() -> None:
    """Export the log and its public key."""


@log.command()
@click.option(
    "--out", type=click.File("w", encoding="utf-8"), default="-", help="File; default standard output."
)
def export(out: IO[str]) -> None:
    """Write the whole log as JSON Lines; `audit verify-log` verifies it offline."""
    for line in build_app().services.proofs.export():
        click.echo(line, file=out)


@log.command()
def check() -> None:
    """Hash every stored entry again and compare the whole tree; exit 1 naming the first bad index."""
    from license_service.audit.errors import AuditError

    try:
        click.echo(f"{build_app().log.check()} entries hold")
    except AuditError as error:
        raise click.ClickException(f"{error.code} at index {error.index}") from error


@log.command()
def key() -> None:
    """Print the log's verifier key."""
    click.echo(build_app().services.proofs.verification_key())


@log.command()
def policy() -> None:
    """Print a policy that believes this log, to be compared over another channel and kept by the auditor."""
    app = build_app()
    for line in policy_lines(replace(app.cosigning.policy, logs=app.services.proofs.verifiers())):
        click.echo(line)


@log.command()
def stamp() -> None:
    """Have the newest checkpoint stamped, if it is time to; say which was stamped last, and what is wrong."""
    app = build_app()
    if app.stamping is None:
        raise click.ClickException("no timestamp authority is set")
    app.stamping.stamp()
    last, problem = app.stamping.standing()
    stamped = f"{last.size} {format_instant(last.time)}" if last else "0 -"
    click.echo(f"{stamped} {problem or 'ok'}")


@log.command()
def cosign() -> None:
    """Ask the witnesses now, and print how far each is."""
    cosigning = build_app().cosigning
    cosigning.collect()
    for name, (size, problem) in cosigning.standing().items():
        click.echo(f"{name} {size} {problem or 'ok'}")
