"""Matters over HTTP and on the command line: guides, conditions, eligibility, releases."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from license_service.adapters.catalogue_files import load_catalogue
from license_service.bootstrap import build
from license_service.cli import main
from license_service.demo.people import LEGAL_PERSON
from license_service.errors import ConfigurationError
from license_service.settings import Settings

_CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue"
_PERSON = {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_CATALOGUE, tmp_path / "catalogue"))


def _walk(api: Any, headers: dict[str, str], matter: str, **body: Any) -> Any:
    path = f"/v1/matters/{matter}/walkthroughs"
    return api.client.post(path, json={"applicant": _PERSON, **body}, headers=headers)


def test_every_matter_of_the_repository_has_a_guide_as_json_and_as_a_page(
    api: Any, headers: dict[str, str]
) -> None:
    matters = api.client.get("/v1/matters", headers=headers).json["matters"]
    assert len(matters) == len(load_catalogue(_CATALOGUE).matters)
    for matter in matters:
        path = f"/v1/matters/{matter['code']}"
        guide, page = (
            api.client.get(path, headers=headers).json,
            api.client.get(f"{path}/guide.html", headers=headers),
        )
        assert page.status_code == 200
        assert page.headers["Content-Security-Policy"].startswith("sandbox")
        assert guide["name"]["zh"] in page.text
        assert guide["catalogue"]["digest"] in page.text
        assert all(material["name"]["zh"] in page.text for material in guide["materials"])
    assert (
        api.client.get("/v1/matters/no-such-matter/guide.html", headers=headers).json["code"] == "not_found"
    )


@pytest.mark.parametrize(
    ("age", "local", "outcome", "rules"),
    [
        (80, True, "correction_needed", []),
        (79, True, "not_eligible", ["eighty"]),
        (79, False, "not_eligible", ["eighty", "local"]),
    ],
)
def test_who_may_not_apply_is_told_every_rule_and_its_basis(
    api: Any, headers: dict[str, str], age: int, local: bool, outcome: str, rules: list[str]
) -> None:
    answer = _walk(api, headers, "elderly-allowance", fields={"age": age, "locally_registered": local}).json
    assert (answer["outcome"], [item["rule"] for item in answer["not_eligible"]]) == (outcome, rules)
    assert all(item["basis"] and item["text"]["zh"] for item in answer["not_eligible"])


def test_a_field_that_is_not_given_is_asked_for_and_one_that_does_not_exist_is_refused(
    api: Any, headers: dict[str, str]
) -> None:
    asked = _walk(api, headers, "elderly-allowance", fields={"age": 90}).json
    assert (asked["outcome"], asked["unanswered_fields"]) == ("correction_needed", ["locally_registered"])
    refused = _walk(api, headers, "elderly-allowance", fields={"aeg": 90})
    assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")
    nested = _walk(api, headers, "elderly-allowance", fields={"age": [90]})
    assert nested.json["code"] == "request_invalid"


@pytest.mark.parametrize(
    ("imported", "needed"), [(True, "import-certificate"), (False, "conformity-certificate")]
)
def test_only_the_materials_of_this_application_are_needed(
    api: Any, headers: dict[str, str], imported: bool, needed: str
) -> None:
    answer = _walk(api, headers, "vehicle-registration", fields={"imported": imported}).json
    outcomes = {item["material"]: item["outcome"] for item in answer["materials"]}
    other = {"import-certificate", "conformity-certificate"} - {needed}
    assert (outcomes[needed], outcomes[other.pop()]) == ("missing", "not_needed")
    assert needed in {item["material"] for item in answer["correction_notice"]}


def test_a_case_of_somebody_not_eligible_is_closed_and_owes_nothing(
    api: Any, headers: dict[str, str]
) -> None:
    body = {
        "matter_code": "elderly-allowance", "applicant": _PERSON,
        "fields": {"age": 60, "locally_registered": True},
        "deferrals": [{"material": "bank-account", "acknowledged_by": "示例甲"}],
    }  # fmt: skip
    case = api.open_case(body, headers, "k1").json
    assert (case["state"], case["obligations"], case["decision"]) == ("not_eligible", [], None)
    reasons = {item["material"]: item["reasons"] for item in case["correction_notice"]}
    assert reasons["bank-account"] == ["NOT_ELIGIBLE"]


def test_a_catalogue_is_used_only_as_two_people_released_it(
    settings: Settings, copied: Path, tmp_path: Path
) -> None:
    releases = tmp_path / "releases"
    guarded = replace(settings, catalogue_dir=copied, catalogue_releases=str(releases))
    with pytest.raises(ConfigurationError):
        build(guarded)
    run = CliRunner()
    publish = ["matters", "publish", str(copied), "--releases", str(releases), "--author", "示例甲"]
    assert run.invoke(main, [*publish, "--releaser", "示例甲"]).exit_code == 1
    assert run.invoke(main, [*publish, "--releaser", "示例乙"]).exit_code == 0
    build(guarded)
    notice = copied / "notices" / "domicile.yaml"
    notice.write_text(notice.read_text().replace("三个月", "四个月"))
    with pytest.raises(ConfigurationError):
        build(guarded)


def test_a_broken_catalogue_is_told_by_file_and_line_and_a_good_one_by_its_digest(copied: Path) -> None:
    run = CliRunner()
    good = run.invoke(main, ["matters", "check", str(copied)])
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, load_catalogue(copied).digest)
    matter = copied / "matters" / "birth-registration.yaml"
    matter.write_text(matter.read_text().replace("primary: true", "primary: maybe", 1))
    bad = run.invoke(main, ["matters", "check", str(copied)])
    line = matter.read_text().splitlines().index("    primary: maybe") + 1
    assert bad.exit_code == 1
    assert f"matters/birth-registration.yaml:{line}: " in bad.output


def test_what_a_new_catalogue_changes_is_told_to_people_and_to_programs(copied: Path) -> None:
    matter = copied / "matters" / "food-business-license-new.yaml"
    matter.write_text(matter.read_text().replace("within: {working_days: 10}", "within: {working_days: 15}"))
    run = CliRunner()
    text = run.invoke(main, ["matters", "diff", str(_CATALOGUE), str(copied)])
    (line,) = text.output.splitlines()
    assert line.startswith("looser: food-business-license-new/health-certificate by_deferral.within: ")
    assert line.endswith("10 working_days -> 15 working_days")
    read = run.invoke(main, ["matters", "diff", "--json", str(_CATALOGUE), str(copied)])
    assert json.loads(read.output)["direction"] == "looser"
