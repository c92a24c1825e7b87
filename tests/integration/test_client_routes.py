"""The client has a call for every route of the API, and none that the API does not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import license_service.client

_ROOM = Path(license_service.client.__file__).parent


def _called() -> Iterator[tuple[str, str]]:
    for path in _ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                method, first = node.func.attr, node.args[0]
                if method in ("_get", "_post") and isinstance(first, ast.Constant):
                    yield method.strip("_").upper(), str(first.value)


def test_every_route_has_a_call(api: Any) -> None:
    pages = ("console.", "paper_pages.", "problem_pages.")
    rules = [r for r in api.client.application.url_map.iter_rules() if not r.endpoint.startswith(pages)]
    offered = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in rules
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    assert set(_called()) == offered


def test_the_page_on_the_client_names_every_call() -> None:
    client = license_service.client.Client("http://127.0.0.1:1", "key")
    calls = {
        (group, name)
        for group, found in vars(client).items()
        for name in dir(found)
        if not name.startswith("_")
    }
    page = (Path(__file__).parents[2] / "docs/client.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    assert calls == {(row[1].strip(" `"), name) for row in rows for name in re.findall(r"`(\w+)`", row[2])}
