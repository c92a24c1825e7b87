"""Signed trust lists: a chain of publishers, and a last good list that nothing bad replaces."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from license_service.adapters.log_key_files import PUBLISHER_KEY, FileLogKey
from license_service.adapters.trust_folder import TrustFolder
from license_service.audit.note import NoteSigner, NoteVerifier
from license_service.bootstrap import build
from license_service.cli import main
from license_service.clock import SystemClock
from license_service.errors import ConfigurationError
from license_service.settings import Settings
from license_service.verification.trust import Environment

_TEST = Environment.TEST


class Publisher:
    """Sign lists over the demonstration's anchors."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder = folder
        self._keys = keys
        self._text = (folder / "manifest.toml").read_text()
        (folder / "manifest.toml").unlink()

    def signer(self, name: str) -> NoteSigner:
        return FileLogKey(self._keys / name, name, PUBLISHER_KEY).signer()

    def verifier(self, name: str) -> NoteVerifier:
        return self.signer(name).verifier

    def publish(self, sequence: int, by: str, following: str, environment: str = "test") -> Path:
        text = self._text.replace("sequence = 1", f"sequence = {sequence}")
        text = text.replace('"test"', f'"{environment}"')
        if following:
            text = text.replace("publishers = []", f"publishers = ['{self.verifier(following)}']")
        path = self.folder / f"list-{sequence:06}.note"
        path.write_text(self.signer(by).sign(text))
        return path


@pytest.fixture
def publisher(pki_dir: Path, tmp_path: Path) -> Publisher:
    shutil.copytree(pki_dir / "trust", tmp_path / "trust")
    return Publisher(tmp_path / "trust", tmp_path / "keys")


def _folder(publisher: Publisher, *names: str) -> TrustFolder:
    return TrustFolder(publisher.folder, _TEST, [publisher.verifier(name) for name in names])


def _problem(folder: TrustFolder) -> bool:
    return "problem" in folder.describe(SystemClock().now())


def test_a_list_its_publisher_signed_is_trusted(publisher: Publisher) -> None:
    publisher.publish(1, by="a", following="a")
    folder = _folder(publisher, "a")
    assert folder.signed_by() == (str(publisher.verifier("a")),)
    facts = folder.describe(SystemClock().now())
    assert (facts["anchors"], facts["sequence"], facts["signed"]) == (3, 1, True)
    assert 0 <= facts["age_seconds"] < timedelta(days=1).total_seconds()


def test_a_list_somebody_else_signed_stops_the_start(publisher: Publisher) -> None:
    publisher.publish(1, by="b", following="a")
    with pytest.raises(ConfigurationError):
        _folder(publisher, "a")


def test_a_folder_without_signed_list_stops_the_start(publisher: Publisher) -> None:
    with pytest.raises(ConfigurationError):
        _folder(publisher, "a")


def test_a_changed_list_stops_the_start(publisher: Publisher) -> None:
    path = publisher.publish(1, by="a", following="a")
    path.write_text(path.read_text().replace("9999*", "*"))
    with pytest.raises(ConfigurationError):
        _folder(publisher, "a")


def test_the_next_list_is_signed_by_a_key_the_last_one_named(publisher: Publisher) -> None:
    publisher.publish(1, by="a", following="b")
    folder = _folder(publisher, "a")
    publisher.publish(2, by="b", following="b")
    assert folder().sequence == 2
    assert _folder(publisher, "a")().sequence == 2


def test_a_list_that_names_no_key_changes_none(publisher: Publisher) -> None:
    publisher.publish(1, by="a", following="b")
    publisher.publish(2, by="b", following="")
    publisher.publish(3, by="b", following="")
    assert _folder(publisher, "a")().sequence == 3
    publisher.publish(4, by="a", following="a")
    with pytest.raises(ConfigurationError) as refused:
        _folder(publisher, "a")
    assert str(publisher.verifier("b")) in refused.value.detail


def test_the_last_good_list_stays_when_a_key_not_named_signs(publisher: Publisher) -> None:
    publisher.publish(1, by="a", following="b")
    folder = _folder(publisher, "a")
    publisher.publish(2, by="a", following="b")
    assert folder().sequence == 1
    assert _problem(folder)


def test_the_last_good_list_stays_when_the_new_one_is_unreadable_and_the_next_mends_it(
    publisher: Publisher,
) -> None:
    publisher.publish(1, by="a", following="a")
    folder = _folder(publisher, "a")
    (publisher.folder / "list-000002.note").write_bytes(b"\xff\xfe half a list")
    assert folder().sequence == 1
    assert _problem(folder)
    publisher.publish(2, by="a", following="a")
    assert folder().sequence == 2
    assert not _problem(folder)


def test_a_list_is_not_left_out_and_not_taken_back(publisher: Publisher) -> None:
    publisher.publish(1, by="a", following="a")
    second = publisher.publish(2, by="a", following="a")
    folder = _folder(publisher, "a")
    publisher.publish(4, by="a", following="a").rename(publisher.folder / "list-000003.note")
    assert folder().sequence == 2
    (publisher.folder / "list-000003.note").unlink()
    second.unlink()
    assert folder().sequence == 2
    assert _problem(folder)


@pytest.mark.parametrize("environment", ["production", "test"])
def test_a_list_for_another_environment_is_never_trusted(publisher: Publisher, environment: str) -> None:
    publisher.publish(1, by="a", following="a", environment=environment)
    other = Environment.TEST if environment == "production" else Environment.PRODUCTION
    with pytest.raises(ConfigurationError):
        TrustFolder(publisher.folder, other, [publisher.verifier("a")])


def test_an_anchor_that_calls_itself_a_test_is_not_trusted_in_production(publisher: Publisher) -> None:
    publisher.publish(1, by="a", following="a", environment="production")
    with pytest.raises(ConfigurationError) as refused:
        TrustFolder(publisher.folder, Environment.PRODUCTION, [publisher.verifier("a")])
    assert "test authority" in refused.value.detail


@pytest.mark.parametrize("change", [{"environment": "staging"}, {"trust_publishers": "no key"}])
def test_settings_that_name_nothing_stop_the_start(settings: Settings, change: dict[str, str]) -> None:
    values = {**vars(settings), **change}
    with pytest.raises(ConfigurationError):
        build(Settings(**values))


def test_the_command_signs_what_the_service_trusts(pki_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(pki_dir / "trust", tmp_path / "trust")
    keys = ("--name", "county", "--keys", str(tmp_path / "keys"))
    run = CliRunner().invoke
    key = run(main, ["trust", "key", *keys]).stdout.strip()
    manifest = tmp_path / "trust" / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("publishers = []", f"publishers = ['{key}']"))
    assert run(main, ["trust", "sign", str(manifest), *keys]).exit_code == 0
    checked = run(main, ["trust", "check", str(tmp_path / "trust"), "--publisher", key])
    assert checked.exit_code == 0
    assert checked.stdout.startswith("list 1 for test, 3 anchors")
    other = run(main, ["trust", "key", "--name", "other", "--keys", str(tmp_path / "other")]).stdout.strip()
    assert run(main, ["trust", "check", str(tmp_path / "trust"), "--publisher", other]).exit_code == 1
