"""`license-service demo`: a PKI, signed files, and the whole service, all made here and now."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click

from license_service.clock import SystemClock
from license_service.errors import ConfigurationError

_DIRECTORY = Path("var/demo")


@click.group()
def demo() -> None:
    """Show the service on signed files of invented holders."""


@demo.command()
@click.option("--out", type=click.Path(path_type=Path), default=_DIRECTORY / "keys", show_default=True)
def keys(out: Path) -> None:
    """Make a PKI afresh: private keys, trust anchors, CRLs."""
    from license_service.demo.pki import create_pki, save_pki

    pki = create_pki(SystemClock().now())
    save_pki(pki, out)
    click.echo(f"{len(pki.identities)} identities and {len(pki.crls)} CRLs in {out}")


@demo.command()
@click.option("--keys", type=click.Path(path_type=Path), default=_DIRECTORY / "keys", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=_DIRECTORY / "licenses", show_default=True)
def licenses(keys: Path, out: Path) -> None:
    """Issue the four licenses, each genuine and in its twins, with `expected.json`."""
    from license_service.demo.issuer import issue_all
    from license_service.demo.pki import load_pki

    if not (keys / "private").is_dir():
        raise click.ClickException(f"no keys in {keys}; run `license-service demo keys` first")
    click.echo(f"{len(issue_all(load_pki(keys), out, SystemClock().now()))} files in {out}")


@demo.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("corpus"), show_default=True)
def corpus(out: Path) -> None:
    """Make the published corpus of attacks and their benign twins, with fresh keys."""
    from license_service.demo.corpus.generate import generate

    for file, count in generate(out, SystemClock().now()).items():
        click.echo(f"{count} cases in {out / file}")


@demo.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), default=_DIRECTORY, show_default=True)
def run(directory: Path) -> None:
    """Run the main job end to end over HTTP; exit 0 if everything came out as it must."""
    from license_service.demo.scenario import DemoFailedError, run_demo

    try:
        run_demo(directory, os.environ.get("REDIS_URL", ""))
    except (DemoFailedError, ConfigurationError) as error:
        click.echo(f"demo: {error}", err=True)
        sys.exit(1)


@demo.command()
@click.option(
    "--dir", "directory", type=click.Path(path_type=Path), default=Path("var/up"), show_default=True
)
@click.option("--port", default=8000, show_default=True)
def up(directory: Path, port: int) -> None:
    """Leave the service running until Ctrl-C."""
    from license_service.demo.scenario import stay_up

    # Also where whoever started this ignores Ctrl-C, as a shell does for what it runs in the background.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        stay_up(directory, port, os.environ.get("REDIS_URL", ""))
    except ConfigurationError as error:
        click.echo(f"demo: {error.detail}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("stopped")
