"""`license-service trust`: check a trust folder, and sign the lists that others rely on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from license_service.errors import ConfigurationError
from license_service.settings import Settings

if TYPE_CHECKING:
    from license_service.adapters.log_key_files import FileLogKey

_DEFAULTS = Settings()
_NAME = click.option("--name", required=True, help="The publisher's name, without spaces.")
_KEYS = click.option(
    "--keys",
    type=click.Path(path_type=Path),
    default=_DEFAULTS.private_dir,
    show_default=True,
    help="Folder of the private key, made on first use.",
)


@click.group()
def trust() -> None:
    """Look after trust lists."""


@trust.command()
@click.argument("directory", type=click.Path(path_type=Path), default=_DEFAULTS.trust_dir)
@click.option("--publisher", "publishers", multiple=True, help="Verifier key; its signed lists are read.")
def check(directory: Path, publishers: tuple[str, ...]) -> None:
    """Check a folder as start-up does, and print what is trusted."""
    from license_service.adapters.trust_files import load_trust
    from license_service.adapters.trust_folder import load_signed_lists
    from license_service.audit.errors import AuditError
    from license_service.audit.note import NoteVerifier

    try:
        verifiers = [NoteVerifier.parse(key) for key in publishers]
        store = load_signed_lists(directory, verifiers) if verifiers else load_trust(directory)
    except (ConfigurationError, AuditError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"list {store.sequence} for {store.environment}, {len(store.anchors)} anchors, {store.digest}")
    for anchor in store.anchors:
        click.echo(
            f"  {anchor.name}: {', '.join(sorted(anchor.purposes))} until {anchor.valid_until:%Y-%m-%d}"
        )


@trust.command()
@_NAME
@_KEYS
def key(name: str, keys: Path) -> None:
    """Print the publisher's verifier key."""
    click.echo(str(_publisher(keys, name).signer().verifier))


@trust.command()
@click.argument("manifest", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_NAME
@_KEYS
def sign(manifest: Path, name: str, keys: Path) -> None:
    """Sign MANIFEST and write it beside itself as the next list; its anchors must be in its folder."""
    from license_service.adapters.trust_files import parse_trust

    text = manifest.read_text(encoding="utf-8")
    try:
        store = parse_trust(text, manifest.parent, str(manifest))
        note = _publisher(keys, name).signer().sign(text)
    except ConfigurationError as error:
        raise click.ClickException(error.detail) from error
    target = manifest.with_name(f"list-{store.sequence:06}.note")
    draft = target.with_suffix(".draft")
    draft.write_text(note, encoding="utf-8")
    draft.replace(target)
    click.echo(target)


def _publisher(keys: Path, name: str) -> FileLogKey:
    from license_service.adapters.log_key_files import PUBLISHER_KEY, FileLogKey

    return FileLogKey(keys, name, PUBLISHER_KEY)
