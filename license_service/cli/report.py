"""`license-service report`: show a report, print it, compare two, say what shape it has."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from license_service.errors import LicenseServiceError

if TYPE_CHECKING:
    from license_service.services.verifying.replay import Replay

_DIFFERENT, _USAGE = 1, 3
_PATH = click.Path(path_type=Path)


class _ShowByDefault(click.Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what names no command as a report to show."""
        named = not args or args[0] in {*self.commands, "--help"}
        return super().parse_args(ctx, args if named else ["show", *args])


@click.group(cls=_ShowByDefault)
def report() -> None:
    """Show, print and compare verification reports: `report REPORT.json --pdf OUT`."""


@report.command()
@click.argument("file", type=_PATH)
@click.option("--document", type=_PATH, default=None, help="The verified file, for the seal pictures.")
@click.option("--html", type=_PATH, default=None, help="Write a page.")
@click.option("--pdf", type=_PATH, default=None, help="Write a PDF.")
def show(file: Path, document: Path | None, html: Path | None, pdf: Path | None) -> None:
    """Show what a report FILE says, or write it as HTML or PDF; exit 0, or 3 unreadable."""
    from license_service.services.verifying.report_sheet import lay_out

    found = read(file)
    try:
        sheet = lay_out(found, document.read_bytes() if document else None)
        if html:
            from license_service.adapters.report_html import render_html

            html.write_text(render_html(sheet), encoding="utf-8")
        if pdf:
            from license_service.adapters.report_pdf import render_pdf

            pdf.write_bytes(render_pdf(sheet))
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")
    except LicenseServiceError as error:
        refuse(error.detail)
    if not html and not pdf:
        _print(found)


@report.command()
@click.argument("before", type=_PATH)
@click.argument("after", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def diff(before: Path, after: Path, *, as_json: bool) -> None:
    """Say what changed from report BEFORE to AFTER; exit 0 nothing, 1 something, 3 unreadable."""
    from license_service.verification.difference import differences

    changes = differences(read(before), read(after))
    if as_json:
        click.echo(json.dumps({"changes": [c.to_json() for c in changes]}, ensure_ascii=False))
    else:
        for change in changes:
            click.echo(change_line(change.path, change.before, change.after))
    sys.exit(_DIFFERENT if changes else 0)


@report.command()
def schema() -> None:
    """Print the JSON Schema of a report: what `docs/report.schema.json` holds."""
    from license_service.services.verifying.report_shape import report_schema

    click.echo(json.dumps(report_schema(), ensure_ascii=False, indent=2))


def read(file: Path) -> dict[str, Any]:
    """Return the report in a file, or end with exit status 3."""
    from license_service.services.verifying.report_shape import read_report

    try:
        return read_report(file.read_bytes())
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")
    except LicenseServiceError as error:
        refuse(f"{file}: {error.detail}")


def change_line(path: str, before: object, after: object) -> str:
    """Return one change as a line."""
    return f"{path}: {json.dumps(before, ensure_ascii=False)} → {json.dumps(after, ensure_ascii=False)}"


def outcome_text(name: str, result: Replay) -> str:
    """Return what came of a replay, and a line for each change."""
    wrong = f" ({', '.join(result.inputs)})" if result.inputs else ""
    lines = [f"  {change_line(c.path, c.before, c.after)}" for c in result.changes]
    return "\n".join([f"{name}: {result.outcome}{wrong}", *lines])


def refuse(reason: str) -> NoReturn:
    """End with exit status 3."""
    click.echo(f"license-service: {reason}", err=True)
    sys.exit(_USAGE)


def _print(found: dict[str, Any]) -> None:
    from license_service.cli.sentences import told

    verdict = " / ".join(filter(None, (found["indication"], found["sub_indication"])))
    click.echo("\n".join([f"{found['sha256']}: {verdict}", *told(found)]))
