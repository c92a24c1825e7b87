"""`license-service token`: believe a verdict by its validation token, offline."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from license_service.clock import format_instant
from license_service.verification.document import FormatError
from license_service.verification.presentation import Presentation

if TYPE_CHECKING:
    from license_service.verification.crypto.jwk import PublicJwk

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_STATUS = {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "INDETERMINATE": 2}
_USAGE = 3


@click.group()
def token() -> None:
    """Validation tokens (RFC 9321): verdicts bound to one document, signed by who judged it."""


@token.command()
@click.argument("file", type=_FILE, metavar="TOKEN")
@click.argument("document", type=_FILE)
@click.option("--key", type=_FILE, required=True, help="The issuer's public key: a JWK, or a JWK set.")
@click.option("--content", type=_FILE, default=None, help="What a detached signature is over.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify(file: Path, document: Path, key: Path, content: Path | None, *, as_json: bool) -> None:
    """Verify that TOKEN is about DOCUMENT, and tell its verdict; nothing is asked of anybody.

    Exit 0 passed, 1 failed or the token does not hold, 2 indeterminate, 3 usage.
    """
    from license_service.verification.validation_token import open_token

    data = file.read_bytes().strip()
    presentation = Presentation(content=content.read_bytes() if content else None)
    trusted = _keys(key)
    try:
        found = open_token(data, _named(trusted, data))
        found.require_about(document.read_bytes(), presentation)
    except FormatError as error:
        _tell({"outcome": "refused", "code": error.code}, as_json=as_json)
        sys.exit(1)
    said = {
        "outcome": "ok",
        **found.extension,
        "issuer": found.issuer,
        "issued_at": format_instant(found.issued_at),
    }
    _tell(said, as_json=as_json)
    sys.exit(_STATUS[found.indication])


@token.command()
@click.argument("private", type=_FILE, metavar="KEY")
def key(private: Path) -> None:
    """Print the public half of KEY as a JWK, to be handed to whoever verifies."""
    from license_service.adapters.token_key_files import load_token_key

    click.echo(json.dumps(load_token_key(private).public_jwk()))


def _keys(path: Path) -> list[dict[str, Any]]:
    from license_service.verification.strict_json import parse_object

    try:
        found = parse_object(path.read_bytes())
    except FormatError as error:
        _refuse(f"{path}: {error.code}")
    rows = found.get("keys", [found])
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        _refuse(f"{path}: no JWK set")
    return rows


def _named(keys: list[dict[str, Any]], data: bytes) -> PublicJwk:
    """Return the key that a token names, or the only one there is; which it is, its signature tells."""
    from license_service.verification.crypto.jwk import parse_public_jwk
    from license_service.verification.crypto.jws import parse_compact

    name = parse_compact(data).key_id
    chosen = next((row for row in keys if row.get("kid") == name), keys[0])
    return parse_public_jwk(chosen)


def _tell(said: dict[str, str], *, as_json: bool) -> None:
    pairs = " ".join(f"{name}={value}" for name, value in said.items())
    click.echo(json.dumps(said) if as_json else pairs)


def _refuse(reason: str) -> NoReturn:
    click.echo(f"license-service token: {reason}", err=True)
    sys.exit(_USAGE)
