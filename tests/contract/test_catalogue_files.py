"""The contract of the catalogue's files: a right one loads, and each wrong line is told by its number."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.matter import AtExpiry, HolderRole
from license_service.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[2]
_SOUND = """\
code: shop
version: "1"
name: {zh: 商店, en: Shop}
effective_from: 2026-01-01
effective_until: 2026-12-31
basis: 示例办法第一条
materials:
  - code: license
    name: {zh: 执照, en: License}
    primary: true
    basis: 示例办法第二条
    by_license:
      type_codes: [11100000000013338W001]
      holder: applicant
      basis: 示例办法第三条
    by_submission: true
  - code: plan
    name: {zh: 图, en: Plan}
    primary: false
    basis: 示例办法第四条
    by_commitment:
      notice: {zh: 告知, en: Notice}
      check_within_working_days: 60
      check_source: register
      basis: 示例办法第五条
    by_deferral:
      working_days: 10
      remind_before: [3, 1]
      at_expiry: refused
      basis: 示例办法第六条
    by_submission: false
"""


def _load(directory: Path, **files: str) -> list[str]:
    """Return the problems told, each as `file:line`."""
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_catalogue(directory)
    return [":".join(line.split(":")[:2]) for line in refused.value.detail.splitlines()]


def test_a_sound_file_loads_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(_SOUND, encoding="utf-8")
    catalogue = load_catalogue(tmp_path)
    (matter,) = catalogue.matters
    assert (matter.code, matter.version, matter.name_zh, matter.effective_from, matter.effective_until) == (
        "shop", "1", "商店", date(2026, 1, 1), date(2026, 12, 31),
    )  # fmt: skip
    first, second = matter.materials
    assert first.by_license is not None
    assert first.by_license.holder is HolderRole.APPLICANT
    assert (first.primary, first.by_commitment, first.by_deferral, first.by_submission) == (
        True,
        None,
        None,
        True,
    )
    assert second.by_commitment is not None
    assert second.by_commitment.check_within_working_days == 60
    assert second.by_deferral is not None
    assert (second.by_deferral.remind_before, second.by_deferral.at_expiry) == ((3, 1), AtExpiry.REFUSED)
    assert not second.by_submission


def test_the_catalogue_of_the_repository_loads() -> None:
    assert [matter.code for matter in load_catalogue(_ROOT / "catalogue").matters] == [
        "food-business-license-new"
    ]


def test_one_byte_more_gives_another_digest(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(_SOUND, encoding="utf-8")
    before = load_catalogue(tmp_path).digest
    (tmp_path / "shop.yaml").write_text(_SOUND + "\n", encoding="utf-8")
    assert load_catalogue(tmp_path).digest != before


@pytest.mark.parametrize(
    ("sound", "wrong", "line"),
    [
        ("code: shop", "code: Shop", 1),
        ("code: shop", "code: 7", 1),
        ('version: "1"', 'version: ""', 2),
        ('version: "1"', "version: 1", 2),
        ("en: Shop", "fr: Boutique", 3),
        ("effective_from: 2026-01-01", "effective_from: soon", 4),
        ("effective_from: 2026-01-01", "effective_from: 2026-13-45", 4),
        ("effective_until: 2026-12-31", "effective_until: 2025-12-31", 1),
        ("effective_until: 2026-12-31\n", "", 1),
        ("basis: 示例办法第一条", 'basis: ""', 6),
        ("basis: 示例办法第一条", "basis: null", 6),
        ("basis: 示例办法第一条", "basis: 示例\nbasis: 示例", 7),
        ("basis: 示例办法第一条", "basis: &x 示例\nsurprise: *x", 7),
        ("code: plan", "code: license", 1),
        ("code: plan", "code: plan\n    kode: plan", 18),
        ("primary: false", "primary: maybe", 19),
        ("primary: false", "primary: true", 17),
        ("by_submission: true", "by_submission: sometimes", 16),
        ("type_codes: [11100000000013338W001]", "type_codes: []", 13),
        ("type_codes: [11100000000013338W001]", "type_codes: 11100000000013338W001", 13),
        ("holder: applicant", "holder: neighbor", 14),
        ("      basis: 示例办法第三条\n", "", 12),
        ("zh: 告知, ", "", 22),
        ("check_within_working_days: 60", "check_within_working_days: 0", 23),
        ("check_within_working_days: 60", "check_within_working_days: 366", 23),
        ("check_within_working_days: 60", "check_within_working_days: 1.5", 23),
        ("check_source: register", "check_source: A Register", 24),
        ("working_days: 10", "working_days: -1", 27),
        ("remind_before: [3, 1]", "remind_before: [3, 0]", 28),
        ("at_expiry: refused", "at_expiry: forgotten", 29),
        ("materials:", "materials: [", 8),
        ("basis: 示例办法第一条", "basis: !!python/object:os.system x", 6),
        ("basis: 示例办法第一条", 'basis: "\x07"', 6),
        ("code: shop", "? [code]\n: shop", 1),
        ("code: shop", "code: shop\n1: one", 2),
        ("code: shop", "code: &a [*a]", 1),
    ],
)
def test_a_wrong_line_is_told_by_file_and_number(tmp_path: Path, sound: str, wrong: str, line: int) -> None:
    assert sound in _SOUND
    assert _load(tmp_path, shop=_SOUND.replace(sound, wrong, 1))[0] == f"shop.yaml:{line}"


@pytest.mark.parametrize(
    "text", ["", "- code: shop\n", "shop\n", "# nothing\n", "---\n" + _SOUND + "---\n" + _SOUND]
)
def test_a_file_that_is_not_one_matter_is_told(tmp_path: Path, text: str) -> None:
    assert _load(tmp_path, shop=text)[0].startswith("shop.yaml:")


def test_a_material_that_nothing_satisfies_is_told(tmp_path: Path) -> None:
    without = _SOUND[: _SOUND.index("    by_commitment")] + "    by_submission: false\n"
    assert _load(tmp_path, shop=without) == ["shop.yaml:17"]


def test_a_matter_without_materials_is_told(tmp_path: Path) -> None:
    assert _load(tmp_path, shop=_SOUND[: _SOUND.index("materials:")] + "materials: []\n") == ["shop.yaml:7"]


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first = _SOUND.replace("holder: applicant", "holder: x").replace("primary: false", "primary: x")
    assert sorted(_load(tmp_path, a=first, b=_SOUND.replace("code: shop", "code: X"))) == [
        "a.yaml:14", "a.yaml:19", "b.yaml:1",
    ]  # fmt: skip


def test_a_file_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_bytes(_SOUND.encode("gb18030"))
    with pytest.raises(ConfigurationError) as refused:
        load_catalogue(tmp_path)
    assert refused.value.detail.startswith("shop.yaml:1: ")


@pytest.mark.parametrize(
    ("begin", "end", "version", "refused"),
    [
        ("2027-01-01", "null", "2", False),
        ("2026-12-31", "null", "2", True),
        ("2025-01-01", "2025-12-31", "2", False),
        ("2025-01-01", "2026-01-01", "2", True),
        ("2025-01-01", "null", "2", True),
        ("2026-03-01", "2026-04-01", "2", True),
        ("2027-01-01", "null", "1", True),
    ],
)
def test_versions_of_a_matter_may_not_overlap(
    tmp_path: Path, begin: str, end: str, version: str, *, refused: bool
) -> None:
    other = _SOUND.replace("2026-01-01", begin).replace("2026-12-31", end)
    other = other.replace('version: "1"', f'version: "{version}"')
    if refused:
        assert _load(tmp_path, a=_SOUND, b=other)
        return
    for name, text in (("a", _SOUND), ("b", other)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    assert len(load_catalogue(tmp_path).matters) == 2


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_catalogue(tmp_path)
    with pytest.raises(ConfigurationError):
        load_catalogue(tmp_path / "nowhere")
