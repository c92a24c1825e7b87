"""The log's key in a PKCS#11 token: SoftHSM, with a token of its own for this module."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from license_service.adapters.log_key_ring import LogKeyRing
from license_service.adapters.pkcs11_token import Pkcs11Token
from license_service.audit.note import read_note
from license_service.clock import FixedClock
from license_service.errors import ConfigurationError
from tests.contract.conftest import MOMENT

_MODULE, _LABEL, _PIN = Path("/usr/lib/softhsm/libsofthsm2.so"), "log", "1234"
_NAME, _TEXT = "log.example/county", "text\n"

pytestmark = pytest.mark.skipif(
    not _MODULE.exists() or shutil.which("softhsm2-util") is None, reason="softhsm2 is not installed"
)


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a token; SoftHSM reads its configuration when the library is first used in a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    line = ["softhsm2-util", "--init-token", "--free", "--label", _LABEL, "--pin", _PIN, "--so-pin", "5678"]
    subprocess.run(line, check=True, capture_output=True)
    yield _MODULE
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def token(softhsm: Path) -> Pkcs11Token:
    return Pkcs11Token(str(softhsm), _LABEL, _PIN)


def _ring(private: Path, token: Pkcs11Token | None) -> LogKeyRing:
    return LogKeyRing(private, _NAME, FixedClock(MOMENT), token=token)


def test_a_key_of_the_token_signs_as_one_in_memory(token: Pkcs11Token) -> None:
    key = token.draw()
    key.public_key().verify(key.sign(b"message"), b"message")
    again = token.key(key.label)
    assert again.public_key() == key.public_key()
    assert again.sign(b"message") == key.sign(b"message")  # Ed25519 is deterministic
    assert token.draw().public_key() != key.public_key()


def test_the_log_moves_into_the_token_and_its_file_is_destroyed(
    token: Pkcs11Token, tmp_path: Path, softhsm: Path
) -> None:
    private = tmp_path / "private"
    ring = _ring(private, token)
    old = ring.records()[0].id
    new = ring.add(ring.draw(MOMENT, in_token=True))
    ring.retire(old, MOMENT)
    ring.destroy(old)
    assert [path.name for path in (private / "log").rglob("*") if path.is_file()].count("key") == 0
    again = _ring(private, Pkcs11Token(str(softhsm), _LABEL, _PIN))
    note = again.signer().sign(_TEXT)
    assert [str(v) for v in read_note(note, again.verifiers()).signers] == [new.verifier]
    with pytest.raises(ConfigurationError, match="no PKCS#11 token"):
        _ring(private, None)


def test_a_destroyed_key_is_gone_from_the_token(token: Pkcs11Token, tmp_path: Path) -> None:
    ring = _ring(tmp_path / "private", token)
    record = ring.add(ring.draw(MOMENT, in_token=True))
    assert token.key(record.label).label == record.label
    ring.retire(record.id, MOMENT)
    ring.destroy(record.id)
    with pytest.raises(ConfigurationError, match="NoSuchKey"):
        token.key(record.label)


def test_a_token_that_is_not_there_is_told_as_what_it_is(softhsm: Path) -> None:
    wrong = (
        Pkcs11Token("/usr/lib/none.so", _LABEL, _PIN),
        Pkcs11Token(str(softhsm), "another", _PIN),
        Pkcs11Token(str(softhsm), _LABEL, "0000"),
        Pkcs11Token(str(softhsm), _LABEL, _PIN),
    )
    for token in wrong:
        with pytest.raises(ConfigurationError, match="PKCS#11"):
            token.key("none")
