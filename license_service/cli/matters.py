"""`license-service matters`: check a catalogue before it is deployed."""

from __future__ import annotations

from pathlib import Path

import click

from license_service.errors import LicenseServiceError
from license_service.settings import Settings


@click.group()
def matters() -> None:
    """Look after the catalogue."""


@matters.command()
@click.argument("directory", type=click.Path(path_type=Path), default=Settings().catalogue_dir)
def check(directory: Path) -> None:
    """Check every file of DIRECTORY; errors name file and line."""
    from license_service.adapters.catalogue_files import load_catalogue

    try:
        catalogue = load_catalogue(directory)
    except LicenseServiceError as error:
        raise click.ClickException(error.detail) from error
    for matter in catalogue.matters:
        click.echo(f"{matter.code} {matter.version}: {matter.name_zh} {matter.name_en}")
    click.echo(catalogue.digest)
