"""Catalogue files: what is refused, and on which line; each beside the file that differs by one change."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import CheckMethod, Subject
from license_service.errors import ConfigurationError

CATALOGUE = Path(__file__).resolve().parents[3] / "catalogue"
MATTER = """\
code: tea-shop
version: "1"
name: {zh: 茶馆, en: Tea shop}
subjects: [person]
authority: 示例县市场监督管理局
result: 许可证
effective_from: 2026-01-01
effective_until: null
basis: b
time_limit:
  statutory: {working_days: 20}
  promised: {calendar_days: 10}
  basis: b
fields:
  - {name: area, kind: number, label: {zh: 面积, en: Area}}
eligibility:
  - code: small
    when: {not: {field: area, at_least: 100}}
    text: {zh: 小, en: Small}
    basis: b
materials:
  - code: paper
    name: {zh: 材料, en: Paper}
    primary: false
    basis: b
    needed_when: {field: area, at_least: 50}
    by_license:
      type_codes: [T]
      holder: applicant
      basis: b
    by_data:
      source: register
      query: [applicant.id, field.area]
      basis: b
    by_commitment:
      notice: {id: safe, version: "1"}
      check: {method: on_site, within: {months: 2}}
      basis: b
      on_broken:
        objection: {working_days: 5}
        consequences:
          - {remedy: rectify, within: {working_days: 9}, credit_record: false, basis: c}
          - {remedy: terminate, credit_record: true, basis: c}
    by_deferral:
      within: promised_limit
      at_expiry: refused
      basis: b
    by_submission: true
credit:
  - {mark: broken_commitment, scope: all, period: {months: 12}, basis: c}
"""
CHECK = "check: {method: on_site, within: {months: 2}}"
NEEDED = "needed_when: {field: area, at_least: 50}"
WHEN = "when: {not: {field: area, at_least: 100}}"
NOTICE = """\
id: safe
version: "1"
text: {zh: 告知, en: Notice}
basis: b
"""
YEAR = """\
year: 2027
holidays: [2027-01-01]
makeup_days: [2027-01-03]
basis: 国务院办公厅通知
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"matters": MATTER, "notices": NOTICE, "calendars": YEAR}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def _problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load_catalogue(folder)
    assert refused.value.code == "configuration_invalid"
    return refused.value.detail.splitlines()


def _replace(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_catalogue_of_three_folders_is_read(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    (matter,) = catalogue.matters
    (material,) = matter.materials
    assert (matter.subjects, matter.fields[0].name) == ((Subject.PERSON,), "area")
    assert material.by_commitment is not None
    assert material.by_commitment.notice.text_zh == "告知"
    assert material.by_commitment.check.method is CheckMethod.ON_SITE
    assert material.by_deferral is not None
    assert (material.by_deferral.within, material.by_deferral.remind_before) == (
        Period(10, Unit.CALENDAR_DAYS), (3, 1),
    )  # fmt: skip
    assert catalogue.years[0].makeup_days == {date(2027, 1, 3)}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("result: 许可证", "result: 许可证\nresults: 许可证", 7),
        ("subjects: [person]", "subjects: []", 4),
        ("effective_from: 2026-01-01", "effective_from: 2026-13-01", 7),
        ("effective_until: null", "effective_until: 2025-12-31", 1),
        ("statutory: {working_days: 20}", "statutory: {working_days: 0}", 11),
        ("statutory: {working_days: 20}", "statutory: {working_days: 20, months: 1}", 11),
        ("statutory: {working_days: 20}", "statutory: {}", 11),
        ("kind: number", "kind: date", 15),
        (WHEN, "when: {not: {field: area}}", 18),
        (WHEN, "when: {all: []}", 18),
        (WHEN, "when: {not: {field: area, exists: false}}", 18),
        (WHEN, "when: {not: {field: floor, exists: true}}", 18),
        (WHEN, "when: eval(area)", 18),
        (NEEDED, "needed_when: {field: aera, at_least: 50}", 26),
        (NEEDED, "needed_when: {field: area, equals: '50'}", 26),
        (NEEDED, "needed_when: {field: area, equals: true}", 26),
        (NEEDED, "needed_when: {field: area, at_least: '50'}", 26),
        (NEEDED, "needed_when: {field: area, equals: 5, at_least: 5}", 26),
        ("primary: false", "primary: true", 22),
        ("primary: false", "primary: false\n    primary: true", 25),
        ("type_codes: [T]", "type_codes: []", 28),
        ("query: [applicant.id, field.area]", "query: [applicant.password]", 33),
        ('notice: {id: safe, version: "1"}', 'notice: {id: safe, version: "2"}', 36),
        (CHECK, "check: {method: on_site}", 37),
        (CHECK, "check: {method: data_source, within: {months: 2}}", 37),
        (CHECK, "check: {method: exempt, within: {months: 2}}", 37),
        (CHECK, "check: {method: exempt}", 37),
        (CHECK, "check: {method: on_site, from: someday, within: {months: 2}}", 37),
        (CHECK, "check: {method: exempt, reason: 风险低}", 35),
        ("objection: {working_days: 5}", "objection: {}", 40),
        ("remedy: rectify, within: {working_days: 9}", "remedy: rectify", 42),
        ("remedy: rectify, within: {working_days: 9}", "remedy: terminate", 39),
        ("remedy: terminate, credit", "remedy: terminate, within: {months: 1}, credit", 43),
        ("remedy: terminate, credit", "remedy: rectify, within: {months: 1}, credit", 39),
        ("remedy: terminate, credit", "remedy: fine, credit", 43),
        ("credit_record: true, basis: c}", "basis: c}", 43),
        ("credit_record: true, basis: c}", "credit_record: true}", 43),
        ("mark: broken_commitment", "mark: expired_debt", 39),
        ("mark: broken_commitment", "mark: serious_dishonesty", 50),
        ("scope: all", "scope: everywhere", 50),
        ("      within: promised_limit", "      within: someday", 45),
        ("      at_expiry: refused", "      at_expiry: forgiven", 46),
        ("result: 许可证", "result: !!python/object:os.system x", 6),
        ("result: 许可证", 'result: "\x07"', 6),
        ("result: 许可证", "result: &x 许可证\nsurprise: *x", 7),
        ("code: tea-shop", "? [code]\n: tea-shop", 1),
        ("code: tea-shop", "code: &a [*a]", 1),
    ],
)  # fmt: skip
def test_one_change_is_refused_on_its_line(folder: Path, old: str, new: str, line: int) -> None:
    load_catalogue(folder)
    _replace(folder, "matters/one.yaml", old, new)
    problems = _problems(folder)
    assert {problem.split(":")[0] for problem in problems} == {"matters/one.yaml"}
    assert {int(problem.split(":")[1]) for problem in problems} == {line}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("remedy: terminate", "remedy: revoke_decision"),
        (CHECK, "check: {method: on_site, from: decision, within: {months: 2}}"),
        (CHECK,
         "check: {method: data_source, source: register, within: {working_days: 60}}"),
        (NEEDED, "needed_when: {any: [{field: area, in: [1, 2]}]}"),
        ("      within: promised_limit", "      within: {calendar_days: 5}"),
        ("effective_until: null", "effective_until: 2026-01-01"),
    ],
)  # fmt: skip
def test_its_benign_twin_is_read(folder: Path, old: str, new: str) -> None:
    _replace(folder, "matters/one.yaml", old, new)
    assert len(load_catalogue(folder).matters) == 1


def test_no_rule_is_without_its_basis(folder: Path) -> None:
    lines = MATTER.splitlines(keepends=True)
    bases = [index for index, line in enumerate(lines) if line.strip() == "basis: b"]
    assert len(bases) == 8
    for index in bases:
        without = "".join(lines[:index] + lines[index + 1 :])
        (folder / "matters" / "one.yaml").write_text(without, encoding="utf-8")
        assert [problem.split(": ")[1].split(".")[-1] for problem in _problems(folder)] == ["basis"], index


def test_a_limit_that_is_not_stated_cannot_be_referred_to(folder: Path) -> None:
    limit = "time_limit:\n  statutory: {working_days: 20}\n  promised: {calendar_days: 10}\n  basis: b\n"
    _replace(folder, "matters/one.yaml", limit, "")
    assert [problem.split(":")[1] for problem in _problems(folder)] == ["41"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("holidays: [2027-01-01]", "holidays: [2026-01-01]"),
        ("makeup_days: [2027-01-03]", "makeup_days: [2027-01-04]"),
        ("makeup_days: [2027-01-03]", "makeup_days: [2027-01-01]"),
        ("year: 2027", "year: 1999"),
        ("basis: 国务院办公厅通知", "basis: ''"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(folder: Path, old: str, new: str) -> None:
    _replace(folder, "calendars/one.yaml", old, new)
    assert all(problem.startswith("calendars/one.yaml:") for problem in _problems(folder))


def test_problems_of_all_files_are_told_at_once(folder: Path) -> None:
    _replace(folder, "matters/one.yaml", "kind: number", "kind: date")
    _replace(folder, "notices/one.yaml", "basis: b", "")
    (folder / "calendars" / "two.yaml").write_text("year: [", encoding="utf-8")
    (folder / "stray.yaml").write_text(NOTICE, encoding="utf-8")
    (folder / "notices" / "binary.yaml").write_bytes(b"\xff\xfe")
    named = {problem.split(":")[0] for problem in _problems(folder)}
    assert {
        "matters/one.yaml",
        "notices/one.yaml",
        "calendars/two.yaml",
        "stray.yaml",
        "notices/binary.yaml",
    } <= named


@pytest.mark.parametrize(("depth", "refused"), [(5, False), (5000, True)])
def test_a_condition_nested_without_end_is_refused(folder: Path, depth: int, refused: bool) -> None:
    nested = "{not: " * depth + "{field: area, exists: true}" + "}" * depth
    _replace(folder, "matters/one.yaml", NEEDED, f"needed_when: {nested}")
    if refused:
        assert [problem.split(":")[0] for problem in _problems(folder)] == ["matters/one.yaml"]
    else:
        assert len(load_catalogue(folder).matters) == 1


@pytest.mark.parametrize("file", ["notices/one.yaml", "calendars/one.yaml"])
def test_a_notice_or_a_year_is_there_once(folder: Path, file: str) -> None:
    shutil.copy(folder / file, folder / file.replace("one", "two"))
    assert [problem.split(":")[0] for problem in _problems(folder)] == [file.replace("one", "two")]


@pytest.mark.parametrize(
    ("version", "begins", "refused"),
    [
        ("2", "2026-06-01", True),
        ("2", "2027-01-01", False),
        ("2", "2026-12-31", True),
        ("1", "2027-01-01", True),
    ],
)
def test_versions_of_a_matter_never_overlap(folder: Path, version: str, begins: str, refused: bool) -> None:
    _replace(folder, "matters/one.yaml", "effective_until: null", "effective_until: 2026-12-31")
    later = MATTER.replace('version: "1"\nname', f'version: "{version}"\nname').replace("2026-01-01", begins)
    (folder / "matters" / "two.yaml").write_text(later, encoding="utf-8")
    if refused:
        assert _problems(folder)
    else:
        assert len(load_catalogue(folder).matters) == 2


def test_an_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    assert _problems(tmp_path)


@pytest.mark.parametrize("file", ["matters/one.yaml", "notices/one.yaml", "calendars/one.yaml"])
def test_the_digest_names_the_exact_files(folder: Path, file: str) -> None:
    before = load_catalogue(folder).digest
    assert load_catalogue(folder).digest == before
    (folder / file).write_text((folder / file).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = load_catalogue(folder).digest
    (folder / file).rename(folder / file.replace("one", "renamed"))
    assert len({before, changed, load_catalogue(folder).digest}) == 3


def test_the_catalogue_of_the_repository_holds_twelve_matters_of_people_and_enterprises() -> None:
    matters = load_catalogue(CATALOGUE).matters
    assert len(matters) >= 12
    served = [set(matter.subjects) for matter in matters]
    assert sum(Subject.PERSON in subjects for subjects in served) >= 6
    assert sum(Subject.ORGANIZATION in subjects for subjects in served) >= 6
    ways = {
        name
        for matter in matters
        for material in matter.materials
        for name in ("by_license", "by_data", "by_commitment", "by_deferral", "needed_when")
        if getattr(material, name) is not None
    }
    assert len(ways) == 5
