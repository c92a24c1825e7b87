"""`license-service erase`: erase on request, when time is over, and again after a backup was restored."""

from __future__ import annotations

import json
import sys
import uuid

import click

from license_service.cli.building import build_app
from license_service.domain.retention import ErasureReason

_PAGE = 500


@click.group()
def erase() -> None:
    """Destroy the keys of what names people; the log keeps that it was, and when it was erased."""


@erase.command()
@click.option("--tenant", required=True, help="Whose data it is.")
@click.option(
    "--dossier", default=None, help="Id of a case, verification, batch, application or credit record."
)
@click.option("--person", is_flag=True, help="Everything of the person whose id is on standard input.")
@click.option("--reason", type=click.Choice([item.value for item in ErasureReason]), required=True)
@click.option("--basis", required=True, help="The rule it rests on; it is in the log, so it names nobody.")
@click.option("--officer", required=True, help="Staff number of who decides; it is in the log.")
def request(tenant: str, dossier: str | None, reason: str, basis: str, officer: str, *, person: bool) -> None:
    """Erase one dossier or everything of a person, or nothing where some of it must be kept.

    An id of a person is never an argument: those are seen by everybody on the machine.
    """
    from license_service.services.caller import Caller, IdempotencyClaim, Scope
    from license_service.services.erasing.erasures import ErasureRequest

    if person is (dossier is not None):
        raise click.UsageError("name either --dossier or --person")
    identifier = sys.stdin.readline().strip() if person else ""
    given = ErasureRequest(ErasureReason(reason), basis, officer, dossier or "", identifier)
    caller = Caller(tenant, "command", frozenset({Scope.ERASURES_WRITE}))
    claim = IdempotencyClaim("/v1/erasures", uuid.uuid4().hex, "")
    answer = build_app().erasing.requests.erase(caller, given, claim)
    click.echo(json.dumps(answer, ensure_ascii=False))


@erase.command()
def due() -> None:
    """Erase now what its time is over for, as workers do every night, and report it."""
    click.echo(json.dumps(build_app().erasing.retention.all().to_json()))


@erase.command()
def replay() -> None:
    """Erase again what a restored backup brought back, from the published log, before anything starts."""
    click.echo(json.dumps(build_app().erasing.replays.replay().to_json()))


@erase.command()
def seal() -> None:
    """Seal what an earlier version wrote in the clear: until then it has no dossier, and is not erased."""
    click.echo(json.dumps({"sealed": build_app().data_keys.seal_earlier()}))


@erase.command()
def rewrap() -> None:
    """Wrap every data key under the newest wrapping key, so that an older one can be destroyed."""
    click.echo(json.dumps({"rewrapped": build_app().data_keys.rewrap()}))
