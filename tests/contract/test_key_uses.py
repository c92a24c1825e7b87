"""The rings beside the log's own: SM2 lines, witnesses, and the secrets of cursors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.cursor_key_ring import cursor_key_ring
from license_service.adapters.key_ring import KeyRing
from license_service.adapters.log_key_files import CURSOR_KEY, WITNESS_KEY, FileLogKey, read_secret
from license_service.adapters.log_key_ring import LogKeyRing, Sm2KeyRing, WitnessKeyRing
from license_service.audit.note import Cosigner, NoteVerifier, read_note
from license_service.clock import FixedClock
from license_service.errors import ConfigurationError, CursorInvalidError, KeyStateError
from license_service.services.cursor import CursorKey
from license_service.verification.crypto.sm2 import provider
from tests.contract.conftest import MOMENT

_NAME, _TEXT = "log.example/county", "text\n"
_CLOCK, _LATER = FixedClock(MOMENT), MOMENT + timedelta(days=1)
_RINGS: dict[str, Callable[[Path], KeyRing[Any]]] = {
    "log-sm2": lambda private: Sm2KeyRing(private, _NAME, _CLOCK),
    "witness": lambda private: WitnessKeyRing(private, _NAME, _CLOCK),
    "cursor": lambda private: cursor_key_ring(private, _CLOCK),
}
EACH = pytest.mark.parametrize("use", _RINGS)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "private"


@EACH
def test_the_first_key_is_under_both_names_until_it_is_destroyed(private: Path, use: str) -> None:
    ring = _RINGS[use](private)
    (record,) = ring.records()
    file, kept = private / f"{use}.key", private / use / record.id / "key"
    assert file.samefile(kept)
    assert [path.stat().st_mode & 0o777 for path in (private / use, kept.parent, kept)] == [
        0o700,
        0o700,
        0o600,
    ]
    with pytest.raises(KeyStateError):
        ring.retire(record.id, _LATER)
    new = ring.add(ring.draw(_LATER))
    ring.retire(record.id, _LATER)
    with pytest.raises(KeyStateError):
        ring.destroy(new.id)
    ring.destroy(record.id)
    assert (file.exists(), kept.exists()) == (False, False)
    assert [item.state.value for item in _RINGS[use](private).records()] == ["destroyed", "active"]


@EACH
@pytest.mark.parametrize("loose", ["{use}", "{use}/{id}", "{use}/{id}/key"])
def test_what_others_may_read_stops_the_start(private: Path, use: str, loose: str) -> None:
    path = private / loose.format(use=use, id=_RINGS[use](private).records()[0].id)
    mode = path.stat().st_mode & 0o777
    path.chmod(mode | 0o040)
    with pytest.raises(ConfigurationError, match="others may read it"):
        _RINGS[use](private)
    path.chmod(mode)
    assert _RINGS[use](private).records()


@EACH
def test_another_key_than_its_description_names_stops_the_start(private: Path, use: str) -> None:
    ring = _RINGS[use](private)
    key = private / use / ring.records()[0].id / "key"
    good = key.read_bytes()
    for content in (ring.draw(_LATER).content, b"no key"):
        key.write_bytes(content)
        with pytest.raises(ConfigurationError):
            _RINGS[use](private)
    key.write_bytes(good)
    assert _RINGS[use](private).records() == ring.records()


def test_keys_of_earlier_versions_are_taken_as_they_are(private: Path) -> None:
    witness = FileLogKey(private, _NAME, WITNESS_KEY).signer().private_key
    secret = read_secret(private, CURSOR_KEY)
    (cosigner,) = WitnessKeyRing(private, _NAME, _CLOCK).cosigners()
    assert cosigner.verifier == Cosigner(_NAME, witness).verifier
    assert cursor_key_ring(private, _CLOCK).readable() == (secret,)


def _verifiers(ring: LogKeyRing) -> list[NoteVerifier]:
    return [NoteVerifier.parse(str(verifier), provider().verify) for verifier in ring.verifiers()]


def test_both_sm2_keys_sign_each_note_until_the_old_one_is_retired(private: Path) -> None:
    sm2 = Sm2KeyRing(private, _NAME, _CLOCK)
    log = LogKeyRing(private, _NAME, _CLOCK, sm2)
    other = LogKeyRing(private, _NAME, _CLOCK, Sm2KeyRing(private, _NAME, _CLOCK))  # another process
    notes, old = [other.signer().sign(_TEXT)], sm2.records()[0].id
    new = sm2.draw(_LATER)
    statement = new.attest(_TEXT)
    assert isinstance(statement, str)
    sm2.add(new)
    notes.append(other.signer().sign(_TEXT))
    sm2.retire(old, _LATER)
    notes.append(other.signer().sign(_TEXT))
    sm2.destroy(old)
    ed25519, fresh, gone = _verifiers(log)
    assert (gone.key_id.hex(), str(fresh)) == (old, new.record.verifier)
    signers = [read_note(note, _verifiers(other)).signers for note in notes]
    assert signers == [{ed25519, gone}, {ed25519, fresh, gone}, {ed25519, fresh}]
    assert read_note(statement, _verifiers(other)).signers == {fresh, gone}


def test_a_retired_secret_opens_cursors_yet_and_a_destroyed_one_none(private: Path) -> None:
    ring = cursor_key_ring(private, _CLOCK)
    running = CursorKey(cursor_key_ring(private, _CLOCK).readable)  # of another process
    old, before = ring.records()[0].id, running.seal("t", "events", 7)
    new = ring.add(ring.draw(_LATER))
    after = running.seal("t", "events", 7)
    assert (after == before, running.open("t", "events", before)) == (False, 7)
    ring.retire(old, _LATER)
    assert [running.open("t", "events", cursor) for cursor in (before, after)] == [7, 7]
    ring.destroy(old)
    with pytest.raises(CursorInvalidError):
        running.open("t", "events", before)
    assert running.open("t", "events", after) == 7
    assert ring.draw(_LATER).attest(_TEXT) is None
    secret = (private / "cursor" / new.id / "key").read_bytes()
    assert secret.hex() not in (private / "cursor" / new.id / "meta.json").read_text()


def test_a_folder_that_is_away_for_a_moment_stops_nobody(private: Path) -> None:
    ring = cursor_key_ring(private, _CLOCK)
    before = ring.readable()
    (private / "cursor").rename(private / "away")
    assert ring.readable() == before
    (private / "away").rename(private / "cursor")
    assert ring.readable() == before
