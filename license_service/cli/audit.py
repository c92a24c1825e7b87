"""`license-service audit`: verify receipts and log exports offline, with public keys alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from license_service.audit.checkpoint import NoteVerifier
from license_service.audit.errors import AuditError
from license_service.audit.verify import verify_export, verify_receipt

_TAMPERED, _INCOMPLETE, _USAGE = 1, 2, 3
_INCOMPLETE_CODES = frozenset({"EXPORT_INCOMPLETE"})
_USAGE_CODES = frozenset({"KEY_MALFORMED"})
_KEY = click.option("--key", "keys", multiple=True, required=True, help="Verifier key, or a file with one.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group()
def audit() -> None:
    """Verify what the log says, trusting nobody.

    Exit 0 ok, 1 tampered, 2 incomplete, 3 usage.
    """


@audit.command(name="verify-receipt")
@click.argument("receipt", type=click.Path(path_type=Path))
@click.option("--entry", required=True, type=click.Path(path_type=Path), help="The event's exact bytes.")
@_KEY
@_JSON
def verify_receipt_command(receipt: Path, entry: Path, keys: tuple[str, ...], as_json: bool) -> None:
    """Verify that RECEIPT proves the entry."""

    def check() -> dict[str, object]:
        checkpoint = verify_receipt(receipt.read_text(encoding="utf-8"), entry.read_bytes(), _verifiers(keys))
        return {"origin": checkpoint.origin, "size": checkpoint.size}

    _answer(check, as_json=as_json)


@audit.command(name="verify-log")
@click.argument("export", type=click.Path(path_type=Path))
@_KEY
@_JSON
def verify_log_command(export: Path, keys: tuple[str, ...], as_json: bool) -> None:
    """Verify every entry and checkpoint of an EXPORT."""

    def check() -> dict[str, object]:
        with export.open(encoding="utf-8") as lines:
            state = verify_export(lines, _verifiers(keys))
        return {"entries": state.size, "cases": len(state.sequences)}

    _answer(check, as_json=as_json)


def _verifiers(keys: tuple[str, ...]) -> list[NoteVerifier]:
    texts = (Path(key).read_text(encoding="utf-8") if Path(key).is_file() else key for key in keys)
    return [NoteVerifier.parse(text) for text in texts]


def _answer(check: Callable[[], dict[str, object]], *, as_json: bool) -> None:
    try:
        result, status = {"outcome": "ok", **check()}, 0
    except AuditError as error:
        result = {"outcome": "refused", "code": error.code, "first_bad_index": error.index}
        status = _status(error.code)
    except (OSError, UnicodeDecodeError) as error:
        result, status = {"outcome": "refused", "code": "FILE_UNREADABLE", "detail": str(error)}, _USAGE
    text = " ".join(f"{name}={value}" for name, value in result.items() if value is not None)
    click.echo(json.dumps(result) if as_json else text)
    sys.exit(status)


def _status(code: str) -> int:
    if code in _USAGE_CODES:
        return _USAGE
    return _INCOMPLETE if code in _INCOMPLETE_CODES else _TAMPERED
