"""`license-service audit`: take evidence away, and verify it offline, with public keys alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import click

from license_service.audit.policy import TrustPolicy, trusting
from license_service.audit.verify import verify_export, verify_receipt
from license_service.cli.building import build_app, read_keys, sm2_check
from license_service.cli.offline import USAGE, describe, judge, read_authorities, read_policy, verify_file
from license_service.cli.reading import REASON, reader
from license_service.cli.replay_all import replay_all

_PATH = click.Path(path_type=Path)
_KEY = click.option("--key", "keys", multiple=True, help="Verifier key, or a file with one.")
_POLICY = click.option("--policy", type=_PATH, help="Whom you believe: a c2sp.org/tlog-policy file.")
_TSA = click.option(
    "--tsa",
    "authorities",
    multiple=True,
    type=_PATH,
    help="Certificate of a timestamp authority you believe; it must have stamped a log with all entries.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


class _WronglyUsedError(click.UsageError):
    exit_code = USAGE


class _AuditGroup(click.Group):
    """End with 3 where a command is used wrongly: 2 says that evidence is incomplete."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - what the command returns
        """Run the command."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _WronglyUsedError(error.message, error.ctx) from error


@click.group(cls=_AuditGroup)
def audit() -> None:
    """Verify what the log says, trusting nobody.

    Exit 0 ok, 1 tampered, 2 incomplete, 3 usage.
    """


@audit.command(name="verify-receipt")
@click.argument("receipt", type=_PATH)
@click.option("--entry", required=True, type=_PATH, help="The event's exact bytes.")
@_KEY
@_POLICY
@_JSON
def verify_receipt_command(
    receipt: Path, entry: Path, keys: tuple[str, ...], policy: Path | None, *, as_json: bool
) -> None:
    """Verify that RECEIPT proves the entry."""

    def check() -> dict[str, object]:
        text = receipt.read_text(encoding="utf-8")
        checkpoint = verify_receipt(text, entry.read_bytes(), _trust(keys, policy))
        return {"origin": checkpoint.origin, "size": checkpoint.size}

    _answer(check, as_json=as_json)


@audit.command(name="verify-log")
@click.argument("export", type=_PATH)
@_KEY
@_POLICY
@_JSON
def verify_log_command(export: Path, keys: tuple[str, ...], policy: Path | None, *, as_json: bool) -> None:
    """Verify every entry and checkpoint of an EXPORT."""

    def check() -> dict[str, object]:
        with export.open(encoding="utf-8") as lines:
            state = verify_export(lines, _trust(keys, policy))
        return {"entries": state.size, "cases": len(state.sequences)}

    _answer(check, as_json=as_json)


@audit.command()
@click.argument("bundle", type=_PATH)
@_KEY
@_POLICY
@_TSA
@click.option("--recompute", is_flag=True, help="Compute verdicts and deadlines again from the inputs in it.")
@_JSON
def verify(
    bundle: Path,
    keys: tuple[str, ...],
    policy: Path | None,
    authorities: tuple[Path, ...],
    *,
    recompute: bool,
    as_json: bool,
) -> None:
    """Verify an evidence BUNDLE; `make verifier` builds one file that does the same without this service."""
    from license_service.cli.recomputing import recomputing

    def check() -> dict[str, object]:
        believed = _trust(keys, policy), read_authorities(authorities, sm2_check())
        if not recompute:
            return verify_file(bundle, *believed)
        with recomputing(bundle) as observer:
            found = verify_file(bundle, *believed, observer)
            return {**found, "verdicts": observer.verdicts, "deadlines": observer.deadlines}

    _answer(check, as_json=as_json)


@audit.command()
@click.option("--case", help="Every event of one case.")
@click.option("--from", "begin", type=int, help="Index of the first entry.")
@click.option("--to", "end", type=int, help="Index behind the last entry; default: as far as is cosigned.")
@click.option("--inputs", is_flag=True, help="With reports, documents and all they rest on: personal data.")
@REASON
@click.option("--out", type=click.File("wb", lazy=True), required=True, help="File to write.")
def export(
    case: str | None, begin: int | None, end: int | None, out: BinaryIO, reason: str | None, *, inputs: bool
) -> None:
    """Write an evidence bundle."""
    if (case is None) == (begin is None) or (case is not None and end is not None):
        raise click.UsageError("either --case, or --from and --to")
    evidence, by = build_app().evidence, reader(reason) if inputs else None
    if case is not None:
        manifest = evidence.export_case(out, case, by)
    else:
        manifest = evidence.export_range(out, begin or 0, end, by)
    click.echo(f"{sum(b - a for a, b in manifest.runs)} entries under checkpoint {manifest.checkpoints[-1]}")


@audit.command()
@click.argument("url")
@_KEY
@_POLICY
@click.option("--state", type=_PATH, required=True, help="File that keeps the last checkpoint seen.")
@click.option("--every", type=float, help="Look again after so many seconds, until something is wrong.")
@_JSON
def watch(
    url: str, keys: tuple[str, ...], policy: Path | None, state: Path, every: float | None, *, as_json: bool
) -> None:
    """Follow the log below URL; exit 1 where it does not extend what it showed before."""
    from license_service.adapters.log_http import HttpLog
    from license_service.adapters.watch_state import keep, read_kept
    from license_service.services.proving import watching

    def look() -> dict[str, object]:
        kept = read_kept(state)
        checkpoint, note = watching.watch(HttpLog(url), _trust(keys, policy), kept)
        keep(state, note)
        return {"origin": checkpoint.origin, "size": checkpoint.size}

    while True:
        result, status = judge(look)
        click.echo(describe(result, as_json=as_json))
        if every is None or (status and result["code"] not in {"LOG_UNREACHABLE", "QUORUM_MISSING"}):
            sys.exit(status)
        time.sleep(every)


@audit.command(name="build-verifier")
@click.argument("out", type=_PATH)
def build_verifier(out: Path) -> None:
    """Write the single-file verifier to OUT; the same bytes from the same sources."""
    from license_service.cli.verifier_file import write_verifier

    write_verifier(out)


audit.add_command(replay_all)


def _trust(keys: tuple[str, ...], policy: Path | None) -> TrustPolicy:
    if (policy is None) == (not keys):
        raise click.UsageError("either --policy or --key")
    return trusting(read_keys(keys)) if policy is None else read_policy(policy, sm2_check())


def _answer(check: Callable[[], dict[str, Any]], *, as_json: bool) -> None:
    result, status = judge(check)
    click.echo(describe(result, as_json=as_json))
    sys.exit(status)
