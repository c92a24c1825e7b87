"""Build the service for a command; what is not usable is told in one line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from license_service.errors import ConfigurationError, LicenseServiceError

if TYPE_CHECKING:
    from license_service.audit.note import NoteVerifier, Sm2Check
    from license_service.bootstrap import App


def build_app() -> App:
    """Build from the environment.

    Raises:
        click.ClickException: if the configuration is not usable; exit status 1.
    """
    from license_service.bootstrap import build
    from license_service.settings import read_settings

    try:
        return build(read_settings(os.environ))
    except LicenseServiceError as error:
        raise click.ClickException(f"{error.code}: {error.detail}") from error


def read_keys(keys: tuple[str, ...]) -> list[NoteVerifier]:
    """Read verifier keys, each given itself or as a file with one.

    Raises:
        AuditError: `KEY_MALFORMED`.
    """
    from license_service.audit.note import NoteVerifier

    texts = [Path(key).read_text() if Path(key).is_file() else key for key in keys]
    return [NoteVerifier.parse(text, sm2_check()) for text in texts]


def sm2_check() -> Sm2Check | None:
    """Return who verifies SM2 for `audit`, which cannot; None where nobody on this machine can."""
    from license_service.verification.crypto.sm2 import provider

    try:
        return provider().verify
    except ConfigurationError:
        return None
