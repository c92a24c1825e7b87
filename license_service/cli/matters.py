"""`license-service matters`: check a catalogue, see what it changes, and release it by two people."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from license_service.errors import LicenseServiceError
from license_service.settings import Settings

if TYPE_CHECKING:
    from license_service.domain.matter import Catalogue

_DIRECTORY = click.Path(path_type=Path)


@click.group()
def matters() -> None:
    """Look after the catalogue."""


@matters.command()
@click.argument("directory", type=_DIRECTORY, default=Settings().catalogue_dir)
def check(directory: Path) -> None:
    """Check every file of DIRECTORY; errors name file and line."""
    catalogue = _load(directory)
    for matter in catalogue.matters:
        click.echo(f"{matter.code} {matter.version}: {matter.name_zh} {matter.name_en}")
    for bundle in catalogue.bundles:
        click.echo(f"{bundle.code} {bundle.version}: {bundle.name_zh} {bundle.name_en}")
    click.echo(catalogue.digest)


@matters.command()
@click.argument("old", type=_DIRECTORY)
@click.argument("new", type=_DIRECTORY)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def diff(old: Path, new: Path, *, as_json: bool) -> None:
    """Say what becomes stricter or looser from OLD to NEW, for each matter, material and bundle."""
    from license_service.domain.matter_diff import diff as changes_between

    for change in changes_between(_load(old), _load(new)):
        where = "/".join(filter(None, (change.matter, change.material)))
        text = f"{change.direction}: {where} {change.member}: {change.before} -> {change.after}"
        click.echo(json.dumps(asdict(change), ensure_ascii=False) if as_json else text)


@matters.command()
@click.argument("directory", type=_DIRECTORY, default=Settings().catalogue_dir)
@click.option("--author", required=True, help="Who wrote it.")
@click.option("--releaser", required=True, help="Who read it and answers for its release: somebody else.")
@click.option("--releases", type=_DIRECTORY, required=True, help="Folder of release records.")
def publish(directory: Path, author: str, releaser: str, releases: Path) -> None:
    """Release the catalogue in DIRECTORY: write a record with its digest, both names and the time."""
    from license_service.adapters.catalogue_releases import write_release
    from license_service.clock import SystemClock

    catalogue = _load(directory)
    try:
        path = write_release(releases, catalogue.digest, author, releaser, SystemClock().now())
    except LicenseServiceError as error:
        raise click.ClickException(error.detail) from error
    click.echo(path)


def _load(directory: Path) -> Catalogue:
    from license_service.adapters.catalogue_files import load_catalogue

    try:
        return load_catalogue(directory)
    except LicenseServiceError as error:
        raise click.ClickException(error.detail) from error


@matters.command()
def states() -> None:
    """Print what may follow what in a case: what `docs/states.md` holds."""
    from license_service.domain.machines import states_page

    click.echo(states_page(), nl=False)
