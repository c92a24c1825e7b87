"""Build the service for a command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from license_service.audit.note import NoteVerifier, Sm2Check
    from license_service.bootstrap import App


def build_app() -> App:
    """Build from the environment.

    Raises:
        LicenseServiceError: if the configuration is not usable or the database does not answer.
    """
    from license_service.bootstrap import build
    from license_service.settings import read_settings

    return build(read_settings(os.environ))


def read_keys(keys: tuple[str, ...]) -> list[NoteVerifier]:
    """Read verifier keys, each given itself or as a file with one.

    Raises:
        AuditError: `KEY_MALFORMED`.
    """
    from license_service.audit.note import NoteVerifier

    texts = [Path(key).read_text(encoding="utf-8") if Path(key).is_file() else key for key in keys]
    return [NoteVerifier.parse(text, sm2_check()) for text in texts]


def sm2_check() -> Sm2Check | None:
    """Return who verifies SM2 for `audit`, which cannot; None where nobody on this machine can."""
    from license_service.errors import ConfigurationError
    from license_service.verification.crypto.sm2 import provider

    try:
        return provider().verify
    except ConfigurationError:
        return None
