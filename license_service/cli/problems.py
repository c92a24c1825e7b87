"""`license-service problems`: the pages of problems, as documentation holds them."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder the pages are written to."
)
def problems(out: Path) -> None:
    """Write a page for each problem in Markdown: what `docs/problems` holds."""
    from license_service.api.problem_pages import markdown_pages

    out.mkdir(parents=True, exist_ok=True)
    for name, text in markdown_pages():
        (out / name).write_text(text, encoding="utf-8")
