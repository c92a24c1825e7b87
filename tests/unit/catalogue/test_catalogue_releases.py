"""A catalogue is released by two people, once, and only as it was released."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from license_service.adapters.catalogue_releases import require_release, write_release
from license_service.errors import ConfigurationError

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_record_names_the_catalogue_two_people_and_the_time(tmp_path: Path) -> None:
    path = write_release(tmp_path / "releases", DIGEST, "示例甲", "示例乙", NOW)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "type": "license-service/catalogue-release/v1", "catalogue": DIGEST, "author": "示例甲",
        "releaser": "示例乙", "released_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    require_release(tmp_path / "releases", DIGEST)
    with pytest.raises(ConfigurationError):
        require_release(tmp_path / "releases", OTHER)


@pytest.mark.parametrize(
    ("author", "releaser"),
    [
        ("示例甲", "示例甲"),
        ("示例甲", " 示例甲 "),
        ("Li Lei", "LI LEI"),
        ("Ａ", "A"),
        ("", "示例乙"),
        ("示例甲", " "),
    ],
)
def test_one_person_alone_releases_nothing(tmp_path: Path, author: str, releaser: str) -> None:
    with pytest.raises(ConfigurationError):
        write_release(tmp_path, DIGEST, author, releaser, NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_never_written_over(tmp_path: Path) -> None:
    path = write_release(tmp_path, DIGEST, "示例甲", "示例乙", NOW)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError):
        write_release(tmp_path, DIGEST, "示例丙", "示例丁", NOW)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "mutation",
    [
        {"releaser": "示例甲"}, {"author": ""}, {"catalogue": OTHER}, {"type": "license-service/other/v1"},
        {"releaser": None},
    ],
)  # fmt: skip
def test_a_record_that_says_otherwise_releases_nothing(
    tmp_path: Path, mutation: dict[str, str | None]
) -> None:
    path = write_release(tmp_path, DIGEST, "示例甲", "示例乙", NOW)
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, **mutation}), encoding="utf-8")
    with pytest.raises(ConfigurationError):
        require_release(tmp_path, DIGEST)


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "{}"])
def test_a_broken_record_releases_nothing(tmp_path: Path, text: str) -> None:
    write_release(tmp_path, DIGEST, "示例甲", "示例乙", NOW).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        require_release(tmp_path, DIGEST)
