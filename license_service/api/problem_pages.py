"""A page for each problem, where its `type` leads: the same words here and in `docs/problems/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, render_template

from license_service.api.pages import ALONE
from license_service.api.problem_meanings import MEANINGS, Meaning
from license_service.api.problems import PROBLEMS, ProblemKind
from license_service.errors import NotFoundError


@dataclass(frozen=True)
class ProblemPage:
    """Hold all that is said of one code."""

    code: str
    kind: ProblemKind
    meaning: Meaning


def problem_page(code: str) -> ProblemPage:
    """Return the page of a code.

    Raises:
        NotFoundError: if there is no such code.
    """
    if code not in PROBLEMS:
        raise NotFoundError("no problem has this code")
    return ProblemPage(code, PROBLEMS[code], MEANINGS[code])


def problem_pages() -> Blueprint:
    """Return the pages, open to everybody: who was refused may have no key."""
    pages = Blueprint("problem_pages", __name__, url_prefix="/problems", template_folder="templates")

    @pages.get("/<string:code>")
    def show(code: str) -> Response:
        """Say what a code means and what to do."""
        text = render_template("problem.html", page=problem_page(code))
        return Response(text, mimetype="text/html", headers=ALONE)

    return pages


def markdown_pages() -> Iterator[tuple[str, str]]:
    """Yield name and text of each page in Markdown, as `docs/problems/` holds them."""
    for code in PROBLEMS:
        yield f"{code}.md", _markdown(problem_page(code))


def _markdown(page: ProblemPage) -> str:
    kind, meaning = page.kind, page.meaning
    return f"""# {kind.zh} · {kind.en}

`{page.code}` · HTTP {kind.status.value} · `type`: `/problems/{page.code}`

## 含义 What it means

{meaning.zh}

{meaning.en}

## 怎么办 What to do

{meaning.action_zh}

{kind.action}
"""
