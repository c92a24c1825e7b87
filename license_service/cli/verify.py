"""`license-service verify`: judge files offline, with exit codes that scripts can use."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import click

from license_service.clock import SystemClock, parse_instant
from license_service.domain.messages import message
from license_service.errors import LicenseServiceError
from license_service.settings import Settings
from license_service.verification.report import Indication, VerificationReport

_DEFAULTS = Settings()
_USAGE = 3
_PASSWORD = "LICENSE_PASSWORD"


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    try:
        return parse_instant(value) if value else None
    except ValueError as error:
        raise click.BadParameter(f"expected an RFC 3339 instant: {error}") from error


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--policy", type=click.Path(path_type=Path), default=_DEFAULTS.policy_file, help="Verification policy."
)
@click.option("--trust", type=click.Path(path_type=Path), default=None, help="Folder of anchors.")
@click.option("--evidence", type=click.Path(path_type=Path), default=None, help="Folder of CRLs.")
@click.option("--at", callback=_instant, default=None, help="Validation time (RFC 3339); default now.")
@click.option("--holder", default=None, help="USCC or citizen id the license must belong to.")
@click.option(
    "--password",
    "has_password",
    is_flag=True,
    help=f"Open encrypted PDFs with the password in {_PASSWORD}, or ask for it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def verify(
    files: tuple[Path, ...],
    policy: Path,
    trust: Path | None,
    evidence: Path | None,
    at: datetime | None,
    holder: str | None,
    has_password: bool,
    as_json: bool,
) -> None:
    """Verify FILES; exit 0 all passed, 1 any failed, 2 any indeterminate, 3 usage or unreadable."""
    if not files:
        _refuse("no file given")
    from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
    from license_service.verification.evidence import Evidence
    from license_service.verification.presentation import Presentation
    from license_service.verification.trust import TrustStore
    from license_service.verification.verifier import verify as verify_document

    indications = []
    try:
        rules = load_policy(policy)
        anchors = load_trust(trust) if trust else TrustStore()
        facts = load_evidence(evidence) if evidence else Evidence()
        moment = at or SystemClock().now()
        presentation = Presentation(holder=holder, password=_password() if has_password else None)
        for path in files:
            report = verify_document(path.read_bytes(), rules, anchors, facts, moment, presentation)
            click.echo(_line(path, report) if as_json else _text(path, report))
            indications.append(report.indication)
    except OSError as error:
        _refuse(f"cannot read {error.filename}: {error.strerror}")
    except LicenseServiceError as error:
        _refuse(error.detail)
    sys.exit(exit_status(indications))


def _password() -> str:
    # Not an argument: those of a process can be read by every user of the machine.
    return os.environ.get(_PASSWORD) or str(click.prompt("Password", hide_input=True, err=True))


def exit_status(indications: list[Indication]) -> int:
    """Return 1 if any failed, else 2 if any is indeterminate, else 0."""
    if Indication.TOTAL_FAILED in indications:
        return 1
    return 2 if Indication.INDETERMINATE in indications else 0


def _line(path: Path, report: VerificationReport) -> str:
    return json.dumps({"file": str(path), **report.to_json()}, ensure_ascii=False)


def _text(path: Path, report: VerificationReport) -> str:
    verdict = " / ".join(filter(None, (report.indication, report.sub_indication)))
    lines = [f"{path}: {verdict}"]
    lines += [f"  {code}: {message(code).zh} {message(code).en}" for code in report.codes()]
    return "\n".join(lines)


def _refuse(reason: str) -> None:
    click.echo(f"license-service verify: {reason}", err=True)
    sys.exit(_USAGE)
