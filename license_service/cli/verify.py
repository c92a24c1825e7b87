"""`license-service verify`: judge files offline, with exit codes that scripts can use."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from license_service.cli.presenting import presented
from license_service.cli.sentences import told
from license_service.clock import SystemClock, parse_instant
from license_service.errors import LicenseServiceError
from license_service.services.verifying.explanation import explain
from license_service.settings import PREFIX, Settings
from license_service.verification.presentation import Presentation
from license_service.verification.report import Indication, VerificationReport

if TYPE_CHECKING:
    from license_service.cli.judging import Attesting, Judge, Judgement

_DEFAULTS = Settings()
_TOKEN = f"{PREFIX}REGISTER_TOKEN"
_USAGE = 3
_COLUMNS = ("file", "sha256", "format", "indication", "sub_indication", "number", "name", "codes")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
@click.option(
    "--register",
    type=click.Path(path_type=Path),
    default=None,
    help=f"Register of licenses to ask where the policy wants it; its token is in {_TOKEN}.",
)
@click.option("--identifier", default=None, help="In place of FILES: what the register has of this license.")
@click.option("--at", callback=_instant, default=None, help="Validation time (RFC 3339); default now.")
@click.option("--jobs", type=click.IntRange(min=0), default=0, help="Processes; default one for each core.")
@click.option("--json", "shape", flag_value="json", help="One JSON object a line.")
@click.option("--csv", "shape", flag_value="csv", help="One CSV row a file.")
@click.option(
    "--token-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Sign each verdict as a validation token (RFC 9321) with this private key; needs --json.",
)
@click.option("--token-issuer", default=None, help="URI of who signs; needed with --token-key.")
@presented
def verify(
    files: tuple[Path, ...],
    policy: Path,
    trust: Path | None,
    evidence: Path | None,
    register: Path | None,
    identifier: str | None,
    at: datetime | None,
    jobs: int,
    shape: str | None,
    presentation: Presentation,
    token_key: Path | None,
    token_issuer: str | None,
) -> None:
    """Verify FILES, and every file below a folder; or what a register has of an identifier.

    Exit 0 all passed, 1 any failed, 2 any indeterminate, 3 usage or a file without verdict.
    """
    from license_service.cli.cores import spread
    from license_service.cli.judging import find_files

    paths = find_files(files)
    if bool(paths) == bool(identifier):
        _refuse("give either files or --identifier")
    if presentation.content is not None and len(paths) > 1:
        _refuse("--content belongs to one file")
    judge = _judge(policy, trust, evidence, register, at, replace(presentation, identifier=identifier))
    judge = replace(judge, attesting=_attesting(token_key, token_issuer, shape))
    began = time.monotonic()
    teller = Teller(judge, _SHAPES[shape or "text"])
    lines = map(teller.named, [identifier]) if identifier else spread(teller, paths, jobs)
    if shape == "csv":
        click.echo(_csv(_COLUMNS))
    told = Counter(_say(_watched(lines, len(paths))))
    if len(paths) > 1:
        _summarize(told, time.monotonic() - began)
    sys.exit(exit_status(told))


def exit_status(told: Iterable[Indication | None]) -> int:
    """Return 3 if a file has no verdict, else 1 if any failed, 2 if any is indeterminate, 0."""
    found = set(told)
    if None in found:
        return _USAGE
    if Indication.TOTAL_FAILED in found:
        return 1
    return 2 if Indication.INDETERMINATE in found else 0


def _judge(
    policy: Path,
    trust: Path | None,
    evidence: Path | None,
    register: Path | None,
    at: datetime | None,
    presentation: Presentation,
) -> Judge:
    from license_service.adapters.registers import load_register
    from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
    from license_service.cli.judging import Judge
    from license_service.services.verifying.fetching import Fetching
    from license_service.verification.evidence import Evidence
    from license_service.verification.trust import TrustStore

    clock, token = SystemClock(), os.environ.get(_TOKEN, "")
    try:
        return Judge(
            load_policy(policy),
            load_trust(trust) if trust else TrustStore(),
            load_evidence(evidence) if evidence else Evidence(),
            at or clock.now(),
            presentation,
            Fetching(register=load_register(register, clock, token) if register else None),
        )
    except LicenseServiceError as error:
        _refuse(error.detail)


def _attesting(key: Path | None, issuer: str | None, shape: str | None) -> Attesting | None:
    from license_service.adapters.token_key_files import load_token_key
    from license_service.cli.judging import Attesting

    if key is None and issuer is None:
        return None
    if key is None or not issuer or shape != "json":
        _refuse("a validation token needs --token-key, --token-issuer and --json")
    load_token_key(key)  # whatever is wrong with it is told before the first verdict
    return Attesting(key, issuer)


class Line(NamedTuple):
    """Hold what is said of one file, on standard error where it has no verdict."""

    text: str
    indication: Indication | None


@dataclass(frozen=True)
class Teller:
    """Judge files and word what became of each, so that a child process hands back no more than a line."""

    judge: Judge
    shape: Callable[[Judgement, VerificationReport], str]

    def __call__(self, path: Path) -> Line:
        """Judge one file."""
        return self._line(self.judge(path))

    def named(self, identifier: str) -> Line:
        """Judge what the register has of an identifier."""
        return self._line(self.judge.named(identifier))

    def _line(self, judgement: Judgement) -> Line:
        report = judgement.report
        if report is None:
            return Line(f"license-service verify: {judgement.reason}", None)
        return Line(self.shape(judgement, report), report.indication)


def _watched(lines: Iterable[Line], count: int) -> Iterator[Line]:
    """Show a bar where somebody watches: several files, and standard output goes elsewhere."""
    hidden = count <= 1 or sys.stdout.isatty() or not sys.stderr.isatty()
    with click.progressbar(lines, length=count, label="verifying", file=sys.stderr, hidden=hidden) as bar:
        yield from bar


def _say(lines: Iterable[Line]) -> Iterator[Indication | None]:
    for line in lines:
        click.echo(line.text, err=line.indication is None)
        yield line.indication


def _line(judgement: Judgement, report: VerificationReport) -> str:
    body = report.to_json()
    messages = [explanation.to_json() for explanation in explain(body)]
    beside = {"messages": messages, **judgement.fetched.to_json()}
    beside |= {"validation_token": judgement.token} if judgement.token else {}
    return json.dumps({"file": str(judgement.path), **body, **beside}, ensure_ascii=False)


def _text(judgement: Judgement, report: VerificationReport) -> str:
    verdict = " / ".join(filter(None, (report.indication, report.sub_indication)))
    lines = [f"{judgement.path}: {verdict}"]
    return "\n".join([*lines, *told(report.to_json())])


def _row(judgement: Judgement, report: VerificationReport) -> str:
    license_ = report.license
    named = (license_.number, license_.name) if license_ else ("", "")
    verdict = (report.sha256, report.format, report.indication, report.sub_indication or "")
    return _csv((str(judgement.path), *verdict, *named, " ".join(report.codes())))


def _csv(cells: Iterable[str]) -> str:
    # A cell that a spreadsheet would run as a formula is made text; the name of a file is hostile input.
    safe = [f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in cells]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(safe)
    return buffer.getvalue()


_SHAPES: dict[str, Callable[[Judgement, VerificationReport], str]] = {
    "text": _text,
    "json": _line,
    "csv": _row,
}


def _summarize(told: Counter[Indication | None], seconds: float) -> None:
    count = told.total()
    parts = [f"{told[indication]} {indication}" for indication in Indication if told[indication]]
    parts += [f"{told[None]} without verdict"] if told[None] else []
    rate = count / max(seconds, 0.001)
    click.echo(f"{count} files: {', '.join(parts)}; {seconds:.1f} s, {rate:.0f} a second", err=True)


def _refuse(reason: str) -> NoReturn:
    click.echo(f"license-service verify: {reason}", err=True)
    sys.exit(_USAGE)
