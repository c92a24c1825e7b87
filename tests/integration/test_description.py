"""The API describes itself, and documents cover what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from markupsafe import escape
from openapi_spec_validator import validate

from license_service.api.problem_meanings import MEANINGS
from license_service.api.problem_pages import markdown_pages
from license_service.api.problems import PROBLEMS, problem
from license_service.errors import LicenseServiceError
from license_service.settings import PREFIX, Settings

_DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_openapi_document_is_valid_and_holds_every_route(api: Any) -> None:
    document = api.client.get("/openapi.json").json
    validate(document)
    assert document["openapi"] == "3.1.0"
    rules = {rule.rule for rule in api.client.application.url_map.iter_rules() if "/v1/" in rule.rule}
    assert {re.sub(r"<\w+:(\w+)>", r"{\1}", rule) for rule in rules} == set(document["paths"])


def test_every_refusal_has_a_problem_and_a_line_in_the_documentation() -> None:
    def codes(kind: type[LicenseServiceError]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))

    assert codes(LicenseServiceError) <= PROBLEMS.keys()
    text = (_DOCS / "problems.md").read_text()
    assert [code for code in PROBLEMS if f"`{code}`" not in text] == []


def test_every_problem_has_its_page_in_the_documentation() -> None:
    assert MEANINGS.keys() == PROBLEMS.keys()
    folder = _DOCS / "problems"
    told = "run: license-service problems --out docs/problems"
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict(markdown_pages()), told


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_type_of_a_problem_leads_to_a_page_that_needs_no_key(api: Any, code: str) -> None:
    with api.client.application.test_request_context():
        kind = problem(code).get_json()["type"]
    page = api.client.get(urljoin("http://localhost/v1/cases", kind))
    assert page.status_code == 200
    assert page.text.index(PROBLEMS[code].zh) < page.text.index(escape(PROBLEMS[code].en))
    assert "sandbox" in page.headers["Content-Security-Policy"]


def test_a_page_of_no_problem_is_a_problem(api: Any) -> None:
    assert api.client.get("/problems/no_such_code").json["code"] == "not_found"


def test_every_setting_is_documented() -> None:
    text = (_DOCS / "operations.md").read_text()
    names = [f"{PREFIX}{name.upper()}" for name in Settings.__dataclass_fields__]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_unknown_paths_and_methods_are_problems(api: Any, headers: dict[str, str]) -> None:
    assert api.client.get("/v2").json["code"] == "not_found"
    assert api.client.delete("/v1/matters", headers=headers).json["code"] == "method_not_allowed"
    assert api.client.get("/v1/cases/%00", headers=headers).json["code"] == "not_found"


def test_readiness_says_what_it_runs_on(api: Any) -> None:
    ready = api.client.get("/readyz").json
    assert (ready["status"], ready["database"]["engine"]) == ("ok", "sqlite")
    assert ready["database"]["journal_mode"] in {"TRUNCATE", "WAL"}
