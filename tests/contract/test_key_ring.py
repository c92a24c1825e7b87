"""The contract of the key ring: one folder a key, which signs, verifies, or is gone but for its name."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from license_service.adapters.log_key_files import FileLogKey
from license_service.adapters.log_key_ring import LogKeyRing
from license_service.audit.note import read_note
from license_service.clock import FixedClock
from license_service.errors import ConfigurationError, KeyStateError
from license_service.services.proving.key_records import KeyState
from tests.contract.conftest import MOMENT

_NAME, _TEXT = "log.example/county", "text\n"
_LATER = MOMENT + timedelta(days=1)
_START = (
    "import sys, pathlib; from license_service.adapters.log_key_ring import LogKeyRing; "
    "from license_service.clock import SystemClock; "
    f"print(LogKeyRing(pathlib.Path(sys.argv[1]), {_NAME!r}, SystemClock()).signer().verifier)"
)


def _ring(private: Path) -> LogKeyRing:
    return LogKeyRing(private, _NAME, FixedClock(MOMENT))


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "private"


def test_the_first_key_is_made_on_first_use_and_is_the_same_ever_after(private: Path) -> None:
    (record,) = _ring(private).records()
    again = _ring(private)
    assert again.records() == (record,)
    assert (record.algorithm, record.state, record.created) == ("Ed25519", KeyState.ACTIVE, MOMENT)
    assert record.verifier == str(again.signer().verifier) == str(again.verifiers()[0])
    folder = private / "log" / record.id
    assert {path.name for path in folder.iterdir()} == {"key", "meta.json"}
    modes = [(path.stat().st_mode & 0o777) for path in (private, private / "log", folder, folder / "key")]
    assert modes == [0o700, 0o700, 0o700, 0o600]


def test_a_key_of_an_earlier_version_is_taken_as_it_is_and_that_version_goes_on(private: Path) -> None:
    before = FileLogKey(private, _NAME).signer().verifier
    assert _ring(private).signer().verifier == before
    assert FileLogKey(private, _NAME).signer().verifier == before


def test_processes_that_start_together_agree_on_one_key(private: Path) -> None:
    command = [sys.executable, "-c", _START, str(private)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert len(_ring(private).records()) == 1


def test_a_new_key_signs_beside_the_old_until_that_is_retired(private: Path) -> None:
    ring, other = _ring(private), _ring(private)  # two processes
    old = ring.signer().verifier
    new = ring.add(ring.draw(_LATER))
    note = other.signer().sign(_TEXT)
    assert [str(v) for v in other.verifiers()] == [str(old), new.verifier]
    assert len(read_note(note, other.verifiers()).signers) == 2
    assert ring.retire(old.key_id.hex(), _LATER).state is KeyState.VERIFY_ONLY
    alone = other.signer().sign(_TEXT)
    assert [str(v) for v in read_note(alone, other.verifiers()).signers] == [new.verifier]
    assert old in read_note(note, other.verifiers()).signers  # what it signed still verifies
    assert [record.not_after for record in other.records()] == [_LATER, None]


def test_a_destroyed_key_is_gone_but_for_its_name(private: Path) -> None:
    ring = _ring(private)
    note, old = ring.signer().sign(_TEXT), ring.records()[0].id
    ring.add(ring.draw(_LATER))
    ring.retire(old, _LATER)
    ring.destroy(old)
    assert not (private / "log.key").exists()
    assert [path.name for path in (private / "log" / old).iterdir()] == ["meta.json"]
    assert read_note(note, _ring(private).verifiers()).text == _TEXT
    assert _ring(private).records()[0].state is KeyState.DESTROYED


def test_no_key_goes_back_and_the_last_goes_on(private: Path) -> None:
    ring = _ring(private)
    old = ring.records()[0].id
    with pytest.raises(KeyStateError):
        ring.retire(old, _LATER)
    with pytest.raises(KeyStateError):
        ring.destroy(old)
    new = ring.add(ring.draw(_LATER)).id
    ring.retire(old, _LATER)
    for identifier in (old, new, "00000000"):
        with pytest.raises(KeyStateError):
            ring.retire(identifier, _LATER)
    with pytest.raises(KeyStateError):
        ring.destroy(new)


@pytest.mark.parametrize("loose", ["log", "log/{id}", "log/{id}/key"])
@pytest.mark.parametrize("bits", [0o040, 0o004])
def test_what_others_may_read_stops_the_start(private: Path, loose: str, bits: int) -> None:
    path = private / loose.format(id=_ring(private).records()[0].id)
    mode = path.stat().st_mode & 0o777
    path.chmod(mode | bits)
    with pytest.raises(ConfigurationError, match="others may read it"):
        _ring(private)
    path.chmod(mode)
    assert _ring(private).records()


def test_a_description_that_is_not_of_this_key_stops_the_start(private: Path) -> None:
    meta = private / "log" / _ring(private).records()[0].id / "meta.json"
    good = json.loads(meta.read_text())
    wrong: tuple[dict[str, object], ...] = (
        {"id": "00000000"},
        {"state": "asleep"},
        {"state": "verify-only"},
        {"created": "yesterday"},
    )
    for text in (*(json.dumps({**good, **change}) for change in wrong), "no JSON", "[]"):
        meta.write_text(text)
        with pytest.raises(ConfigurationError):
            _ring(private)
    meta.write_text(json.dumps(good))
    with pytest.raises(ConfigurationError, match="another key"):
        LogKeyRing(private, "another.example/log", FixedClock(MOMENT))
