"""Options that say how a document is presented, for every command that judges one."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from license_service.verification.presentation import Presentation

PASSWORD_VARIABLE = "LICENSE_PASSWORD"
PASSWORD = click.option(
    "--password",
    is_flag=True,
    help=f"Open encrypted PDFs with the password in {PASSWORD_VARIABLE}, or ask for it.",
)
_OPTIONS = (
    click.option("--holder", default=None, help="USCC or citizen id the license must belong to."),
    click.option(
        "--purpose", default=None, help="What it is used for; an annotated copy must be made for it."
    ),
    click.option("--audience", default=None, help="Who the holder of a credential signed for."),
    click.option("--nonce", default=None, help="The nonce the holder of a credential signed."),
    click.option(
        "--content",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        default=None,
        help="What a detached signature is over.",
    ),
    PASSWORD,
)


def presented(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its `presentation`, read from options of its own.

    A password is never an argument: those are seen by everybody on the machine.
    """

    @wraps(command)
    def call(content: Path | None, password: bool, **given: Any) -> None:  # noqa: ANN401 - click's values
        texts = {name: given.pop(name) for name in ("holder", "purpose", "audience", "nonce")}
        presentation = Presentation(
            **texts,
            content=content.read_bytes() if content else None,
            password=read_password() if password else None,
        )
        command(presentation=presentation, **given)

    for option in reversed(_OPTIONS):
        option(call)
    return call


def read_password() -> str:
    """Return the password of the environment, or ask for it on the terminal."""
    known = os.environ.get(PASSWORD_VARIABLE)
    return known if known is not None else click.prompt("Password", hide_input=True, err=True)
